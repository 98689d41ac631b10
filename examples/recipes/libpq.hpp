// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "pool.hpp"

#include <fluxgate/fluxgate.hpp>

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>

// libpq, with a pool of connections. To be copied.
namespace recipes {

struct EndsPostgres {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
using PostgresPool = Pool<std::unique_ptr<PGconn, EndsPostgres>>;

/// What came of a query: a result, or none where no connection could be made; or none was free.
struct Queried {
    std::unique_ptr<PGresult, EndsPostgres> result;
    bool had_connection = true;

    /// Returns the code of an error, which is empty where the server sent none.
    [[nodiscard]] std::string_view sqlstate() const {
        const char* const state =
            result == nullptr ? nullptr : PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        return state == nullptr ? std::string_view{} : state;
    }
    [[nodiscard]] bool is_well() const {
        const ExecStatusType status = PQresultStatus(result.get());  // of a null: a fatal error
        return status != PGRES_FATAL_ERROR && status != PGRES_BAD_RESPONSE;
    }
    /// Returns whether the server did not answer, or says that it is unwell: by the classes for a
    /// connection, resources, an operator's intervention, its system and what is internal to it; or
    /// that it is no longer the one to write to. All others are answers.
    [[nodiscard]] bool has_failed() const {
        if (is_well()) {
            return false;
        }
        const std::string_view area = sqlstate().substr(0, 2);
        return area.empty() || area == "08" || area == "53" || area == "57" || area == "58" ||
               area == "XX" || sqlstate() == "25006";
    }
    /// Returns whether it ended by our own doing: our pool was empty, or we cancelled the query.
    [[nodiscard]] bool is_ours() const { return !had_connection || sqlstate() == "57014"; }
};

/// Sends a query and returns its last result, or nothing where that does not come in time: libpq
/// itself waits for as long as the connection is there.
inline Queried execute(PGconn* connection, const char* sql, std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    Queried queried;
    if (PQsendQuery(connection, sql) == 0) {
        return queried;
    }
    for (;;) {
        while (PQisBusy(connection) != 0) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            pollfd socket{PQsocket(connection), POLLIN, 0};
            if (left.count() <= 0 || poll(&socket, 1, static_cast<int>(left.count())) <= 0 ||
                PQconsumeInput(connection) == 0) {
                return {};
            }
        }
        PGresult* const result = PQgetResult(connection);
        if (result == nullptr) {
            return queried;
        }
        queried.result.reset(result);
    }
}

/// Sends a query by a connection of the pool. `where` is what `PQconnectdb` takes.
inline Queried query(PostgresPool& pool, const std::string& where, const char* sql) {
    constexpr std::chrono::milliseconds patience{50};  // less than can be borne
    constexpr std::chrono::seconds timeout{1};         // longer than that
    auto queried = pool.with(patience, [&](auto& connection) {
        if (connection == nullptr) {
            connection.reset(PQconnectdb(where.c_str()));
        }
        Queried answer = execute(connection.get(), sql, timeout);
        // Nobody else is to find an open transaction, or a server that is unwell.
        if (answer.has_failed() || PQtransactionStatus(connection.get()) != PQTRANS_IDLE) {
            connection.reset();
        }
        return answer;
    });
    return queried ? std::move(*queried) : Queried{nullptr, false};
}

/// Returns the breaker of a server whose callers can bear to wait for 200 ms. It is asked before a
/// connection is taken, so that nobody waits for one while the circuit is open:
/// `breaker.try_call(query, std::ref(pool), where, sql)`.
inline auto make_postgres_breaker() {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{200}), fluxgate::Totals{},
        fluxgate::Name{"postgres"},
        fluxgate::Neutral{&Queried::is_ours} | fluxgate::Result{&Queried::has_failed}};
}

}  // namespace recipes
