// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};
struct Worse : Down {};

/// Neither copied nor moved.
struct Pinned {
    explicit Pinned(int number) : value{number} {}
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    int value;
};

struct Client {
    int base = 10;
    int get(int offset) const { return base + offset; }
    int& counter() { return base; }
    int failing() noexcept(false) { throw Down{}; }
};

int twice(int value) noexcept {
    return 2 * value;
}
int fail() {
    throw Down{};
}

template <class Breaker>
std::uint64_t failures_of(Breaker& breaker) {
    return breaker.info().metrics.failure_count;
}
template <class Breaker>
std::uint64_t calls_of(Breaker& breaker) {
    return breaker.info().metrics.total_count;
}

}  // namespace

// Both ways of settling a failure: by an unwinding guard, and by a handler that asks the tracker.
TEMPLATE_TEST_CASE("results of every kind reach the caller", "", trackers::All, TypeOf<Down>) {
    CircuitBreaker breaker{TestType{}, FailureStreak{99}};

    SECTION("void") {
        int calls = 0;
        breaker.call([&] { ++calls; });
        static_assert(std::is_void_v<decltype(breaker.call([] {}))>);
        CHECK(calls == 1);
    }
    SECTION("references, to the very object") {
        int number = 5;
        int& same = breaker.call([&]() -> int& { return number; });
        CHECK(&same == &number);
        const int& fixed = breaker.call([&]() -> const int& { return number; });
        CHECK(&fixed == &number);
        int&& moved = breaker.call([&]() -> int&& { return std::move(number); });
        CHECK(&moved == &number);
    }
    SECTION("move-only results") {
        const auto pointer = breaker.call([] { return std::make_unique<int>(5); });
        CHECK(*pointer == 5);
    }
    SECTION("results that cannot be moved") {
        const Pinned pinned = breaker.call([] { return Pinned{5}; });
        CHECK(pinned.value == 5);
        CHECK_THROWS_AS(breaker.call([]() -> Pinned { throw Down{}; }), Down);
        CHECK(failures_of(breaker) == 1);
        CHECK(calls_of(breaker) == 2);
    }
    SECTION("const results") {
        CHECK(breaker.call([]() -> const std::string { return "fixed"; }) == "fixed");
    }
    SECTION("noexcept functions, function pointers and member functions") {
        CHECK(breaker.call(twice, 4) == 8);
        CHECK(breaker.call(&twice, 4) == 8);
        Client client;
        CHECK(breaker.call(&Client::get, client, 5) == 15);
        CHECK(breaker.call(&Client::get, std::make_unique<Client>(), 5) == 15);
        ++breaker.call(&Client::counter, client);
        CHECK(client.base == 11);
        CHECK(breaker.call(&Client::base, client) == 11);
        CHECK_THROWS_AS(breaker.call(&Client::failing, client), Down);
        CHECK(failures_of(breaker) == 1);
    }
    SECTION("move-only callables and arguments") {
        auto owner = [pointer = std::make_unique<int>(5)](std::unique_ptr<int> other) {
            return *pointer + *other;
        };
        CHECK(breaker.call(std::move(owner), std::make_unique<int>(2)) == 7);
    }
    SECTION("a void function that fails") {
        CHECK_THROWS_AS(breaker.call([] { throw Down{}; }), Down);
        CHECK(failures_of(breaker) == 1);
    }
}

TEST_CASE("a call within a handler, or while another exception unwinds, is judged by itself") {
    CircuitBreaker breaker{FailureStreak{99}};
    struct CallsInDestructor {
        CircuitBreaker<CountWindow, trackers::All, FailureStreak>& breaker;
        ~CallsInDestructor() {
            breaker.call([] { return Pinned{1}; });
        }
    };
    try {
        const CallsInDestructor calls{breaker};
        throw std::logic_error{"unwinding"};
    } catch (const std::logic_error&) {
        breaker.call([] { return Pinned{1}; });
        breaker.call(twice, 1);
    }
    CHECK(calls_of(breaker) == 3);
    CHECK(failures_of(breaker) == 0);
}

TEST_CASE("a call may be made inside another on the same breaker") {
    CircuitBreaker breaker;
    CHECK(breaker.call([&] { return breaker.call(twice, 2) + breaker.call(twice, 3); }) == 10);
    CHECK(calls_of(breaker) == 3);
}

// ---- Fallbacks ----------------------------------------------------------------------------------

TEST_CASE("a fallback answers for what fails and for what is rejected") {
    CircuitBreaker breaker{FailureStreak{1}};
    const auto fallback = [](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const CallNotPermittedError&) {
            return -2;
        } catch (const Down&) {
            return -1;
        }
    };
    CHECK(breaker.call_with_fallback(twice, fallback, 4) == 8);
    CHECK(breaker.call_with_fallback(fail, fallback) == -1);
    CHECK(breaker.call_with_fallback(fail, fallback) == -2);
    CHECK(calls_of(breaker) == 0);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a fallback for one type lets the others go on") {
    CircuitBreaker breaker{FailureStreak{2}};
    CHECK(breaker.call_with_fallback(fail, [](const Down&) { return -1; }) == -1);
    CHECK_THROWS_AS(breaker.call_with_fallback(fail, [](const Worse&) { return -1; }), Down);
    CHECK(breaker.info().state == State::open);
    CHECK_THROWS_AS(breaker.call_with_fallback(fail, [](const Down&) { return -1; }),
                    CallNotPermittedError);
    CHECK(breaker.call_with_fallback(fail, [](const CallNotPermittedError& error) {
        return error.state() == State::open ? -3 : 0;
    }) == -3);
    CHECK(breaker.call_with_fallback(fail, [](const std::exception&) { return -4; }) == -4);
}

