// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "child_process.hpp"

#include <hiredis/hiredis.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace fleet_example {

/// A Redis of the example's own on loopback, which keeps nothing on disk.
class Store {
    struct End {
        void operator()(redisContext* context) const { redisFree(context); }
        void operator()(void* reply) const { freeReplyObject(reply); }
    };

public:
    /// Throws `std::runtime_error` where it does not start, or somebody else is at the port.
    Store(const std::string& program, int port)
        : port_{free(port)},
          process_{{program, "--port", std::to_string(port), "--bind", "127.0.0.1", "--save", "",
                    "--appendonly", "no", "--logfile", "/dev/null"}} {
        for (int i = 0; i != 500 && !connect(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        if (context_ == nullptr) {
            throw std::runtime_error{program + " does not start"};
        }
    }

    [[nodiscard]] int port() const { return port_; }

    void forget() { ask("FLUSHALL"); }

    /// Has it hang, with all its connections, until it goes on.
    void stop() const { process_.signal(SIGSTOP); }
    void go_on() const { process_.signal(SIGCONT); }

    /// Returns how many commands nodes have sent so far: each reads one key once, by itself or in
    /// the fleet's script.
    [[nodiscard]] std::uint64_t commands() {
        const std::string stats = ask("INFO commandstats");
        constexpr std::string_view reads = "cmdstat_get:calls=";
        const std::size_t at = stats.find(reads);
        return at == std::string::npos ? 0 : std::stoull(stats.substr(at + reads.size()));
    }

private:
    /// Returns the port, where nobody is there: what is there would be emptied.
    static int free(int port) {
        const std::unique_ptr<redisContext, End> context{redisConnect("127.0.0.1", port)};
        if (context != nullptr && context->err == 0) {
            throw std::runtime_error{"port " + std::to_string(port) + " is taken"};
        }
        return port;
    }

    bool connect() {
        context_.reset(redisConnect("127.0.0.1", port_));
        if (context_ == nullptr || context_->err != 0) {
            context_.reset();
        }
        return context_ != nullptr;
    }
    std::string ask(const char* command) {
        const std::unique_ptr<void, End> answer{redisCommand(context_.get(), command)};
        const auto* const reply = static_cast<const redisReply*>(answer.get());
        return reply != nullptr && reply->str != nullptr ? std::string{reply->str, reply->len}
                                                         : std::string{};
    }

    const int port_;
    ChildProcess process_;
    std::unique_ptr<redisContext, End> context_;
};

}  // namespace fleet_example
