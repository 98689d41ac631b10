// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

Words names(const Registry& registry) {
    Words names;
    registry.for_each(
        [&](const BreakerView& breaker) { names.emplace_back(breaker.name().view()); });
    return names;
}

auto into(Words& words) {
    return [&words](const Signal& signal) {
        words.push_back(std::string{signal.name.view()} + " " +
                        std::string{to_string(signal.new_state)});
    };
}

}  // namespace

TEST_CASE("a registry knows breakers of any type, from construction to destruction") {
    Registry registry;
    CHECK(registry.size() == 0);
    CHECK(names(registry).empty());
    CircuitBreaker b{Name{"b"}, Registered{registry}};
    {
        const AsyncCircuitBreaker c{Name{"c"}, Registered{registry}, MaxHalfOpenCalls{1}};
        const CircuitBreaker a{presets::request_response(1s), Registered{registry}, Name{"a"}};
        CHECK(registry.size() == 3);
        CHECK(names(registry) == Words{"a", "b", "c"});
    }
    CHECK(names(registry) == Words{"b"});
    CHECK_FALSE(registry.find("a"));
    CHECK(registry.find("b"));
}

TEST_CASE("a registered breaker keeps totals") {
    Registry registry;
    CircuitBreaker breaker{Name{"a"}, Registered{registry}};
    breaker.call([] {});
    CHECK(registry.find("a")->info().totals == TotalCounts{.succeeded = 1});
    CircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown, RampUp, Threaded,
                   BreakerOptions<Totals>>
        written{FailureStreak{5}, Name{"b"}, Registered{registry}};
    CHECK(registry.find("b")->info().totals == TotalCounts{});
}

TEST_CASE("a view looks and commands") {
    testing::VirtualTime time;
    Registry registry;
    CircuitBreaker breaker{testing::Virtual{time}, Name{"a"}, Registered{registry}};
    const BreakerView view = registry.find("a").value();
    CHECK(view.name() == "a");
    CHECK(view.info().name == "a");
    CHECK(view.force_open());
    CHECK(breaker.info().state == State::forced_open);
    CHECK(view.info().state == State::forced_open);
    CHECK(view.disable());
    CHECK(breaker.info().state == State::disabled);
    CHECK(view.metrics_only());
    CHECK(breaker.info().state == State::metrics_only);
    CHECK(view.open_for(5s));
    CHECK(view.info().retry_after == 5s);
    CHECK(view.reset());
    CHECK(view.info().state == State::closed);
    CHECK(error_of([&] { view.open_for(0s); }) ==
          "fluxgate: open_for's duration must be above 0 s and at most 292 years, but is 0 s");
}

TEST_CASE("a view outlives its breaker") {
    Registry registry;
    std::optional<BreakerView> view;
    {
        CircuitBreaker breaker{Name{"a"}, Registered{registry}, FailureStreak{9}};
        view = registry.find("a");
        breaker.call([] {});
        breaker.metrics_only();
        breaker.call([] {});
    }
    CHECK(view->name() == "a");
    CHECK(view->info().name == "a");
    CHECK(view->info().state == State::metrics_only);
    CHECK(view->info().metrics.total_count == 1);
    CHECK(view->info().totals == TotalCounts{.succeeded = 2});
    CHECK_FALSE(view->reset());
    CHECK_FALSE(view->disable());
    CHECK_FALSE(view->open_for(1s));
    CHECK(view->info().state == State::metrics_only);
}

TEST_CASE("a name is unique in its registry, and free again when its breaker is gone") {
    Registry registry;
    Registry other;
    {
        const CircuitBreaker breaker{Name{"a"}, Registered{registry}};
        const CircuitBreaker elsewhere{Name{"a"}, Registered{other}};
        CHECK(error_of([&] { const CircuitBreaker second{Name{"a"}, Registered{registry}}; }) ==
              "fluxgate: Name's text must be unique in its registry, but is \"a\", which another "
              "breaker has: where two KeyedBreakers have the same keys, give the names in each a "
              "prefix, as in Name{\"billing/\", key}");
        CHECK(registry.size() == 1);
        CHECK(registry.find("a")->reset());
    }
    const BreakerView of_first = [&] {
        const CircuitBreaker first{Name{"a"}, Registered{registry}};
        const BreakerView view = registry.find("a").value();
        CHECK(view == registry.find("a"));
        return view;
    }();
    const CircuitBreaker again{Name{"a"}, Registered{registry}};
    CHECK(registry.size() == 1);
    CHECK(of_first != registry.find("a"));
}

