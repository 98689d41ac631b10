// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

// The plumbing of async_client: a TCP server of prices that fails when it is told to, and its
// client, as coroutines of Asio. Nothing in here knows of circuit breakers.
//
// GCC 12 destroys some temporaries of a `co_await` expression twice, so each is awaited alone and
// out of a variable.
namespace price_service {

using asio::ip::tcp;

/// No answer came: refused, cut off, or timed out.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Answers each connection to a loopback port that the system picks with a line, from construction
/// to destruction.
class Server {
public:
    Server() {
        asio::co_spawn(context_, accept_all(), asio::detached);
        thread_ = std::thread{[this] { context_.run(); }};
    }

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    ~Server() {
        context_.stop();
        thread_.join();
    }

    [[nodiscard]] tcp::endpoint endpoint() const { return endpoint_; }

    void fail(bool failing) { failing_ = failing; }
    [[nodiscard]] bool failing() const { return failing_; }

    /// The requests that reached it while it was failing.
    [[nodiscard]] int load_while_failing() const { return load_while_failing_; }

private:
    asio::awaitable<void> accept_all() {
        for (;;) {
            asio::awaitable<tcp::socket> connection = acceptor_.async_accept(asio::use_awaitable);
            tcp::socket socket = co_await std::move(connection);
            asio::co_spawn(context_, answer(std::move(socket)), asio::detached);
        }
    }

    asio::awaitable<void> answer(tcp::socket socket) {
        std::error_code ignored;  // the client may have gone
        if (!failing_) {
            auto written = asio::async_write(socket, asio::buffer(price_),
                                             asio::redirect_error(asio::use_awaitable, ignored));
            co_await std::move(written);
            co_return;
        }
        // It fails in both ways that servers do: by never answering, or now and then at once.
        const int nth = ++load_while_failing_;
        if (nth % 4 != 0) {
            char unexpected = 0;
            auto read = socket.async_read_some(asio::buffer(&unexpected, 1),
                                               asio::redirect_error(asio::use_awaitable, ignored));
            co_await std::move(read);
        }
    }

    std::atomic<bool> failing_{false};        // written by fail() alone
    std::atomic<int> load_while_failing_{0};  // counted up by the server's thread
    const std::string price_ = "9.99\n";
    asio::io_context context_{1};
    tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
    const tcp::endpoint endpoint_ = acceptor_.local_endpoint();
    std::thread thread_;
};

/// Reads the server's line into `line`. The error, if one came.
inline asio::awaitable<std::error_code> read_line(tcp::socket& socket, tcp::endpoint endpoint,
                                                  std::string& line) {
    std::error_code error;
    auto connected =
        socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    co_await std::move(connected);
    if (!error) {
        auto read = asio::async_read_until(socket, asio::dynamic_buffer(line), '\n',
                                           asio::redirect_error(asio::use_awaitable, error));
        co_await std::move(read);
    }
    co_return error;
}

/// The price that the server names; throws `Error` where it does not within the time-out.
inline asio::awaitable<std::string> get_price(tcp::endpoint endpoint,
                                              std::chrono::milliseconds timeout) {
    using namespace asio::experimental::awaitable_operators;

    const auto executor = co_await asio::this_coro::executor;
    tcp::socket socket{executor};
    asio::steady_timer timer{executor, timeout};
    std::string line;
    asio::awaitable<std::error_code> answer = read_line(socket, endpoint, line);
    asio::awaitable<void> expiry = timer.async_wait(asio::use_awaitable);
    auto either = std::move(answer) || std::move(expiry);
    const std::variant<std::error_code, std::monostate> first = co_await std::move(either);
    if (first.index() == 1) {
        throw Error{"timed out"};
    }
    if (const std::error_code error = std::get<0>(first)) {
        throw Error{error.message()};
    }
    line.pop_back();
    co_return line;
}

}  // namespace price_service
