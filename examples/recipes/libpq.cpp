// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for libpq, tried on a PostgreSQL that answers, is stopped so that all connections of a
// pool hang, and goes on.

#include "libpq.hpp"

#include "checks.hpp"
#include "postgres_server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using recipes::check;

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: recipe_libpq FOLDER-OF-POSTGRESQLS-PROGRAMS\n";
        return 2;
    }
    PostgresServer server{arguments[1]};
    recipes::PostgresPool pool{4};
    auto breaker = recipes::make_postgres_breaker();
    const auto send = [&](const char* sql) {
        return breaker.try_call(recipes::query, std::ref(pool), server.where(), sql);
    };

    check(send("select 995")->is_well(), "an answer comes as it is");
    check(send("select 1/0")->sqlstate() == "22012", "so does one that says no");
    check(send("set statement_timeout = '50ms'; select pg_sleep(1)")->sqlstate() == "57014",
          "our own end of a query is told");
    check(breaker.info().metrics.failure_count == 0, "none of that is a failure");

    server.stop();
    std::atomic<bool> goes_on{false};
    std::atomic<int> rejected{0};
    std::vector<std::thread> callers;
    for (int i = 0; i != 8; ++i) {
        callers.emplace_back([&] {
            while (!goes_on && send("select 1")) {
            }
            ++rejected;
        });
    }
    while (rejected != 4) {
        std::this_thread::sleep_for(10ms);
    }
    const fluxgate::CircuitBreakerInfo info = breaker.info();
    check(info.totals->overdue >= 4, "the totals tell that calls hang");
    std::cout << "4 of 8 callers hang, the others are rejected; " << info.totals->neutral
              << " calls found no connection\n";

    goes_on = true;
    server.go_on();
    for (std::thread& caller : callers) {
        caller.join();
    }
    while (breaker.info().state != fluxgate::State::closed) {
        static_cast<void>(send("select 995"));
        std::this_thread::sleep_for(10ms);
    }
    check(send("select 995")->is_well(), "it recovers");
}