TEST_CASE("breakers come and go while a registry is looked through") {
    Registry registry;
    auto a = std::make_unique<CircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown,
                                             RampUp, Threaded, BreakerOptions<Totals>>>(
        FailureStreak{1}, Name{"a"}, Registered{registry});
    const CircuitBreaker b{Name{"b"}, Registered{registry}};
    std::optional<CircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown, RampUp,
                                 Threaded, BreakerOptions<Totals>>>
        c;
    Words seen;
    registry.for_each([&](const BreakerView& breaker) {
        a.reset();
        if (!c) {
            c.emplace(FailureStreak{1}, Name{"c"}, Registered{registry});
        }
        seen.push_back(std::string{breaker.name().view()} +
                       (breaker.reset() ? " lives" : " is gone"));
    });
    CHECK(seen == Words{"a is gone", "b lives"});
    CHECK(names(registry) == Words{"b", "c"});
}

TEST_CASE("a listener of the registry hears all breakers, those to come too, behind their own") {
    Words heard;
    Registry registry;
    CircuitBreaker a{Name{"a"}, Registered{registry},
                     Listeners{[&](const Signal&) { heard.emplace_back("own"); }}};
    Subscription subscription = registry.listen(into(heard));
    const Subscription late = a.listen([&](const Signal&) { heard.emplace_back("late"); });
    CircuitBreaker b{Name{"b"}, Registered{registry}};
    const CircuitBreaker elsewhere{Name{"c"}};
    a.disable();
    b.force_open();
    CHECK(registry.find("b")->reset());
    CHECK(heard == Words{"own", "late", "a disabled", "b forced_open", "b closed"});
    heard.clear();
    subscription = {};
    a.reset();
    CHECK(heard == Words{"own", "late"});
}

TEST_CASE("a listener of a registry commands other breakers, and ends its subscription") {
    Words heard;
    Registry registry;
    CircuitBreaker a{Name{"a"}, Registered{registry}};
    CircuitBreaker b{Name{"b"}, Registered{registry}};
    Subscription subscription;
    subscription = registry.listen([&](const Signal& signal) {
        into(heard)(signal);
        if (signal.name == "a") {
            registry.find("b")->disable();  // told in here
            subscription = {};
        }
    });
    a.disable();
    a.reset();
    b.reset();
    CHECK(heard == Words{"a disabled", "b disabled"});
}

TEST_CASE("commands to a breaker whose listeners are coroutines are heard with its next call") {
    Words heard;
    Registry registry;
    AsyncCircuitBreaker breaker{
        Name{"a"}, Registered{registry}, Listeners{[&](Signal signal) -> Task<> {
            heard.push_back("awaited " + std::string{to_string(signal.new_state)});
            co_return;
        }}};
    const Subscription subscription = registry.listen(into(heard));
    CHECK(registry.find("a")->metrics_only());
    CHECK(breaker.info().state == State::metrics_only);
    CHECK(heard.empty());
    sync_wait(breaker.call([]() -> Task<> { co_return; }));
    CHECK(heard == Words{"awaited metrics_only", "a metrics_only"});
}

TEST_CASE("a view, a subscription and what they know outlive the registry") {
    std::optional<BreakerView> view;
    Subscription subscription;
    auto owned = std::make_shared<int>(0);
    {
        Registry registry;
        const CircuitBreaker breaker{Name{"a"}, Registered{registry}};
        view = registry.find("a");
        subscription = registry.listen([owned](const Signal&) { ++*owned; });
    }
    CHECK(owned.use_count() == 1);
    CHECK(view->info().state == State::closed);
    subscription = {};
}

TEST_CASE("a breaker of one thread is in the registry of that thread") {
    Registry registry;
    CircuitBreaker breaker{SingleThreaded{}, Name{"a"}, Registered{registry}};
    breaker.call([] {});
    CHECK(registry.find("a")->info().totals == TotalCounts{.succeeded = 1});
    CHECK(registry.find("a")->force_open());
    CHECK_FALSE(breaker.try_acquire());
}
