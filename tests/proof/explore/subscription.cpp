// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Subscriptions that begin and end while transitions are made: once one has ended, its listener is
// not running and will not run.

#include "breakers.hpp"
#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/fluxgate.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

/// A listener that counts, and that must not run once it has ended.
class Counter {
public:
    auto listener() {
        return [this](const Signal&) {
            if (has_ended_) {
                report("a listener runs whose subscription has ended");
            }
            ++count_;
        };
    }

    void set_ended() { has_ended_ = true; }
    [[nodiscard]] int count() const { return count_; }

    void expect(int least, int most) const {
        if (count_ < least || count_ > most) {
            report("a listener heard a wrong number of signals");
        }
    }

private:
    plain_data<bool> has_ended_{false};
    plain_data<int> count_{0};
};

using Breaker = decltype(CircuitBreaker{std::declval<Explored>()});

class EndsWhileTold : public World {
public:
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker_.reset(); },
                [this] {
                    subscription_ = {};
                    counter_.set_ended();
                }};
    }
    void check() override {
        breaker_.reset();
        counter_.expect(0, 1);
    }

protected:
    Breaker breaker_{Explored{}};
    Counter counter_;
    Subscription subscription_ = breaker_.listen(counter_.listener());
};

class EndsWhileToldTwice final : public EndsWhileTold {
    std::vector<std::function<void()>> threads() override {
        std::vector<std::function<void()>> threads = EndsWhileTold::threads();
        threads.push_back(threads.front());
        return threads;
    }
    void check() override {
        breaker_.reset();
        counter_.expect(0, 2);
    }
};

class EndsInside final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker_.reset(); }, [this] { breaker_.reset(); }};
    }
    void check() override {
        breaker_.reset();
        counter_.expect(1, 1);
        if (owned_.use_count() != 1) {
            report("a function that has ended is not destroyed");
        }
    }

    std::shared_ptr<int> owned_ = std::make_shared<int>();
    Breaker breaker_{Explored{}};
    Counter counter_;
    Subscription subscription_ =
        breaker_.listen([this, owned = owned_, count = counter_.listener()](const Signal& signal) {
            count(signal);
            subscription_ = {};
            counter_.set_ended();
        });
};

class TwoEnd final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker_.reset(); },
                [this] {
                    first_ = {};
                    first_counter_.set_ended();
                },
                [this] {
                    second_ = {};
                    second_counter_.set_ended();
                }};
    }
    void check() override {
        breaker_.reset();
        first_counter_.expect(0, 1);
        second_counter_.expect(0, 1);
    }

    Breaker breaker_{Explored{}};
    Counter first_counter_;
    Counter second_counter_;
    Subscription first_ = breaker_.listen(first_counter_.listener());
    Subscription second_ = breaker_.listen(second_counter_.listener());
};

class Begins final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker_.reset(); },
                [this] {
                    first_ = breaker_.listen(first_counter_.listener());
                    breaker_.reset();
                },
                [this] { second_ = breaker_.listen(second_counter_.listener()); }};
    }
    void check() override {
        first_counter_.expect(1, 2);
        second_counter_.expect(0, 2);
        const int first = first_counter_.count();
        const int second = second_counter_.count();
        breaker_.reset();
        first_counter_.expect(first + 1, first + 1);
        second_counter_.expect(second + 1, second + 1);
    }

    Breaker breaker_{Explored{}};
    Counter first_counter_;
    Counter second_counter_;
    Subscription first_;
    Subscription second_;
};

class BeginsWhileRejected final : public World {
public:
    BeginsWhileRejected() { breaker_.force_open(); }

private:
    std::vector<std::function<void()>> threads() override {
        return {[this] { subscription_ = breaker_.listen(counter_.listener()); },
                [this] {
                    const auto rejected = breaker_.try_call([] {});
                    if (rejected.has_value() || !rejected.error().name.empty()) {
                        report("a rejection of a breaker without a name has one");
                    }
                }};
    }
    void check() override {
        breaker_.reset();
        counter_.expect(1, 1);
    }

    Breaker breaker_{Explored{}};
    Counter counter_;
    Subscription subscription_;
};

class OutlivesBreaker final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    breaker_->reset();
                    breaker_.reset();
                },
                [this] {
                    subscription_ = {};
                    counter_.set_ended();
                }};
    }
    void check() override { counter_.expect(0, 1); }

    std::optional<Breaker> breaker_{std::in_place, Explored{}};
    Counter counter_;
    Subscription subscription_ = breaker_->listen(counter_.listener());
};

}  // namespace

TEST_CASE("a subscription ends while its listener is told") {
    explore_program<EndsWhileTold>();
}

TEST_CASE("a subscription ends while two threads make transitions") {
    explore_program<EndsWhileToldTwice>();
}

TEST_CASE("a subscription ends in its listener while two threads make transitions") {
    explore_program<EndsInside>();
}

TEST_CASE("two subscriptions end while their listeners are told") {
    explore_program<TwoEnd>();
}

TEST_CASE("subscriptions begin while transitions are made") {
    explore_program<Begins>();
}

TEST_CASE("a first subscription begins while a call is rejected") {
    explore_program<BeginsWhileRejected>();
}

TEST_CASE("a subscription ends while its breaker does") {
    explore_program<OutlivesBreaker>();
}
