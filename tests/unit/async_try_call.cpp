// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "half_open.hpp"
#include "spawn.hpp"

#include <fluxgate/async_circuit_breaker.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

Task<int> twice(int value) {
    co_return 2 * value;
}

Task<int> fail() {
    throw std::runtime_error{"down"};
    co_return 0;
}

Task<> nothing() {
    co_return;
}

/// Counts those of its kind that live, so that one destroyed twice is seen.
class Counted {
public:
    explicit Counted(std::string text) : text_{std::move(text)} { ++alive; }
    Counted(Counted&& other) noexcept : text_{std::move(other.text_)} { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --alive; }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    static inline int alive = 0;

private:
    std::string text_;
};

Task<Counted> counted(std::string text) {
    co_return Counted{std::move(text)};
}

}  // namespace

TEST_CASE("an awaited try_call tells a rejection without a throw") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    auto call = breaker.try_call(twice, 4);
    static_assert(std::is_same_v<decltype(call), Task<expected<int, Rejection>>>);
    CHECK(sync_wait(std::move(call)).value() == 8);

    CHECK_THROWS_AS(sync_wait(breaker.try_call(fail)), std::runtime_error);
    const auto rejected = sync_wait(breaker.try_call(twice, 4));
    REQUIRE(!rejected);
    CHECK(rejected.error().state == State::open);
    CHECK(rejected.error().retry_after > 59s);
}

TEST_CASE("an awaited try_call hands on results of every kind") {
    AsyncCircuitBreaker breaker;
    CHECK(sync_wait(breaker.try_call(nothing)));
    const auto owner = [](std::unique_ptr<int> pointer) -> Task<std::unique_ptr<int>> {
        co_return std::move(pointer);
    };
    CHECK(**sync_wait(breaker.try_call(owner, std::make_unique<int>(5))) == 5);
    int number = 5;
    const auto reference = [](std::reference_wrapper<int> of) -> Task<int&> { co_return of.get(); };
    ++sync_wait(breaker.try_call(reference, std::ref(number)))->get();
    CHECK(number == 6);
    CHECK(breaker.info().metrics.total_count == 3);
}

TEST_CASE("every result that is awaited is destroyed once") {
    const std::string text(40, 'x');
    {
        AsyncCircuitBreaker breaker;
        CHECK(sync_wait(breaker.call(counted, text)).text() == text);
        CHECK(sync_wait(breaker.try_call(counted, text))->text() == text);
        const auto answer = [&](std::exception_ptr) { return counted(text); };
        CHECK(sync_wait(breaker.call_with_fallback(counted, answer, text)).text() == text);
        breaker.force_open();
        CHECK(sync_wait(breaker.call_with_fallback(counted, answer, text)).text() == text);
        CHECK(!sync_wait(breaker.try_call(counted, text)));
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("an awaited try_call waits for a slot, and is rejected by the state that it then finds") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional<decltype(breaker.try_acquire())::value_type> trial = breaker.try_acquire();
    REQUIRE(trial);

    std::optional<expected<int, Rejection>> result;
    const auto caller = [&](auto& from) -> Task<> {
        Task<expected<int, Rejection>> call = from.try_call(twice, 4);
        result = co_await std::move(call);
    };
    const Spawned waiting{caller(breaker)};
    CHECK(!result);
    trial->failed();
    REQUIRE(result);
    REQUIRE(!*result);
    CHECK(result->error().state == State::open);

    half_open.time.advance(1s);
    CHECK(sync_wait(breaker.try_call(twice, 4)).value() == 8);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("listeners that are coroutines are awaited by try_call, before and after the call") {
    testing::VirtualTime time;
    std::vector<std::string> told;
    const auto listener = [&](const Signal& signal) -> Task<> {
        told.emplace_back(to_string(signal.new_state));
        co_return;
    };
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s},
                                permits::All{}, Listeners{listener}};
    CHECK_THROWS(sync_wait(breaker.try_call(fail)));
    CHECK(told == std::vector<std::string>{"open"});
    time.advance(1s);
    CHECK(sync_wait(breaker.try_call(twice, 4)).value() == 8);
    CHECK(told == std::vector<std::string>{"open", "half_open", "closed"});
}

TEST_CASE("try_call_as names the coroutine type") {
    AsyncCircuitBreaker breaker;
    using Call = Task<expected<int, Rejection>>;
    CHECK(sync_wait(breaker.try_call_as<Call>(twice, 4)).value() == 8);
}
