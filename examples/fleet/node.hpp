// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/redis.hpp>

#include <httplib.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

// A node of the fleet: a process that calls the service at a steady rate, through a circuit breaker
// that it shares with the other nodes. It says on its standard output what its circuit does, a line
// a transition, and obeys the lines of its standard input.
namespace fleet_example {

/// What nodes share: nothing, or by one of the modes.
struct Sharing {
    enum class Mode : std::uint8_t { alone, commands, votes, pool };
    Mode mode = Mode::alone;
    std::uint32_t quorum = 0;

    /// Reads `alone`, `commands`, `votes:3` or `pool`. Throws `std::invalid_argument`.
    static Sharing parse(const std::string& text) {
        if (text == "alone") {
            return {};
        }
        if (text == "commands") {
            return {Mode::commands};
        }
        if (text == "pool") {
            return {Mode::pool};
        }
        if (text.starts_with("votes:")) {
            std::uint32_t quorum = 0;
            std::from_chars(text.data() + 6, text.data() + text.size(), quorum);
            if (quorum != 0) {
                return {Mode::votes, quorum};
            }
        }
        throw std::invalid_argument{'"' + text +
                                    "\" is none of alone, commands, votes:QUORUM and pool"};
    }
};

/// Returns a breaker that opens where half of twenty calls or more have failed within two seconds. A
/// node with fewer than ten calls a second does not open by itself.
inline auto make_breaker() {
    using namespace fluxgate;
    using namespace std::chrono_literals;
    return CircuitBreaker{TimeWindow{2s, 100ms}, MinRequests{20} & FailureRate{0.5},
                          Cooldown{1s},          permits::SingleTrial{2s},
                          Name{"prices"},        Totals{}};
}

/// Returns the milliseconds of the machine's monotonic clock, which all its processes have.
inline std::int64_t milliseconds_now() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

struct NodeSettings {
    int number = 0;
    int service_port = 0;
    int redis_port = 0;
    int calls_per_second = 0;
    Sharing sharing{};
};

/// Calls the service until its input ends.
class Node {
public:
    explicit Node(const NodeSettings& settings)
        : settings_{settings}, client_{"127.0.0.1", settings.service_port} {
        client_.set_keep_alive(true);
        client_.set_read_timeout(std::chrono::seconds{1});
        if (settings_.sharing.mode != Sharing::Mode::alone) {
            fluxgate::RedisOptions options;
            options.port = settings_.redis_port;
            options.node = "node " + std::to_string(settings_.number);
            fleet_.emplace(options);
            join();
        }
    }

    int run() {
        say("ready");
        std::thread caller{[this] { call_steadily(); }};
        for (std::string line; std::getline(std::cin, line);) {
            if (line == "force_open") {
                breaker_.force_open();
            } else if (line == "reset") {
                breaker_.reset();
            } else if (line == "count") {
                say("rejected " + std::to_string(breaker_.info().totals->rejected));
            }
        }
        is_over_ = true;
        caller.join();
        return 0;
    }

private:
    void join() {
        switch (settings_.sharing.mode) {
            case Sharing::Mode::alone: break;
            case Sharing::Mode::commands:
                membership_ = fleet_->join(breaker_, fluxgate::share::Commands{});
                break;
            case Sharing::Mode::votes:
                membership_ =
                    fleet_->join(breaker_, fluxgate::share::Votes{settings_.sharing.quorum});
                break;
            case Sharing::Mode::pool:
                membership_ = fleet_->join(breaker_, fluxgate::share::Pool{});
                break;
        }
    }

    void call_steadily() {
        const std::chrono::microseconds apart{1'000'000 / settings_.calls_per_second};
        auto next = std::chrono::steady_clock::now() + apart * settings_.number / 10;
        while (!is_over_) {
            std::this_thread::sleep_until(next);
            next += apart;
            try {
                breaker_.call([this] { ask(); });
            } catch (const std::exception&) {
                // Rejected, or the service has failed: this client does without a price.
            }
        }
    }

    /// Asks the service for a price. Throws where it has none.
    void ask() {
        const auto answer = client_.Get(("/price/" + std::to_string(settings_.number)).c_str());
        if (!answer || answer->status != 200) {
            throw std::runtime_error{"the service has no price"};
        }
    }

    void say(const std::string& line) {
        const std::lock_guard lock{writing_};
        std::cout << milliseconds_now() << ' ' << line << std::endl;
    }

    const NodeSettings settings_;
    httplib::Client client_;
    std::mutex writing_;
    decltype(make_breaker()) breaker_ = make_breaker();
    fluxgate::Subscription told_ = breaker_.listen([this](const fluxgate::Signal& signal) {
        say("state " + std::string{to_string(signal.new_state)});
    });
    std::optional<fluxgate::RedisFleet> fleet_;
    fluxgate::FleetMembership membership_;
    std::atomic<bool> is_over_{false};
};

}  // namespace fleet_example
