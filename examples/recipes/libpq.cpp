// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for libpq, tried on a PostgreSQL that answers, is stopped so that all connections of a
// pool hang, and goes on.

#include "libpq.hpp"

#include "checks.hpp"
#include "postgres_server.hpp"

#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using recipes::check;

namespace {

void try_it(const char* programs) {
    PostgresServer server{programs};
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

    check(send("begin; select 1/0")->sqlstate() == "22012", "a transaction fails in its midst");
    check(send("select 995")->is_well(), "and nobody else finds it open");

    server.stop();
    std::vector<std::thread> callers;
    for (int i = 0; i != 8; ++i) {
        callers.emplace_back([&] {
            while (send("select 1")) {
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    const fluxgate::CircuitBreakerInfo info = breaker.info();
    check(info.totals->overdue > 0, "the totals tell that calls hung");
    std::cout << "all callers rejected; " << info.totals->overdue << " calls hung, "
              << info.totals->neutral << " found no connection\n";

    server.go_on();
    while (breaker.info().state != fluxgate::State::closed) {
        static_cast<void>(send("select 995"));
        std::this_thread::sleep_for(10ms);
    }
    check(send("select 995")->is_well(), "it recovers");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: recipe_libpq FOLDER-OF-POSTGRESQLS-PROGRAMS\n";
        return 2;
    }
    return recipes::run([&] { try_it(arguments[1]); });
}
