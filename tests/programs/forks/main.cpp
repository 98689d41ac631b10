// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Processes that are forked while other threads of the parent hold what all breakers share.

#include "catch.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/recorder.hpp>
#include <fluxgate/shared_policies.hpp>

#include <atomic>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace fluxgate;

namespace {

/// Runs `busy` again and again in threads of its own, for as long as it lives.
class Threads {
public:
    Threads(int count, const std::function<void()>& busy) {
        for (int i = 0; i != count; ++i) {
            threads_.emplace_back([this, busy] {
                while (!is_over_.load(std::memory_order_relaxed)) {
                    busy();
                }
            });
        }
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads() {
        is_over_.store(true, std::memory_order_relaxed);
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

private:
    // A flag alone: relaxed.
    std::atomic<bool> is_over_{false};
    std::vector<std::thread> threads_;
};

/// Forks children one after the other, and returns how many said that all was right.
int children_that_are_right(int count, const std::function<bool()>& is_right) {
    int right = 0;
    for (int i = 0; i != count; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(60);  // ends one that hangs
            _exit(is_right() ? 0 : 1);
        }
        int status = 1;
        REQUIRE(waitpid(child, &status, 0) == child);
        right += status == 0 ? 1 : 0;
    }
    return right;
}

constexpr int children = 100;

}  // namespace

TEST_CASE("a child makes breakers with totals, whatever the parent's threads are at") {
    CircuitBreaker breaker{FailureStreak{3}, Totals{}};
    const Threads scrapes{2, [&] { static_cast<void>(breaker.info()); }};
    CHECK(children_that_are_right(children, [] {
              CircuitBreaker own{FailureStreak{3}, Totals{}};
              own.call([] {});
              return own.info().totals->succeeded == 1;
          }) == children);
}

TEST_CASE("a child makes breakers while threads of the parent come and go") {
    CircuitBreaker breaker{FailureStreak{3}, Totals{}};
    const Threads starting{1, [&] { std::thread{[&] { breaker.call([] {}); }}.join(); }};
    CHECK(children_that_are_right(children, [] {
              CircuitBreaker own{FailureStreak{3}, Totals{}};
              own.call([] {});
              return own.info().totals->succeeded == 1;
          }) == children);
}

TEST_CASE("a child registers breakers of its own in a registry of the parent's") {
    Registry registry;
    std::atomic<int> told{0};
    const Subscription subscription = registry.listen([&](const Signal&) { ++told; });
    const Threads made{1, [&] {
                           const CircuitBreaker breaker{Name{"parent"}, Registered{registry}};
                           static_cast<void>(registry.to_json());
                       }};
    const Threads scrapes{1, [&] { static_cast<void>(registry.to_json()); }};
    CHECK(children_that_are_right(children, [&] {
              CircuitBreaker own{Name{"child"}, Registered{registry}, FailureStreak{1}};
              own.force_open();
              return registry.find("child")->info().state == State::forced_open && told == 1;
          }) == children);
}

TEST_CASE("a child's breaker has the parent's shared policies") {
    SharedPolicies policies{parse_policies("trip = failure_streak(3)")};
    const Threads made{1, [&] { const AnyCircuitBreaker breaker{policies}; }};
    const Threads exchanges{1, [&] { policies.exchange(policies.get()); }};
    CHECK(children_that_are_right(children, [&] {
              AnyCircuitBreaker own{policies, Totals{}};
              own.call([] {});
              return own.policies() == policies.get() && own.info().totals->succeeded == 1;
          }) == children);
}

TEST_CASE("a child's breaker that is given the parent's recorder records nothing, and works") {
    std::ostringstream stream;
    Recorder recorder{stream};
    const Threads calls{2, [&] {
                            CircuitBreaker breaker{recorder};
                            breaker.call([] {});
                        }};
    CHECK(children_that_are_right(children, [&] {
              CircuitBreaker own{recorder, FailureStreak{3}};
              own.call([] {});
              return own.info().metrics.total_count == 1;
          }) == children);
}
