// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The breaker against one that is plain: a mutex, and a list of outcomes that is counted anew each
// time. Threads settle outcomes of one kind at a time, whose order makes no difference, so that
// both must agree on everything after each batch.

#include "../catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

struct Outcome {
    std::int64_t bucket;
    bool success;
};

/// Which outcomes are still in a window of so many calls.
struct LastCalls {
    std::size_t size;
    void forget(std::deque<Outcome>& outcomes, std::int64_t) const {
        while (outcomes.size() > size) {
            outcomes.pop_front();
        }
    }
};

/// Which outcomes are still in a window of so many buckets.
struct LastBuckets {
    std::int64_t count;
    void forget(std::deque<Outcome>& outcomes, std::int64_t now) const {
        while (!outcomes.empty() && outcomes.front().bucket <= now - count) {
            outcomes.pop_front();
        }
    }
};

/// A breaker that stays open until it is told to try, and closes with the first success then.
template <class Window, class Tripper>
class PlainBreaker {
public:
    PlainBreaker(Window window, Tripper tripper) : window_{window}, tripper_{tripper} {}

    void settle(std::uint64_t period, bool success, std::int64_t bucket) {
        const std::lock_guard lock{mutex_};
        if (period != period_ || state_ == State::open) {
            return;
        }
        window_.forget(outcomes_, bucket);
        outcomes_.push_back({bucket, success});
        window_.forget(outcomes_, bucket);
        streak_ = success ? 0 : streak_ + 1;
        const MetricView metric{.total_count = outcomes_.size(), .failure_count = failures()};
        const bool trips = tripper_(CallContext{metric, state_, streak_});
        if (trips && (state_ == State::closed || !success)) {
            ++trips_;
            enter(State::open);
        } else if (state_ == State::half_open && success && !trips) {
            enter(State::closed);
        }
    }

    void enter(State state) {
        state_ = state;
        ++period_;
        outcomes_.clear();
        streak_ = 0;
    }

    void look(std::int64_t bucket) { window_.forget(outcomes_, bucket); }

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] std::uint64_t period() const { return period_; }
    [[nodiscard]] std::uint64_t trips() const { return trips_; }
    [[nodiscard]] std::uint64_t total() const { return outcomes_.size(); }
    [[nodiscard]] std::uint64_t failures() const {
        return static_cast<std::uint64_t>(
            std::count_if(outcomes_.begin(), outcomes_.end(),
                          [](const Outcome& outcome) { return !outcome.success; }));
    }

private:
    std::mutex mutex_;
    Window window_;
    Tripper tripper_;
    std::deque<Outcome> outcomes_;
    State state_ = State::closed;
    std::uint64_t period_ = 0;
    std::uint64_t streak_ = 0;
    std::uint64_t trips_ = 0;
};

constexpr int threads = 3;

/// Settles so many outcomes of one kind in both breakers, from all threads at the same time.
template <class Breaker, class Plain>
class Batches {
public:
    Batches(Breaker& breaker, Plain& plain) : breaker_{breaker}, plain_{plain} {}

    /// Whether both agreed after each of so many batches.
    [[nodiscard]] bool run(int rounds, std::uint32_t seed, testing::VirtualTime& time) {
        in_threads(threads + 1, [&](int number) {
            if (number == threads) {
                direct(rounds, seed, time);
                return;
            }
            for (;;) {
                phase_.arrive_and_wait();
                if (over_) {
                    return;
                }
                for (auto& permission : permissions_[static_cast<std::size_t>(number)]) {
                    success_ ? permission.succeeded() : permission.failed();
                    plain_.settle(period_, success_, bucket_);
                }
                phase_.arrive_and_wait();
            }
        });
        return agreed_;
    }

private:
    using Permission = typename Breaker::Permission;

    void direct(int rounds, std::uint32_t seed, testing::VirtualTime& time) {
        std::mt19937 random{seed};
        const auto below = [&](std::uint32_t limit) {
            return static_cast<std::uint32_t>(random() % limit);
        };
        for (int round = 0; round < rounds && agreed_; ++round) {
            if (plain_.state() == State::open) {
                time.advance(1h);
                prepare(time, {1, 0, 0}, below(2) == 0);
            } else if (below(20) == 0) {
                breaker_.reset();
                plain_.enter(State::closed);
                continue;
            } else {
                time.advance(below(4) == 0 ? std::chrono::seconds{below(4)} : 0s);
                success_ = below(3) != 0;
                const std::uint32_t most = success_ ? 150 : 12;
                prepare(time, {below(most), below(most), below(most)}, success_);
            }
            phase_.arrive_and_wait();
            phase_.arrive_and_wait();
            // Not each time: to look takes the pending successes in.
            agreed_ = below(3) != 0 || agree();
        }
        over_ = true;
        phase_.arrive_and_wait();
    }

