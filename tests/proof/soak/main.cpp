// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Threads that use breakers for a long time: FLUXGATE_SOAK_SECONDS, or six seconds each. Whatever
// meets whatever in that time, the counts add up.

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

constexpr int callers = 3;

std::chrono::steady_clock::time_point end_of_soak() {
    double seconds = 6;
    if (const char* const text = std::getenv("FLUXGATE_SOAK_SECONDS")) {
        seconds = std::atof(text);
        if (seconds <= 0) {
            throw std::invalid_argument{"FLUXGATE_SOAK_SECONDS is no number above zero: " +
                                        std::string{text}};
        }
    }
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                                  std::chrono::duration<double>{seconds});
}

bool is_before(std::chrono::steady_clock::time_point end) {
    return std::chrono::steady_clock::now() < end;
}

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

/// What became of a thread's calls.
struct Tally {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t neutral = 0;
    std::uint64_t rejected = 0;

    [[nodiscard]] std::uint64_t counted() const { return succeeded + failed; }
    [[nodiscard]] std::uint64_t all() const { return counted() + neutral + rejected; }

    Tally& operator+=(const Tally& other) {
        succeeded += other.succeeded;
        failed += other.failed;
        neutral += other.neutral;
        rejected += other.rejected;
        return *this;
    }
};

/// Makes one call in one of the ways that there are.
template <class Breaker>
void make_call(Breaker& breaker, std::mt19937& random, std::uint32_t failing_share, Tally& tally) {
    const bool fails = random() % 100 < failing_share;
    bool ran = false;
    const auto run = [&] {
        ran = true;
        if (fails) {
            throw Down{};
        }
    };
    switch (random() % 4) {
        case 0: {
            auto permission = breaker.try_acquire();
            if (!permission) {
                ++tally.rejected;
            } else if (random() % 8 == 0) {
                permission.reset();
                ++tally.neutral;
            } else if (fails) {
                permission->failed();
                ++tally.failed;
            } else {
                permission->succeeded();
                ++tally.succeeded;
            }
            return;
        }
        case 1: breaker.call_with_fallback(run, [] {}); break;
        default: try { static_cast<void>(breaker.try_call(run));
            } catch (const Down&) {
            }
            break;
    }
    ++(!ran ? tally.rejected : fails ? tally.failed : tally.succeeded);
}

/// Follows the signals of a breaker, and says what is wrong with them.
class Chain {
public:
    void tell(const Signal& signal) {
        is_told_twice_ = is_told_twice_ || is_being_told_.exchange(true);
        is_broken_ = is_broken_ || signal.old_state != state_ ||
                     signal.metrics.failure_count > signal.metrics.total_count;
        state_ = signal.new_state;
        ++signals_;
        is_being_told_ = false;
    }

    /// Whether all signals were in order, and told one at a time.
    [[nodiscard]] bool is_right() const { return !is_broken_ && !is_told_twice_; }
    [[nodiscard]] State end() const { return state_; }
    [[nodiscard]] std::uint64_t signals() const { return signals_; }

private:
    std::atomic<bool> is_being_told_{false};
    bool is_told_twice_ = false;
    bool is_broken_ = false;
    State state_ = State::closed;
    std::uint64_t signals_ = 0;
};

}  // namespace

TEST_CASE("for a long time, the outcomes of all threads add up") {
    const auto end = end_of_soak();
    // It forgets nothing for a year.
    CircuitBreaker breaker{TimeWindow{8760h, 1h},
                           FailureStreak{std::numeric_limits<std::uint32_t>::max()}};
    Meeting meeting{callers + 1};
    std::vector<Tally> tallies(callers);
    bool goes_on = true;
    std::uint64_t total = 0;
    in_threads(callers + 1, [&](int number) {
        std::mt19937 random{static_cast<std::uint32_t>(number)};
        for (;;) {
            if (number == callers) {
                tallies.assign(callers, Tally{});
                goes_on = is_before(end);
            }
            meeting.arrive_and_wait();
            if (!goes_on) {
                return;
            }
            if (number < callers) {
                const auto failing_share = static_cast<std::uint32_t>(random() % 3);
                for (int i = 0; i != 20'000; ++i) {
                    make_call(breaker, random, failing_share,
                              tallies[static_cast<std::size_t>(number)]);
                }
            } else {
                // Looks make the pending successes wait for nothing.
                std::uint64_t seen = 0;
                for (int i = 0; i != 200; ++i) {
                    const std::uint64_t now = breaker.info().metrics.total_count;
                    if (now < seen) {
                        throw std::logic_error{"an outcome is lost"};
                    }
                    seen = now;
                }
            }
            meeting.arrive_and_wait();
            if (number == callers) {
                Tally all;
                for (const Tally& tally : tallies) {
                    all += tally;
                }
                const Metrics metrics = breaker.info().metrics;
                if (metrics.total_count != all.counted() || metrics.failure_count != all.failed ||
                    all.rejected != 0) {
                    throw std::logic_error{"the counts do not add up"};
                }
                total += all.counted();
                breaker.reset();
            }
        }
    });
    std::cout << total << " outcomes add up\n";
    CHECK(total > 0);
}