TEST_CASE("a fallback may take nothing") {
    CircuitBreaker breaker{FailureStreak{1}};
    CHECK(breaker.call_with_fallback(fail, [] { return -1; }) == -1);
    CHECK(breaker.call_with_fallback(fail, [] { return -1; }) == -1);
    CHECK_THROWS_AS(breaker.call(fail), CallNotPermittedError);
}

TEST_CASE("a fallback may throw, and is asked once") {
    CircuitBreaker breaker{FailureStreak{1}};
    int asked = 0;
    const auto fallback = [&](const std::exception_ptr&) -> int {
        ++asked;
        throw std::logic_error{"no fallback either"};
    };
    CHECK_THROWS_AS(breaker.call_with_fallback(fail, fallback), std::logic_error);
    CHECK(asked == 1);
    CHECK_THROWS_AS(breaker.call_with_fallback(fail, fallback), std::logic_error);
    CHECK(asked == 2);
    const auto rethrow = [&](const std::exception&) -> int {
        ++asked;
        throw Down{};
    };
    CHECK_THROWS_AS(breaker.call_with_fallback(fail, rethrow), Down);
    CHECK(asked == 3);
}

TEST_CASE("a fallback's answer becomes the function's result") {
    CircuitBreaker breaker{FailureStreak{1}};
    const auto text = breaker.call_with_fallback([]() -> std::string { throw Down{}; },
                                                 [] { return "remembered"; });
    static_assert(std::is_same_v<decltype(text), const std::string>);
    CHECK(text == "remembered");

    int answered = 0;
    breaker.call_with_fallback([] {}, [&] { return ++answered; });
    CHECK(answered == 1);

    int spare = 5;
    int& same =
        breaker.call_with_fallback([]() -> int& { throw Down{}; }, [&]() -> int& { return spare; });
    CHECK(&same == &spare);

    const Pinned pinned =
        breaker.call_with_fallback([]() -> Pinned { throw Down{}; }, [] { return Pinned{7}; });
    CHECK(pinned.value == 7);
}

TEST_CASE("a fallback can be a function") {
    CircuitBreaker breaker{FailureStreak{1}};
    struct Functions {
        static int minus_one(const std::exception&) { return -1; }
    };
    CHECK(breaker.call_with_fallback(fail, Functions::minus_one) == -1);
    CHECK(breaker.call_with_fallback(fail, &Functions::minus_one) == -1);
    const std::function<int(const std::exception&)> erased = Functions::minus_one;
    CHECK(breaker.call_with_fallback(fail, erased) == -1);
}

// ---- wrap ---------------------------------------------------------------------------------------

TEST_CASE("a wrapped function is called through the breaker") {
    CircuitBreaker breaker{FailureStreak{1}};
    const auto wrapped = breaker.wrap(twice);
    CHECK(wrapped(4) == 8);
    const auto failing = breaker.wrap(fail);
    CHECK_THROWS_AS(failing(), Down);
    CHECK_THROWS_AS(wrapped(4), CallNotPermittedError);
    CHECK(calls_of(breaker) == 0);
}

TEST_CASE("a wrapped function with a fallback answers always") {
    CircuitBreaker breaker{FailureStreak{1}};
    const auto wrapped = breaker.wrap([](int value) { return value < 0 ? fail() : value; },
                                      [](std::exception_ptr) { return 0; });
    CHECK(wrapped(4) == 4);
    CHECK(wrapped(-1) == 0);
    CHECK(wrapped(4) == 0);
}

TEST_CASE("a wrapped function keeps its state and its kind") {
    CircuitBreaker breaker;
    auto counting = breaker.wrap([count = 0]() mutable { return ++count; });
    CHECK(counting() == 1);
    CHECK(counting() == 2);
    static_assert(!std::is_invocable_v<const decltype(counting)&>);
    static_assert(!std::is_invocable_v<decltype(counting)&, int>);

    auto owning = breaker.wrap([pointer = std::make_unique<int>(5)] { return *pointer; });
    auto moved = std::move(owning);
    CHECK(moved() == 5);
    static_assert(!std::is_copy_constructible_v<decltype(owning)>);

    const auto method = breaker.wrap(&Client::get);
    CHECK(method(Client{}, 1) == 11);

    const std::function<int(int)> erased = breaker.wrap(twice);
    CHECK(erased(4) == 8);
}

// ---- try_call -----------------------------------------------------------------------------------

TEST_CASE("try_call tells a rejection without a throw") {
    CircuitBreaker breaker{FailureStreak{1}};
    const auto good = breaker.try_call(twice, 4);
    REQUIRE(good);
    CHECK(*good == 8);
    CHECK_THROWS_AS(breaker.try_call(fail), Down);
    const auto rejected = breaker.try_call(twice, 4);
    REQUIRE_FALSE(rejected);
    CHECK(rejected.error().state == State::open);
    CHECK(rejected.error().retry_after > 0ns);
}

TEST_CASE("try_call hands on results of every kind") {
    CircuitBreaker breaker;
    CHECK(breaker.try_call([] {}));
    CHECK(**breaker.try_call([] { return std::make_unique<int>(5); }) == 5);
    int number = 5;
    ++breaker.try_call([&]() -> int& { return number; }).value().get();
    CHECK(number == 6);
    CHECK(*breaker.try_call([]() -> const std::string { return "fixed"; }) == "fixed");
    auto pointer = std::make_unique<int>(7);
    CHECK(**breaker.try_call([&]() -> std::unique_ptr<int>&& { return std::move(pointer); }) == 7);
}
