// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;

static_assert(std::is_nothrow_move_constructible_v<Subscription>);
static_assert(!std::is_copy_constructible_v<Subscription>);

namespace {

using Words = std::vector<std::string>;

auto into(Words& words, const std::string& word) {
    return [&words, word](const Signal& signal) {
        words.push_back(word + std::string{to_string(signal.new_state)});
    };
}

}  // namespace

TEST_CASE("a late listener hears the transitions that are made while its subscription lives") {
    Words heard;
    CircuitBreaker breaker;
    breaker.force_open();
    {
        const Subscription subscription = breaker.listen(into(heard, ""));
        CHECK(subscription);
        breaker.disable();
        breaker.reset();
    }
    breaker.metrics_only();
    CHECK(heard == Words{"disabled", "closed"});
}

TEST_CASE("late listeners come behind those of the constructor, in their order") {
    Words heard;
    CircuitBreaker breaker{Listeners{into(heard, "a "), into(heard, "b ")}};
    Subscription c = breaker.listen(into(heard, "c "));
    const Subscription d = breaker.listen(into(heard, "d "));
    breaker.disable();
    CHECK(heard == Words{"a disabled", "b disabled", "c disabled", "d disabled"});
    heard.clear();
    c = breaker.listen(into(heard, "e "));
    breaker.reset();
    CHECK(heard == Words{"a closed", "b closed", "d closed", "e closed"});
}

TEST_CASE("a subscription is moved, assigned to and ended") {
    Words heard;
    CircuitBreaker breaker;
    Subscription none;
    CHECK_FALSE(none);
    Subscription first = breaker.listen(into(heard, "1 "));
    Subscription second{std::move(first)};
    breaker.disable();
    CHECK(heard == Words{"1 disabled"});
    Subscription& itself = second;
    second = std::move(itself);
    breaker.reset();
    CHECK(heard == Words{"1 disabled", "1 closed"});
    second = {};
    CHECK_FALSE(second);
    breaker.reset();
    CHECK(heard.size() == 2);
}

TEST_CASE("the function is destroyed when its subscription ends") {
    CircuitBreaker breaker;
    auto owned = std::make_shared<int>(0);
    Subscription subscription = breaker.listen([owned](const Signal&) { ++*owned; });
    breaker.reset();
    CHECK(owned.use_count() == 2);
    subscription = {};
    CHECK(owned.use_count() == 1);
    CHECK(*owned == 1);
}

TEST_CASE("a listener ends its own subscription, and is destroyed behind itself") {
    Words heard;
    CircuitBreaker breaker;
    auto owned = std::make_shared<int>(0);
    Subscription subscription;
    subscription = breaker.listen([&heard, &subscription, owned](const Signal& signal) {
        subscription = {};
        // What it has captured is there still.
        heard.push_back(std::string{to_string(signal.new_state)});
        ++*owned;
    });
    breaker.disable();
    breaker.reset();
    CHECK(heard == Words{"disabled"});
    CHECK(*owned == 1);
    CHECK(owned.use_count() == 1);
}

TEST_CASE("a listener that owns its subscription ends with its breaker") {
    auto owned = std::make_shared<int>(0);
    {
        CircuitBreaker breaker;
        auto subscription = std::make_shared<Subscription>();
        *subscription = breaker.listen([owned, subscription](const Signal&) { ++*owned; });
        breaker.reset();
        CHECK(*owned == 1);
    }
    CHECK(owned.use_count() == 1);
}

TEST_CASE("a subscription outlives its breaker") {
    Words heard;
    std::optional<CircuitBreaker<>> breaker{std::in_place};
    Subscription subscription = breaker->listen(into(heard, ""));
    breaker->disable();
    breaker.reset();
    subscription = {};
    CHECK(heard == Words{"disabled"});
}

TEST_CASE("a listener that is told commands, listens and ends other subscriptions") {
    Words heard;
    CircuitBreaker breaker;
    Subscription later;
    Subscription other;
    const Subscription first = breaker.listen([&](const Signal& signal) {
        if (signal.new_state == State::disabled) {
            other = {};
            later = breaker.listen(into(heard, "later "));
            breaker.metrics_only();
        }
    });
    other = breaker.listen(into(heard, "other "));
    breaker.disable();
    CHECK(heard == Words{"later metrics_only"});
}

TEST_CASE("two signals that are delivered one after the other reach all who listen, once each") {
    Words heard;
    CircuitBreaker breaker{Listeners{into(heard, "early ")}};
    const Subscription commanding = breaker.listen([&](const Signal& signal) {
        into(heard, "commanding ")(signal);
        if (signal.new_state == State::disabled) {
            breaker.reset();  // is delivered behind this one
        }
    });
    const Subscription late = breaker.listen(into(heard, "late "));
    breaker.disable();
    CHECK(heard == Words{"early disabled", "commanding disabled", "late disabled", "early closed",
                         "commanding closed", "late closed"});
}

TEST_CASE("what a late listener throws is reported, and disturbs nobody") {
    Words heard;
    int errors = 0;
    CircuitBreaker breaker{
        Listeners{[](const Signal&) {}}.on_error([&](std::exception_ptr) { ++errors; })};
    const Subscription throwing =
        breaker.listen([](const Signal&) { throw std::runtime_error{"broken"}; });
    const Subscription next = breaker.listen(into(heard, ""));
    breaker.disable();
    CHECK(errors == 1);
    CHECK(heard == Words{"disabled"});
}

TEST_CASE("late listeners are told beside coroutines, in a call that is awaited") {
    Words heard;
    AsyncCircuitBreaker breaker{
        FailureStreak{1}, Listeners{[&](Signal signal) -> Task<> {
            heard.push_back("awaited " + std::string{to_string(signal.new_state)});
            co_return;
        }}};
    const Subscription subscription = breaker.listen(into(heard, "late "));
    sync_wait(breaker.force_open_as<Task<>>());
    CHECK(heard == Words{"awaited forced_open", "late forced_open"});
    heard.clear();
    sync_wait(breaker.reset_as<Task<>>());
    const auto failing = []() -> Task<> {
        throw std::runtime_error{"down"};
        co_return;
    };
    CHECK_THROWS_AS(sync_wait(breaker.call(failing)), std::runtime_error);
    CHECK(heard == Words{"awaited closed", "late closed", "awaited open", "late open"});
}

TEST_CASE("a breaker of one thread has late listeners too") {
    Words heard;
    CircuitBreaker breaker{SingleThreaded{}, FailureStreak{1}};
    const Subscription subscription = breaker.listen(into(heard, ""));
    breaker.call_with_fallback([] { throw 1; }, [] {});
    CHECK(heard == Words{"open"});
}
