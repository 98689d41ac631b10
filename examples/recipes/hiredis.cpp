// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for hiredis, tried on a Redis that answers, is stopped so that all connections of a
// pool hang, and goes on.

#include "hiredis.hpp"

#include "../fleet/store.hpp"
#include "checks.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using recipes::check;

namespace {

void try_it(const char* program) {
    fleet_example::Store redis{program, 16411};
    recipes::RedisPool pool{4};
    auto breaker = recipes::make_redis_breaker();
    const auto send = [&](const char* text) {
        return breaker.try_call([&] { return recipes::command(pool, redis.port(), text); });
    };

    check(send("SET price 995").value().reply->type == REDIS_REPLY_STATUS,
          "a reply comes as it is");
    check(send("INCR price").value().reply->integer == 996, "so does a number");
    check(send("LPUSH price 1").value().reply->type == REDIS_REPLY_ERROR, "so does an error");
    check(breaker.info().metrics.failure_count == 0, "none of that is a failure");

    redis.stop();
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> callers;
    for (int i = 0; i != 8; ++i) {
        callers.emplace_back([&] {
            while (send("GET price")) {
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    const auto took = std::chrono::steady_clock::now() - began;
    const fluxgate::CircuitBreakerInfo info = breaker.info();
    check(info.totals->overdue > 0, "the totals tell that calls hung");
    std::cout << "all callers rejected after "
              << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms; "
              << info.totals->overdue << " calls hung, " << info.totals->neutral
              << " found no connection\n";

    redis.go_on();
    while (breaker.info().state != fluxgate::State::closed) {
        static_cast<void>(send("GET price"));
        std::this_thread::sleep_for(10ms);
    }
    check(std::string{send("GET price").value().reply->str} == "996", "it recovers");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: recipe_hiredis REDIS-SERVER\n";
        return 2;
    }
    return recipes::run([&] { try_it(arguments[1]); });
}