TEST_CASE("for a long time, commands and trips are one chain of signals") {
    const auto end = end_of_soak();
    Chain chain;
    std::atomic<std::uint64_t> looks{0};
    CircuitBreaker<CountWindow, trackers::All, trippers::AllOf<MinRequests, FailureRate>, Cooldown,
                   permits::All>* looked_at = nullptr;
    CircuitBreaker breaker{CountWindow{50}, MinRequests{20} & FailureRate{0.5}, Cooldown{200us},
                           permits::All{},
                           Listeners{[&](const Signal& signal) { chain.tell(signal); },
                                     [&](const Signal& signal) {
                                         // A listener that calls back.
                                         if (signal.new_state == State::forced_open) {
                                             looked_at->reset();
                                         }
                                         looks += looked_at->info().metrics.total_count != 0;
                                     }}};
    looked_at = &breaker;
    std::vector<Tally> tallies(callers);
    std::vector<std::uint64_t> made(callers);
    in_threads(callers + 1, [&](int number) {
        std::mt19937 random{static_cast<std::uint32_t>(number)};
        while (is_before(end)) {
            if (number == callers) {
                switch (random() % 4) {
                    case 0: breaker.reset(); break;
                    case 1: breaker.disable(); break;
                    case 2: breaker.metrics_only(); break;
                    default: breaker.force_open(); break;
                }
                for (int i = 0; i != 100; ++i) {
                    static_cast<void>(breaker.info());
                }
                continue;
            }
            const auto place = static_cast<std::size_t>(number);
            const std::uint32_t failing_share = random() % 2 == 0 ? 2 : 70;
            for (int i = 0; i != 500; ++i) {
                make_call(breaker, random, failing_share, tallies[place]);
                ++made[place];
            }
        }
    });
    for (std::size_t i = 0; i != tallies.size(); ++i) {
        CHECK(tallies[i].all() == made[i]);
    }
    std::cout << chain.signals() << " signals are one chain\n";
    CHECK(chain.is_right());
    CHECK(chain.end() == breaker.info().state);
    CHECK(chain.signals() > 0);
}

TEST_CASE("for a long time, no more trials run at once than may, and every caller comes back") {
    /// Once the circuit is open it is half-open for ever, but for failures.
    struct Trips : count_tripper_base {
        bool operator()(const CallContext&) const { return true; }
    };
    constexpr int most_trials = 2;
    const auto end = end_of_soak();
    Chain chain;
    const auto listen = [&](const Signal& signal) -> Task<> {
        chain.tell(signal);
        co_return;
    };
    AsyncCircuitBreaker breaker{
        CountWindow{10},  Trips{}, Always{}, permits::All{}, MaxHalfOpenCalls{most_trials},
        Listeners{listen}};
    breaker.try_acquire().value().failed();
    std::atomic<int> running{0};
    std::atomic<bool> too_many{false};
    std::vector<Tally> tallies(callers + 1);
    std::vector<std::uint64_t> made(callers + 1);
    in_threads(callers + 1, [&](int number) {
        const auto place = static_cast<std::size_t>(number);
        std::mt19937 random{static_cast<std::uint32_t>(number)};
        Tally& tally = tallies[place];
        while (is_before(end)) {
            const bool fails = random() % 10 == 0;
            const auto trial = [&]() -> Task<> {
                too_many = too_many || running.fetch_add(1) >= most_trials;
                running.fetch_sub(1);
                if (fails) {
                    throw Down{};
                }
                co_return;
            };
            ++made[place];
            try {
                sync_wait(breaker.call(trial));
                ++tally.succeeded;
            } catch (const Down&) {
                ++tally.failed;
            } catch (const CallNotPermittedError&) {
                ++tally.rejected;
            }
        }
    });
    std::uint64_t total = 0;
    for (std::size_t i = 0; i != tallies.size(); ++i) {
        CHECK(tallies[i].all() == made[i]);
        total += tallies[i].counted();
    }
    std::cout << total << " trials, " << chain.signals() << " signals\n";
    CHECK_FALSE(too_many);
    CHECK(total > 0);
    sync_wait(breaker.reset_as<Task<>>());  // tells what is left
    CHECK(chain.is_right());
    CHECK(chain.end() == State::closed);
}