    void prepare(testing::VirtualTime& time, std::array<std::uint32_t, threads> counts,
                 bool success) {
        success_ = success;
        bucket_ = time.now().time_since_epoch() / 1s;
        for (std::size_t i = 0; i != counts.size(); ++i) {
            permissions_[i].clear();
            for (std::uint32_t n = 0; n != counts[i]; ++n) {
                permissions_[i].push_back(std::move(breaker_.try_acquire().value()));
            }
        }
        if (plain_.state() == State::open) {
            plain_.enter(State::half_open);
        }
        period_ = plain_.period();
    }

    [[nodiscard]] bool agree() {
        plain_.look(bucket_);
        const CircuitBreakerInfo info = breaker_.info();
        return info.state == plain_.state() && info.metrics.total_count == plain_.total() &&
               info.metrics.failure_count == plain_.failures();
    }

    Breaker& breaker_;
    Plain& plain_;
    Meeting phase_{threads + 1};
    // Written by the director before a phase begins.
    std::array<std::vector<Permission>, threads> permissions_;
    bool success_ = true;
    bool over_ = false;
    bool agreed_ = true;
    std::int64_t bucket_ = 0;
    std::uint64_t period_ = 0;
};

/// Opens with so many failures, whatever else there is; quick successes change nothing.
struct Failures : tripper_base {
    static constexpr bool uses_durations = false;
    static constexpr bool deferrable = true;
    explicit Failures(std::uint64_t most) : count{most} {}
    bool operator()(const CallContext& context) const {
        return context.metric.failure_count >= count;
    }
    std::uint64_t count;
};

template <class Window, class Model, class Tripper>
void agree(Window window, Model model, Tripper tripper, std::uint32_t seed) {
    testing::VirtualTime time;
    std::vector<Signal> signals;
    CircuitBreaker breaker{testing::Virtual{time},
                           window,
                           tripper,
                           Cooldown{1h},
                           permits::All{},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    PlainBreaker plain{model, tripper};
    REQUIRE(Batches{breaker, plain}.run(200, seed, time));

    CHECK(signals.size() == plain.period());
    const auto trips = std::count_if(signals.begin(), signals.end(), [](const Signal& signal) {
        return signal.reason == Reason::tripped;
    });
    CHECK(static_cast<std::uint64_t>(trips) == plain.trips());
    CHECK(trips > 0);
}

}  // namespace

TEST_CASE("a breaker over a count window agrees with a plain one, whatever its size") {
    std::uint32_t seed = 1;
    for (const std::uint32_t size : {1u, 10u, 63u, 64u, 65u, 100u, 300u}) {
        agree(CountWindow{size}, LastCalls{size},
              (MinRequests{20} & FailureRate{0.3}) | FailureStreak{15}, ++seed);
        agree(CountWindow{size}, LastCalls{size}, FailureStreak{10}, ++seed);
    }
}

TEST_CASE("a breaker over a time window agrees with a plain one") {
    for (const std::int64_t buckets : {1, 3, 10}) {
        const auto seed = static_cast<std::uint32_t>(buckets);
        agree(TimeWindow{std::chrono::seconds{buckets}}, LastBuckets{buckets},
              (MinRequests{20} & FailureRate{0.2}) | FailureStreak{15}, seed);
    }
}

TEST_CASE("outcomes of both kinds at once are counted exactly, while others look") {
    constexpr int calls = 3000;
    constexpr int failing = 100;
    for (int round = 0; round < 5; ++round) {
        CircuitBreaker breaker{CountWindow{threads * calls}, FailureStreak{UINT32_MAX}};
        in_threads(threads + 1, [&](int number) {
            std::mt19937 random{static_cast<std::uint32_t>(round * 10 + number)};
            for (int i = 0; i < calls; ++i) {
                if (number == threads) {
                    const Metrics metrics = breaker.info().metrics;
                    if (metrics.failure_count > metrics.total_count) {
                        throw std::logic_error{"more failures than calls"};
                    }
                    continue;
                }
                auto permission = breaker.try_acquire().value();
                i % (calls / failing) == 0 ? permission.failed() : permission.succeeded();
            }
        });
        const Metrics metrics = breaker.info().metrics;
        REQUIRE(metrics.total_count == threads * calls);
        REQUIRE(metrics.failure_count == threads * failing);
    }
}

TEST_CASE("a circuit opens with exactly the failure that is one too many") {
    constexpr int calls = 500;
    for (int round = 0; round < 100; ++round) {
        std::vector<Signal> signals;
        CircuitBreaker breaker{CountWindow{threads * calls}, Failures{50}, Cooldown{1h},
                               Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
        in_threads(threads, [&](int) {
            for (int i = 0; i < calls; ++i) {
                if (auto permission = breaker.try_acquire()) {
                    i % 5 == 0 ? permission->failed() : permission->succeeded();
                }
            }
        });
        REQUIRE(signals.size() == 1);
        REQUIRE(signals.front().metrics.failure_count == 50);
    }
}
