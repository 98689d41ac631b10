// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "input.hpp"
#include "plain_breaker.hpp"
#include "player.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// The breaker and the plain one, which take the same steps in virtual time.

namespace fuzz {

using namespace fluxgate;
using namespace std::chrono_literals;

/// Virtual time whose cheap clock lags behind.
template <class M>
class Lagging : public environment_base {
public:
    using Mutex = M;
    static constexpr std::chrono::nanoseconds coarse_error = 20ms;

    Lagging(testing::VirtualTime& time, const std::chrono::nanoseconds& lag)
        : time_{&time}, lag_{&lag} {}

    [[nodiscard]] auto now() const { return time_->now(); }
    [[nodiscard]] auto coarse_now() const { return time_->now() - *lag_; }
    [[nodiscard]] auto wall_clock() const { return time_->wall_clock(); }
    [[nodiscard]] double uniform() const { return time_->uniform(); }

private:
    testing::VirtualTime* time_;
    const std::chrono::nanoseconds* lag_;
};

/// How a call ends.
enum class Ending : std::uint8_t { returns, network, timeout, bad_input, ignored };

inline void end_as(Ending ending) {
    switch (ending) {
        case Ending::returns: return;
        case Ending::network: throw conformance::Network{"network"};
        case Ending::timeout: throw conformance::Timeout{"timeout"};
        case Ending::bad_input: throw conformance::BadInput{"bad input"};
        case Ending::ignored: throw conformance::Network{"ignore"};
    }
}

/// What the tracker of a configuration says; nothing where the call does not count.
inline std::optional<bool> succeeds(std::string_view configuration, Ending ending) {
    if (ending == Ending::returns) {
        return true;
    }
    const bool is_network = ending != Ending::bad_input;
    if (configuration == "tracked_types" && !is_network) {
        return std::nullopt;
    }
    if (configuration == "tracker_expr" && (!is_network || ending == Ending::ignored)) {
        return std::nullopt;
    }
    return false;
}

/// The breaker of these arguments.
template <class Environment, class... Arguments>
struct BreakerOf {
    using type = decltype(CircuitBreaker{std::declval<Environment>(), std::declval<Listeners<>>(),
                                         std::declval<Arguments>()...});
};
template <class Environment>
struct BreakerOf<Environment, Policies> {
    using type = AnyCircuitBreaker<trackers::All, Environment>;
};

/// Takes the steps of an input with both breakers.
template <class Environment, class... Arguments>
class Drive {
    using Breaker = typename BreakerOf<Environment, Arguments...>::type;
    using Permission = typename Breaker::Permission;
    using Plain = decltype(plain::breaker_of(std::declval<std::tuple<Arguments...>>()));

public:
    Drive(std::string_view configuration, const Input& input, const Arguments&... arguments)
        : configuration_{configuration},
          input_{input},
          plain_{plain::breaker_of(std::tuple{arguments...})},
          breaker_{arguments..., make_environment(),
                   Listeners{[this](const Signal& signal) { signals_.push_back(signal); }}} {}

    /// Has steps exchange the policies for one of these texts.
    void may_exchange(std::span<const std::string_view> texts) { texts_ = texts; }

    void run() {
        while (!input_.is_over()) {
            step();
            require(signals_.size() == plain_.signals().size() &&
                        (signals_.empty() || plain::same(signals_.back(), plain_.signals().back())),
                    "the signals");
        }
        require(plain::same(signals_, plain_.signals()), "all signals");
        require(plain::same(breaker_.info(), plain_.info()), "info");
    }

private:
    struct OpenCall {
        std::optional<Permission> permission;
        std::optional<plain::Grant> grant;
    };

    Environment make_environment() {
        if constexpr (std::same_as<Environment, testing::Virtual>) {
            return Environment{time_};
        } else {
            return Environment{time_, lag_};
        }
    }

