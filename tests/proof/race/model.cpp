// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The breaker against a plain one. Threads settle outcomes of one kind at a time, whose order makes
// no difference, so that both must agree on everything after each batch.

#include "catch.hpp"
#include "plain_breaker.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

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
                    const std::lock_guard lock{plain_mutex_};
                    plain_.settle(grant_, success_);
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
                advance(time, 1h);
                prepare({1, 0, 0}, below(2) == 0);
            } else if (below(20) == 0) {
                breaker_.reset();
                plain_.command(State::closed);
                continue;
            } else {
                advance(time, below(4) == 0 ? std::chrono::seconds{below(4)} : 0s);
                success_ = below(3) != 0;
                const std::uint32_t most = success_ ? 150 : 12;
                prepare({below(most), below(most), below(most)}, success_);
            }
            phase_.arrive_and_wait();
            phase_.arrive_and_wait();
            // Not each time: to look takes the pending successes in.
            agreed_ = below(3) != 0 || agree();
        }
        over_ = true;
        phase_.arrive_and_wait();
    }

    void advance(testing::VirtualTime& time, std::chrono::nanoseconds by) {
        time.advance(by);
        plain_.advance(by);
    }

    void prepare(std::array<std::uint32_t, threads> counts, bool success) {
        success_ = success;
        for (std::size_t i = 0; i != counts.size(); ++i) {
            permissions_[i].clear();
            for (std::uint32_t n = 0; n != counts[i]; ++n) {
                permissions_[i].push_back(std::move(breaker_.try_acquire().value()));
            }
        }
        grant_ = plain_.admit().value();
    }

    [[nodiscard]] bool agree() { return plain::same(breaker_.info(), plain_.info()); }

    Breaker& breaker_;
    Plain& plain_;
    std::mutex plain_mutex_;
    Meeting phase_{threads + 1};
    // Written by the director before a phase begins.
    std::array<std::vector<Permission>, threads> permissions_;
    bool success_ = true;
    bool over_ = false;
    bool agreed_ = true;
    plain::Grant grant_;
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

template <class Window, class Tripper>
void agree(Window window, Tripper tripper, std::uint32_t seed) {
    testing::VirtualTime time;
    std::vector<Signal> signals;
    CircuitBreaker breaker{testing::Virtual{time},
                           window,
                           tripper,
                           Cooldown{1h},
                           permits::All{},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    auto plain = plain::breaker_of(std::tuple{window, tripper, Cooldown{1h}, permits::All{}});
    REQUIRE(Batches{breaker, plain}.run(200, seed, time));

    CHECK(plain::same(signals, plain.signals()));
    CHECK(std::ranges::any_of(
        signals, [](const Signal& signal) { return signal.reason == Reason::tripped; }));
}

}  // namespace

TEST_CASE("a breaker over a count window agrees with a plain one, whatever its size") {
    std::uint32_t seed = 1;
    for (const std::uint32_t size : {1u, 10u, 63u, 64u, 65u, 100u, 300u}) {
        agree(CountWindow{size}, (MinRequests{20} & FailureRate{0.3}) | FailureStreak{15}, ++seed);
        agree(CountWindow{size}, FailureStreak{10}, ++seed);
        agree(CountWindow{size}, FailureScore{9.0, 0.5, 0.5}, ++seed);
    }
}

TEST_CASE("a breaker over a time window agrees with a plain one") {
    for (const std::int64_t buckets : {1, 3, 10}) {
        const auto seed = static_cast<std::uint32_t>(buckets);
        agree(TimeWindow{std::chrono::seconds{buckets}},
              (MinRequests{20} & FailureRate{0.2}) | FailureStreak{15}, seed);
        agree(TimeWindow{std::chrono::seconds{buckets}}, FailureScore{9.0, 0.5, 0.25}, seed);
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
