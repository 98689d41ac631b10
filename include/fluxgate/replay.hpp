// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/call_reader.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/recorded_call.hpp>
#include <fluxgate/recorder.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/subscription.hpp>
#include <fluxgate/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

// What a circuit breaker would have done to calls that were made without it.
//
//     fluxgate::testing::VirtualTime time;
//     fluxgate::AnyCircuitBreaker breaker{fluxgate::parse_policies(text),
//                                         fluxgate::testing::Virtual{time}};
//     std::ifstream file{"calls.csv"};
//     fluxgate::CallReader calls{file};
//     const fluxgate::ReplayResult result = fluxgate::replay(calls, time, breaker);
//
// Replay only calls that no breaker rejected: calls made without a breaker, or with one in
// metrics_only. A record has no rejected calls, so an open circuit would look like a time without
// calls. The replay assumes that each call ends as recorded, whatever was rejected before it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// What a replay goes by, beside the calls.
struct ReplayOptions {
    /// From which duration on a call is bad although it succeeded; above zero. By default, none is.
    std::chrono::nanoseconds slow_from = (std::chrono::nanoseconds::max)();
    /// What the random numbers of retries and permits begin with: the same calls and the same seed
    /// give the same result.
    std::uint64_t seed = 1;
};

/// What a circuit breaker would have done. A call is bad where it failed or was slow, and else
/// good.
struct ReplayResult {
    /// Good calls that were let by.
    std::uint64_t good_let_by = 0;
    /// Good calls that were rejected: what the breaker costs.
    std::uint64_t good_lost = 0;
    /// Bad calls that were let by: what it failed to keep away.
    std::uint64_t bad_let_by = 0;
    /// Bad calls that were rejected: what it is good for.
    std::uint64_t bad_spared = 0;
    /// How long callers waited for the bad calls that were let by, all together; at most 292 years.
    std::chrono::nanoseconds waited_in_vain{};
    /// When the circuit opened, by the time of the calls; also where it opened again.
    std::vector<std::chrono::nanoseconds> opened{};
    /// When it closed again.
    std::vector<std::chrono::nanoseconds> closed{};

    /// Returns whether both say the same.
    friend bool operator==(const ReplayResult&, const ReplayResult&) = default;
};

/// Replays calls one by one, for what `replay` does not show: which calls were let by.
///
/// `Breaker` is any circuit breaker in `testing::Virtual`. Nobody else uses it or its time
/// meanwhile, and both outlive this. Not thread-safe. Complexity of a call: logarithmic in the
/// number of those under way.
template <class Breaker>
class Replay {
public:
    /// Begins with the state that the breaker has. Throws `std::invalid_argument` unless the
    /// options are in range, and `std::bad_alloc`.
    Replay(testing::VirtualTime& time, Breaker& breaker, const ReplayOptions& options = {})
        : time_{&time},
          breaker_{&breaker},
          slow_from_{detail::Duration{options.slow_from}.checked("ReplayOptions' slow_from")},
          random_{options.seed},
          subscription_{breaker.listen([this](const Signal& signal) { hear(signal); })} {}

    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;

    /// Settles all calls that ended until this one begins, and makes it. Returns whether it was let
    /// by. Throws `std::invalid_argument` where it began before the call before it, its duration is
    /// below zero, or all calls together take more than 292 years, and what the breaker throws.
    bool call(const RecordedCall& call) {
        expect_right(call);
        if (!latest_) {
            now_ = call.at;
        }
        settle_until(call.at);
        go_to(call.at);
        time_->draws(draw());
        auto permission = breaker_->try_acquire();
        count(call, permission.has_value());
        if (!permission) {
            return false;
        }
        running_.push_back({call.at + call.duration, number_, call.ok, std::move(*permission)});
        ++number_;
        std::ranges::push_heap(running_, is_after);
        return true;
    }

    /// Settles the calls that are still under way. Returns what became of all.
    [[nodiscard]] ReplayResult finish() {
        settle_until((std::chrono::nanoseconds::max)());
        return result_;
    }

    /// Returns whether a call is bad: it failed or was slow.
    [[nodiscard]] bool is_bad(const RecordedCall& call) const noexcept {
        return !call.ok || call.duration >= slow_from_;
    }

private:
    struct Running {
        std::chrono::nanoseconds end;
        std::uint64_t number;
        bool ok;
        typename Breaker::Permission permission;
    };

