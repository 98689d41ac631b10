// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "child_process.hpp"

#include <fluxgate/detail/redis/redis_connection.hpp>
#include <fluxgate/redis_options.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/// Returns a port of this machine that nobody listens at.
inline int free_port() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, any, size) != 0 || getsockname(listener, any, &size) != 0) {
        throw std::runtime_error{"no port"};
    }
    close(listener);
    return ntohs(address.sin_port);
}

/// A Redis of the test's own, which keeps nothing on disk.
class RedisServer {
public:
    explicit RedisServer(std::vector<std::string> arguments = {})
        : arguments_{std::move(arguments)} {
        start();
    }
    /// One that is not running yet.
    explicit RedisServer(std::nullopt_t) {}

    [[nodiscard]] int port() const { return port_; }

    void start() {
        std::vector<std::string> command{
            REDIS_SERVER,   "--port", std::to_string(port_), "--bind",   "127.0.0.1", "--save", "",
            "--appendonly", "no",     "--logfile",           "/dev/null"};
        command.insert(command.end(), arguments_.begin(), arguments_.end());
        process_ = std::make_unique<ChildProcess>(command);
        for (int i = 0; i != 1000; ++i) {
            if (!ask({"PING"}).empty()) {
                return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        throw std::runtime_error{"the redis-server does not start"};
    }
    void kill() { process_.reset(); }
    void freeze() const { process_->signal(SIGSTOP); }
    void thaw() const { process_->signal(SIGCONT); }

    /// Returns what it answers to a command, as a text; empty where it does not.
    std::string ask(const std::vector<std::string_view>& command) const {
        using namespace std::chrono_literals;
        fluxgate::RedisOptions options;
        options.port = port_;
        fluxgate::detail::RedisConnection connection{options};
        std::string error;
        const auto by = std::chrono::steady_clock::now() + 5s;
        if (!connection.open(by, error)) {
            return {};
        }
        const auto reply = connection.ask(command, by, error);
        if (reply == nullptr) {
            return {};
        }
        return reply->type == REDIS_REPLY_INTEGER ? std::to_string(reply->integer)
               : reply->str != nullptr            ? std::string{reply->str, reply->len}
                                                  : std::string{};
    }

private:
    const std::vector<std::string> arguments_;
    const int port_ = free_port();
    std::unique_ptr<ChildProcess> process_;
};
