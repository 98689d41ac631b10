// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The explorer itself: that it leaves nothing out, and finds what there is to find.

#include "breakers.hpp"
#include "catch.hpp"
#include "explorer.hpp"
#include "memory.hpp"

#include <fluxgate/fluxgate.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace explore;
using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// Three threads that load, store and add at two locations, and take a lock.
class Mixed final : public World {
public:
    explicit Mixed(std::set<std::string>& endings) : endings_{endings} {}

    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    first_.store(1, std::memory_order_release);
                    seen_[0] = second_.load(relaxed);
                    const std::lock_guard lock{mutex_};
                    order_ += 'a';
                },
                [this] {
                    seen_[1] = first_.fetch_add(10, std::memory_order_acq_rel);
                    const std::lock_guard lock{mutex_};
                    order_ += 'b';
                },
                [this] {
                    second_.store(1, relaxed);
                    seen_[2] = first_.load(std::memory_order_acquire);
                }};
    }

    void check() override {
        std::string ending = order_ + std::to_string(first_.load(relaxed));
        for (const int seen : seen_) {
            ending += ' ' + std::to_string(seen);
        }
        endings_.insert(ending);
    }

private:
    std::set<std::string>& endings_;
    explore::atomic<int> first_{0};
    explore::atomic<int> second_{0};
    explore::mutex mutex_;
    std::string order_;
    std::array<int, 3> seen_{};
};

std::set<std::string> endings_of_mixed(const Options& options, std::uint64_t& executions) {
    std::set<std::string> endings;
    const explore::Result result =
        explore::explore([&] { return std::make_unique<Mixed>(endings); }, options);
    CHECK(result.failure.empty());
    CHECK(result.is_exhaustive);
    executions = result.executions;
    return endings;
}

/// A message: data, and then a flag of this order.
template <std::memory_order store_order, std::memory_order load_order>
class Message final : public World {
public:
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    data_ = 1;
                    flag_.store(true, store_order);
                },
                [this] {
                    if (flag_.load(load_order) && data_ != 1) {
                        report("the data is missed");
                    }
                }};
    }
    void check() override {}

private:
    plain_data<int> data_{0};
    explore::atomic<bool> flag_{false};
};

/// Both threads store and then load what the other one stores.
class StoreBuffers final : public World {
public:
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    first_.store(1, relaxed);
                    seen_first_ = second_.load(relaxed);
                },
                [this] {
                    second_.store(1, relaxed);
                    seen_second_ = first_.load(relaxed);
                }};
    }
    void check() override {
        if (seen_first_ == 0 && seen_second_ == 0) {
            report("neither saw the other");
        }
    }

private:
    explore::atomic<int> first_{0};
    explore::atomic<int> second_{0};
    int seen_first_ = 0;
    int seen_second_ = 0;
};

class LocksInTwoOrders final : public World {
public:
    std::vector<std::function<void()>> threads() override {
        return {[this] { take(first_, second_); }, [this] { take(second_, first_); }};
    }
    void check() override {}

private:
    static void take(explore::mutex& outer, explore::mutex& inner) {
        const std::lock_guard outer_lock{outer};
        const std::lock_guard inner_lock{inner};
    }

    explore::mutex first_;
    explore::mutex second_;
};

template <class Program>
std::string failure_of(bool weak) {
    return explore::explore([] { return std::make_unique<Program>(); }, {.weak = weak}).failure;
}

}  // namespace

TEST_CASE("what is left out makes no difference, with either memory") {
    for (const bool weak : {false, true}) {
        std::uint64_t all = 0;
        std::uint64_t some = 0;
        const auto endings = endings_of_mixed({.weak = weak, .reduces = false}, all);
        CHECK(endings_of_mixed({.weak = weak}, some) == endings);
        CHECK(endings.size() > 10);
        CHECK(some * 2 < all);
    }
}

TEST_CASE("what is left out makes no difference to a breaker, with either memory") {
    const Scenario scenario{
        .policies = std::tuple{CountWindow{2}, FailureStreak{2}, Cooldown{1h}, permits::All{}},
        .before = in_turn({success(), failure(), acquired({1, 2})}),
        .threads = {{succeed(1)}, {fail(2)}},
        .after = {look()}};
    using Program = decltype(BreakerWorld{scenario, std::declval<Histories&>()});
    const auto histories_of = [&](const Options& options, std::uint64_t& executions) {
        Histories histories;
        const explore::Result result = explore::explore(
            [&] { return std::make_unique<Program>(scenario, histories); }, options);
        CHECK(result.is_exhaustive);
        executions = result.executions;
        return histories;
    };
    for (const bool weak : {false, true}) {
        std::uint64_t all = 0;
        std::uint64_t some = 0;
        const Histories histories = histories_of({.weak = weak, .reduces = false}, all);
        CHECK(histories_of({.weak = weak}, some) == histories);
        CHECK(histories.size() > 1);
        CHECK(some * 2 < all);
    }
}

TEST_CASE("a message needs its release and its acquire") {
    using enum std::memory_order;
    CHECK(failure_of<Message<release, acquire>>(true).empty());
    CHECK(failure_of<Message<std::memory_order::relaxed, acquire>>(true) ==
          "data race: a read and a write");
    CHECK(failure_of<Message<release, std::memory_order::relaxed>>(true) ==
          "data race: a read and a write");
}

TEST_CASE("only weak memory lets two threads miss each other's stores") {
    CHECK(failure_of<StoreBuffers>(false).empty());
    CHECK(failure_of<StoreBuffers>(true) == "neither saw the other");
}

TEST_CASE("two locks that are taken in two orders are a deadlock") {
    CHECK(failure_of<LocksInTwoOrders>(false) == "deadlock");
}
