// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "pool.hpp"

#include <fluxgate/fluxgate.hpp>

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>

// SQLite, with a pool of connections to one file. To be copied.
namespace recipes {

struct EndsSqlite {
    void operator()(sqlite3* connection) const noexcept { sqlite3_close(connection); }
};
using SqlitePool = Pool<std::unique_ptr<sqlite3, EndsSqlite>>;

/// What came of a statement: a code, extended or not; or no connection was free.
struct Executed {
    int code = SQLITE_OK;
    bool had_connection = true;

    /// Returns whether the file cannot be used: by others that hold it, or for the disk. All other
    /// codes are answers, such as `SQLITE_CONSTRAINT`.
    [[nodiscard]] bool has_failed() const {
        switch (code & 0xff) {
            case SQLITE_BUSY: return code != SQLITE_BUSY_SNAPSHOT;  // that one: try again
            case SQLITE_PROTOCOL:
            case SQLITE_LOCKED:
            case SQLITE_IOERR:
            case SQLITE_FULL:
            case SQLITE_CANTOPEN:
            case SQLITE_CORRUPT:
            case SQLITE_NOTADB:
            case SQLITE_READONLY: return true;
            default: return false;
        }
    }
    /// Returns whether it ended by our own doing: our pool was empty, we interrupted it, or we have
    /// no memory.
    [[nodiscard]] bool is_ours() const {
        return !had_connection || (code & 0xff) == SQLITE_INTERRUPT ||
               (code & 0xff) == SQLITE_NOMEM;
    }
};

/// Executes statements by a connection of the pool. One that finds the file locked waits for it.
inline Executed execute(SqlitePool& pool, const std::string& file, const char* sql) {
    constexpr std::chrono::milliseconds patience{50};  // less than can be borne
    const auto executed = pool.with(patience, [&](auto& connection) {
        if (connection == nullptr) {
            sqlite3* opened = nullptr;
            const int code = sqlite3_open(file.c_str(), &opened);
            connection.reset(opened);
            if (code != SQLITE_OK) {
                connection.reset();
                return Executed{code};
            }
            sqlite3_busy_timeout(opened, static_cast<int>(patience.count()));
        }
        const Executed done{sqlite3_exec(connection.get(), sql, nullptr, nullptr, nullptr)};
        // A transaction that is left open would keep the file locked for all others.
        if (sqlite3_get_autocommit(connection.get()) == 0 &&
            sqlite3_exec(connection.get(), "rollback", nullptr, nullptr, nullptr) != SQLITE_OK) {
            connection.reset();
        }
        return done;
    });
    return executed.value_or(Executed{SQLITE_OK, false});
}

/// Returns the breaker of a file whose users can bear to wait for 200 ms. It is asked before a
/// connection is taken: `breaker.try_call(execute, std::ref(pool), file, sql)`.
inline auto make_sqlite_breaker() {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{200}),
        fluxgate::Name{"orders.db"},
        fluxgate::Neutral{&Executed::is_ours} | fluxgate::Result{&Executed::has_failed}};
}

}  // namespace recipes