    void step() {
        const std::uint8_t byte = input_.byte();
        const std::size_t detail = byte >> 4;
        switch (byte & 15) {
            case 0:
            case 1: call(Ending::returns, duration(detail)); break;
            case 2: {
                const std::size_t calls = 1 + input_.below(80);
                for (std::size_t i = 0; i != calls; ++i) {
                    call(Ending::returns, duration(detail));
                }
                break;
            }
            case 3:
            case 4: call(Ending::network, duration(detail)); break;
            case 5: call(static_cast<Ending>(detail % 5), duration(detail)); break;
            case 6: acquire(calls_[detail % calls_.size()]); break;
            case 7: settle(calls_[detail % calls_.size()], true); break;
            case 8: settle(calls_[detail % calls_.size()], false); break;
            case 9: advance(std::chrono::milliseconds{10} * input_.byte()); break;
            case 10: advance(duration(detail)); break;
            case 11:
                if (detail >= 5 && !texts_.empty()) {
                    exchange(texts_[input_.below(texts_.size())]);
                } else {
                    command(detail);
                }
                break;
            case 12: require(plain::same(breaker_.info(), plain_.info()), "info"); break;
            case 13: {
                const double uniform = input_.byte() / 256.0;
                time_.draws(uniform);
                plain_.draws(uniform);
                break;
            }
            case 14: lag_ = std::chrono::microseconds{78} * input_.byte(); break;
            case 15: {
                const std::int64_t seconds = input_.byte();
                advance(std::chrono::seconds{seconds * seconds});
                break;
            }
        }
    }

    /// Durations at and around the thresholds of the trippers.
    static std::chrono::nanoseconds duration(std::size_t which) {
        constexpr std::array<std::chrono::nanoseconds, 8> durations{
            0ns, 0ns, 499ms, 500ms, 1s - 1ns, 1s, 3s, 123'456'789ns};
        return durations[which % durations.size()];
    }

    void advance(std::chrono::nanoseconds by) {
        time_.advance(by);
        plain_.advance(by);
    }

    void call(Ending ending, std::chrono::nanoseconds takes) {
        const std::optional<plain::Grant> grant = plain_.admit();
        bool ran = false;
        bool threw = false;
        const auto run = [&] {
            ran = true;
            advance(takes);
            end_as(ending);
        };
        try {
            const auto result = breaker_.try_call(run);
            if (!result.has_value()) {
                require(is_told(result.error(), plain_.rejection()), "the rejection");
            }
        } catch (const std::exception&) {
            threw = true;
        }
        require(ran == grant.has_value(), "whether a call is granted");
        require(threw == (ran && ending != Ending::returns), "whether a call throws");
        if (grant) {
            if (const std::optional<bool> success = succeeds(configuration_, ending)) {
                plain_.settle(*grant, *success);
            }
        }
    }

    /// Returns whether a rejection tells what is right: the time that is left is read from the cheap
    /// clock, so it may be too long by what this one lags behind, and is never too short.
    [[nodiscard]] bool is_told(const Rejection& told, Rejection right) const {
        if (told.retry_after && right.retry_after) {
            const std::chrono::nanoseconds excess = *told.retry_after - *right.retry_after;
            if (excess < 0ns || excess > lag_) {
                return false;
            }
            right.retry_after = told.retry_after;
        }
        return told == right;
    }

    void acquire(OpenCall& call) {
        drop(call);
        call.grant = plain_.admit();
        if (auto permission = breaker_.try_acquire()) {
            call.permission.emplace(std::move(*permission));
        }
        require(call.permission.has_value() == call.grant.has_value(),
                "whether a permission is given");
    }

    void drop(OpenCall& call) {
        if (call.permission) {
            call.permission.reset();
            plain_.drop(*call.grant);
        }
    }

    void settle(OpenCall& call, bool success) {
        if (!call.permission) {
            return;
        }
        success ? call.permission->succeeded() : call.permission->failed();
        plain_.settle(*call.grant, success);
        call.permission.reset();
    }

    void command(std::size_t which) {
        switch (which % 5) {
            case 0:
                breaker_.reset();
                plain_.command(State::closed);
                break;
            case 1:
                breaker_.disable();
                plain_.command(State::disabled);
                break;
            case 2:
                breaker_.metrics_only();
                plain_.command(State::metrics_only);
                break;
            case 3:
                breaker_.force_open();
                plain_.command(State::forced_open);
                break;
            default:
                breaker_.open_for(2s);
                plain_.open_for(2s);
                break;
        }
    }

    void exchange([[maybe_unused]] std::string_view text) {
        if constexpr (requires { breaker_.policies(); }) {
            breaker_.reconfigure(parse_policies(text));
            plain_.exchange(text);
        }
    }

    std::string_view configuration_;
    std::span<const std::string_view> texts_;
    Input input_;
    testing::VirtualTime time_;
    std::chrono::nanoseconds lag_{};
    std::vector<Signal> signals_;
    Plain plain_;
    Breaker breaker_;
    std::array<OpenCall, 16> calls_;
};

}  // namespace fuzz
