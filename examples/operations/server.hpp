// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// An HTTP server that reads, holds and waits for no more than its bounds. It answers one request a
// connection, and only those that are meant for it.
namespace operations {

/// A request that was read to its end.
struct Request {
    std::string method;
    /// Decoded, without the query.
    std::string path;
    /// Empty where there is none, or more than one.
    std::string authorization;
    std::string body;
};

struct Answer {
    int status = 200;
    std::string type = "application/json";
    std::string body;
    /// Beside those that every answer has.
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Returns an answer that says what is wrong, as JSON.
[[nodiscard]] Answer refuse(int status, const std::string& error);

/// Where a server listens, and for whom.
struct Place {
    std::string host = "127.0.0.1";
    /// 0 for one that is free.
    unsigned short port = 9464;
    /// The names by which clients may call it, beside its host and those of loopback. Others are
    /// refused: a page elsewhere could have its own name lead here, and read (DNS rebinding).
    std::vector<std::string> names = {};
};

/// What a client gets of the server at most. A connection beyond their number is closed at once.
struct Bounds {
    std::size_t header = 8192;
    std::size_t body = 4096;
    /// For the whole of a request, and again for the answer.
    std::chrono::seconds time{5};
    std::size_t connections = 256;
};

/// Listens from construction to destruction, in threads of its own.
class Server {
public:
    /// Answers a request; called by several threads at once. A `std::exception` that it throws is
    /// answered with 500.
    using Handler = std::function<Answer(const Request&)>;

    /// Throws `std::runtime_error` where it cannot listen there.
    Server(const Place& place, Handler handler, const Bounds& bounds = {});

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Ends what is being answered, too.
    ~Server();

    [[nodiscard]] unsigned short port() const;

private:
    class Listener;

    std::unique_ptr<Listener> listener_;
};

}  // namespace operations
