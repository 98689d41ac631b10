// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for SQLite, tried on a file that is there, is locked by another, and is free again.

#include "sqlite.hpp"

#include "checks.hpp"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using recipes::check;

int main() {
    const std::string file = "recipe_orders.db";
    std::filesystem::remove(file);
    {
        recipes::SqlitePool pool{4};
        auto breaker = recipes::make_sqlite_breaker();
        const auto execute = [&](const char* sql) {
            return breaker.try_call(recipes::execute, std::ref(pool), file, sql);
        };

        check(execute("create table orders(id integer primary key)")->code == SQLITE_OK,
              "it works");
        check(execute("insert into orders values (1)")->code == SQLITE_OK, "it keeps what is new");
        for (int i = 0; i != 20; ++i) {
            check(execute("insert into orders values (1)")->code == SQLITE_CONSTRAINT,
                  "an answer that says no comes as it is");
        }
        check(execute("begin immediate; insert into orders values (1); commit")->code ==
                  SQLITE_CONSTRAINT,
              "a transaction fails in its midst");
        check(execute("insert into orders values (3)")->code == SQLITE_OK, "and locks nobody out");
        const auto interrupt = [&](int (*whether)(void*)) {
            pool.with(50ms, [whether](auto& connection) {
                sqlite3_progress_handler(connection.get(), 1, whether, nullptr);
                return true;
            });
        };
        interrupt([](void*) { return 1; });
        check(execute("select * from orders")->code == SQLITE_INTERRUPT,
              "our own end of a statement is told");
        interrupt(nullptr);
        check(breaker.info().metrics.failure_count == 0, "none of that is a failure");

        sqlite3* other = nullptr;
        sqlite3_open(file.c_str(), &other);
        sqlite3_exec(other, "begin exclusive", nullptr, nullptr, nullptr);
        int busy = 0;
        while (execute("insert into orders values (2)")) {
            ++busy;
        }
        check(busy < 20, "a file that is locked is left alone after a few statements");
        std::cout << "rejected after " << busy << " statements found the file locked\n";

        sqlite3_exec(other, "rollback", nullptr, nullptr, nullptr);
        sqlite3_close(other);
        while (!execute("insert or ignore into orders values (2)")) {
            std::this_thread::sleep_for(10ms);
        }
        check(execute("insert into orders values (2)")->code == SQLITE_CONSTRAINT, "it recovers");
    }
    std::filesystem::remove(file);
}
