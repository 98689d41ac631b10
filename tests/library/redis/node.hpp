// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/redis.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// A node of a fleet with one breaker, as the tests have it, in their own process or in another one.

constexpr std::chrono::milliseconds interval{20};
/// With which the tests' nodes open: two of them, where they vote.
constexpr std::uint32_t quorum = 2;

inline auto make_breaker(const std::string& name) {
    using namespace fluxgate;
    using namespace std::chrono_literals;
    return CircuitBreaker{TimeWindow{30s, 1s}, MinRequests{5} & FailureRate{0.5},
                          Cooldown{300ms},     permits::All{},
                          Name{name},          Totals{}};
}

/// Returns options for a node of that name at a Redis of this machine.
inline fluxgate::RedisOptions options_for(int port, const std::string& name) {
    fluxgate::RedisOptions options;
    options.port = port;
    options.node = name;
    options.interval = interval;
    options.timeout = std::chrono::milliseconds{500};
    return options;
}

/// What a fleet has told of what is wrong.
class Errors {
public:
    void hear(std::string_view error) {
        const std::lock_guard lock{mutex_};
        all_.emplace_back(error);
    }
    [[nodiscard]] std::vector<std::string> all() const {
        const std::lock_guard lock{mutex_};
        return all_;
    }
    [[nodiscard]] std::size_t count() const { return all().size(); }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> all_;
};

/// A node of the test's own process.
template <class Mode>
class Node {
public:
    Node(int port, const std::string& name, Mode mode, std::string breaker_name = "payments")
        : Node{options_for(port, name), mode, std::move(breaker_name)} {}
    Node(fluxgate::RedisOptions options, Mode mode, const std::string& breaker_name = "payments")
        : breaker{make_breaker(breaker_name)}, fleet{with_errors(std::move(options))} {
        membership = fleet.join(breaker, mode);
    }

    [[nodiscard]] fluxgate::State state() const { return breaker.info().state; }
    void call(bool succeeds, int times = 1) {
        for (; times != 0; --times) {
            if (auto permission = breaker.try_acquire()) {
                succeeds ? permission->succeeded() : permission->failed();
            }
        }
    }

    Errors errors;
    decltype(make_breaker("")) breaker;
    fluxgate::RedisFleet fleet;
    fluxgate::FleetMembership membership;

private:
    fluxgate::RedisOptions with_errors(fluxgate::RedisOptions options) {
        options.on_error = [this](std::string_view error) { errors.hear(error); };
        return options;
    }
};

/// Waits until it is so. Returns whether it was so within half a minute.
template <class F>
bool eventually(F is_so) {
    const auto by = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > by) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

/// Waits until each fleet has had so many more rounds answered. Returns whether it had.
template <class... Fleets>
bool rounds_pass(int count, const Fleets&... fleets) {
    const auto round_passes = [](const auto& fleet) {
        const auto before = fleet.status().last_sync;
        return eventually([&] { return fleet.status().last_sync != before; });
    };
    bool pass = true;
    for (int round = 0; round != count && pass; ++round) {
        pass = (round_passes(fleets) && ...);
    }
    return pass;
}

/// Makes good calls of a breaker all the time, in a thread of its own.
template <class Breaker>
class Caller {
public:
    explicit Caller(Breaker& breaker)
        : thread_{[this, &breaker] {
              while (!is_over_) {
                  if (breaker.try_call([] {})) {
                      ++calls_;
                  }
                  std::this_thread::sleep_for(std::chrono::microseconds{200});
              }
          }} {}
    ~Caller() {
        is_over_ = true;
        thread_.join();
    }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    /// Returns whether calls go on: some begin and end from now on.
    [[nodiscard]] bool goes_on() const {
        const int before = calls_;
        return eventually([&] { return calls_ > before + 10; });
    }

private:
    std::atomic<bool> is_over_{false};
    std::atomic<int> calls_{0};
    std::thread thread_;
};
