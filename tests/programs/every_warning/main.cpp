// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/replay.hpp>

#include <chrono>
#include <sstream>
#include <string_view>
#include <utility>

namespace {

template <class Breaker>
fluxgate::Task<int> await_in_place(Breaker& breaker) {
    const auto zero = []() -> fluxgate::Task<int> { co_return 0; };
    auto call = breaker.guarded(zero);
    const int number = co_await std::move(call);
    auto answered = breaker.guarded_with_fallback(zero, [] { return 1; });
    co_return number + co_await std::move(answered);
}

}  // namespace

int main() {
    fluxgate::CircuitBreaker breaker{
        fluxgate::TimeWindow{std::chrono::seconds{10}},
        fluxgate::FailureStreak{5} |
            (fluxgate::MinRequests{20} & fluxgate::SlowRate{0.3, std::chrono::seconds{1}}),
        fluxgate::Backoff{std::chrono::seconds{1}},
        fluxgate::Listeners{[](const fluxgate::Signal&) {}}};
    const fluxgate::Policies policies = fluxgate::parse_policies("trip = failure_streak(5)");
    const bool is_read = policies == fluxgate::parse_policies(to_string(policies));
    fluxgate::AnyCircuitBreaker of_text{policies};
    of_text.reconfigure(policies);
    fluxgate::SharedPolicies shared{policies};
    fluxgate::AnyAsyncCircuitBreaker async_of_text{
        shared, fluxgate::Neutral{[](int code) { return code < 0; }}};
    shared.exchange(policies);
    fluxgate::KeyedBreakers hosts{[&](std::string_view host) {
        return fluxgate::AnyCircuitBreaker{shared, fluxgate::Name{"a/", host}};
    }};
    hosts.acquire("b").neutral();
    hosts.for_each([](std::string_view, auto& each) { each.reset(); });
    const int failed = of_text.call([] { return 0; }) + breaker.call([] { return 0; });
    const int by_fallback = breaker.call_with_fallback([] { return 0; }, [] { return 1; });
    std::stringstream file;
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker recorded{fluxgate::Recorder{file}, fluxgate::testing::Virtual{time}};
    fluxgate::CallReader calls{file};
    const fluxgate::ReplayResult result = fluxgate::replay(calls, time, recorded);
    fluxgate::AsyncCircuitBreaker async;
    const int awaited =
        fluxgate::sync_wait(async.call([]() -> fluxgate::Task<int> { co_return 0; }));
    const int in_place = fluxgate::sync_wait(await_in_place(async)) +
                         fluxgate::sync_wait(await_in_place(async_of_text));
    return failed + by_fallback + awaited + in_place + (is_read ? 0 : 1) +
           (result.opened.empty() ? 0 : 1);
}