    /// The order of a heap with the call in front that ends first.
    static bool is_after(const Running& one, const Running& other) noexcept {
        return one.end != other.end ? one.end > other.end : one.number > other.number;
    }

    /// Throws where the call cannot be replayed.
    void expect_right(const RecordedCall& call) const {
        // So that the end can be told, too.
        constexpr std::chrono::nanoseconds most = (std::chrono::nanoseconds::max)() / 2;
        if (call.duration < std::chrono::nanoseconds::zero() || call.duration > most) {
            detail::throw_invalid("a recorded call's duration", detail::written(call.duration),
                                  "from 0 s to 146 years");
        }
        if (call.at > most || call.at < -most) {
            detail::throw_invalid("a recorded call's at", detail::written(call.at),
                                  "within 146 years of 0 s");
        }
        if (latest_ && call.at < *latest_) {
            detail::throw_invalid("a recorded call's at", detail::written(call.at),
                                  "at least that of the call before, " + detail::written(*latest_));
        }
    }

    void go_to(std::chrono::nanoseconds to) {
        if (to > now_) {
            time_->advance(detail::time_between(detail::TimePoint{now_}, detail::TimePoint{to}));
            now_ = to;
        }
    }

    void settle_until(std::chrono::nanoseconds until) {
        while (!running_.empty() && running_.front().end <= until) {
            std::ranges::pop_heap(running_, is_after);
            Running ended = std::move(running_.back());
            running_.pop_back();
            go_to(ended.end);
            time_->draws(draw());
            if (ended.ok) {
                ended.permission.succeeded();
            } else {
                ended.permission.failed();
            }
        }
    }

    void count(const RecordedCall& call, bool is_let_by) noexcept {
        latest_ = call.at;
        if (!is_bad(call)) {
            ++(is_let_by ? result_.good_let_by : result_.good_lost);
        } else if (is_let_by) {
            ++result_.bad_let_by;
            const auto most = (std::chrono::nanoseconds::max)() - result_.waited_in_vain;
            result_.waited_in_vain += (std::min)(call.duration, most);
        } else {
            ++result_.bad_spared;
        }
    }

    void hear(const Signal& signal) {
        if (!latest_) {
            return;  // a command before the first call
        }
        if (signal.new_state == State::open) {
            result_.opened.push_back(now_);
        } else if (signal.new_state == State::closed) {
            result_.closed.push_back(now_);
        }
    }

    /// Draws from [0, 1).
    [[nodiscard]] double draw() noexcept { return static_cast<double>(random_() >> 11) * 0x1p-53; }

    testing::VirtualTime* time_;
    Breaker* breaker_;
    std::chrono::nanoseconds slow_from_;
    detail::SplitMix64 random_;
    /// The time of the calls, from the first one on.
    std::chrono::nanoseconds now_{};
    /// When the latest call began; empty before the first one.
    std::optional<std::chrono::nanoseconds> latest_;
    /// A heap, the call in front that ends first.
    std::vector<Running> running_;
    std::uint64_t number_ = 0;
    ReplayResult result_;
    /// Last, so that nothing is heard when the rest is gone.
    Subscription subscription_;
};

/// Replays calls, in the order in which they began, through a circuit breaker in virtual time, and
/// returns what it would have done. Throws as `Replay` does.
template <std::ranges::input_range Calls, class Breaker>
[[nodiscard]] ReplayResult replay(Calls&& calls, testing::VirtualTime& time, Breaker& breaker,
                                  const ReplayOptions& options = {}) {
    Replay<Breaker> replay{time, breaker, options};
    for (const RecordedCall& call : calls) {
        replay.call(call);
    }
    return replay.finish();
}

/// Replays the calls of a reader, in the order in which they began, through a circuit breaker in
/// virtual time, and returns what it would have done. Lines that are torn are left out;
/// `calls.torn()` counts them. Throws as `Replay` and `CallReader::next_whole` do.
template <class Breaker>
[[nodiscard]] ReplayResult replay(CallReader& calls, testing::VirtualTime& time, Breaker& breaker,
                                  const ReplayOptions& options = {}) {
    Replay<Breaker> replay{time, breaker, options};
    while (const std::optional<RecordedCall> call = calls.next_whole()) {
        replay.call(*call);
    }
    return replay.finish();
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
