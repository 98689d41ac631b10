// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/trackers.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

using namespace fluxgate;

namespace {

struct NetworkError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct TimeoutError : NetworkError {
    using NetworkError::NetworkError;
};
/// Polymorphic, but no `std::exception` by itself.
struct Retryable {
    virtual ~Retryable() = default;
};
struct Busy : std::logic_error, Retryable {
    using std::logic_error::logic_error;
};
/// No `std::exception`, not even polymorphic.
struct ErrorCode {
    int value;
};
struct DerivedCode : ErrorCode {};
struct Left : std::runtime_error {
    Left() : std::runtime_error{"left"} {}
};
struct Right : std::runtime_error {
    Right() : std::runtime_error{"right"} {}
};
/// A `std::exception` twice over: no handler of `std::exception` catches it.
struct Ambiguous : Left, Right {};

/// What a breaker finds of the tracker's verdict on an exception; empty where it gives none.
template <class Tracker, class Exception>
std::optional<bool> verdict(const Tracker& tracker, const Exception& exception) {
    if (!detail::tracks_exceptions<Tracker>) {
        return std::nullopt;
    }
    try {
        throw exception;
    } catch (const std::exception& caught) {
        return detail::counts_exception(tracker, CaughtException{caught}, true);
    } catch (...) {
        return detail::counts_exception(tracker, CaughtException{}, true);
    }
}

template <class Tracker, class R>
std::optional<bool> verdict_on_result(const Tracker& tracker, const R& result) {
    if (!detail::tracks_results<Tracker, R>) {
        return std::nullopt;
    }
    return detail::counts_result(tracker, result, true);
}

constexpr auto is_5xx = [](int status) { return status >= 500; };

/// A user's own tracker.
struct Quota : tracker_base {
    bool counts_exception(const CaughtException& caught) const {
        return caught.match<ErrorCode>([](const ErrorCode& code) { return code.value == 429; });
    }
};

}  // namespace

TEST_CASE("All counts every exception and no result") {
    CHECK(verdict(trackers::All{}, NetworkError{"down"}) == true);
    CHECK(verdict(trackers::All{}, 42) == true);
    CHECK_FALSE(verdict_on_result(trackers::All{}, 42));
}

TEST_CASE("TypeOf counts its types and those derived from them") {
    const TypeOf<NetworkError> tracker;
    CHECK(verdict(tracker, NetworkError{"down"}) == true);
    CHECK(verdict(tracker, TimeoutError{"late"}) == true);
    CHECK(verdict(tracker, std::runtime_error{"other"}) == false);
    CHECK(verdict(tracker, 42) == false);
    CHECK_FALSE(verdict_on_result(tracker, 42));

    const TypeOf<TimeoutError, std::logic_error> two;
    CHECK(verdict(two, std::invalid_argument{"bad"}) == true);
    CHECK(verdict(two, NetworkError{"down"}) == false);
}

TEST_CASE("TypeOf matches throws that are no std::exception") {
    CHECK(verdict(TypeOf<int>{}, 42) == true);
    CHECK(verdict(TypeOf<int>{}, 42L) == false);
    CHECK(verdict(TypeOf<int>{}, NetworkError{"down"}) == false);
    CHECK(verdict(TypeOf<ErrorCode>{}, DerivedCode{{7}}) == true);
    CHECK(verdict(TypeOf<std::string>{}, std::string{"down"}) == true);
    CHECK(verdict(TypeOf<const char*>{}, "down") == true);
}

TEST_CASE("TypeOf matches what a handler would, through several bases") {
    CHECK(verdict(TypeOf<Retryable>{}, Busy{"later"}) == true);
    CHECK(verdict(TypeOf<std::exception>{}, Busy{"later"}) == true);
    CHECK(verdict(TypeOf<Left>{}, Ambiguous{}) == true);
    CHECK(verdict(TypeOf<std::exception>{}, Ambiguous{}) == false);
}

TEST_CASE("Custom is asked of exceptions of its type alone") {
    const Custom tracker{[](const NetworkError& error) { return error.what()[0] == 'd'; }};
    CHECK(verdict(tracker, NetworkError{"down"}) == true);
    CHECK(verdict(tracker, TimeoutError{"down"}) == true);
    CHECK(verdict(tracker, TimeoutError{"late"}) == false);
    CHECK(verdict(tracker, std::logic_error{"down"}) == false);
    CHECK(verdict(tracker, 42) == false);
}

TEST_CASE("Custom takes functions, function objects and exception pointers") {
    CHECK(verdict(Custom{+[](const ErrorCode& code) { return code.value == 7; }},
                  DerivedCode{{7}}) == true);
    CHECK(verdict(Custom{std::function<bool(const ErrorCode&)>{
                      [](const ErrorCode& code) { return code.value == 7; }}},
                  ErrorCode{8}) == false);
    CHECK(verdict(Custom{[](int value) { return value == 42; }}, 42) == true);

    const Custom any{[](std::exception_ptr pointer) {
        try {
            std::rethrow_exception(pointer);
        } catch (int value) {
            return value == 42;
        } catch (...) {
            return false;
        }
    }};
    CHECK(verdict(any, 42) == true);
    CHECK(verdict(any, NetworkError{"down"}) == false);
    CHECK(verdict(Custom{[](const std::exception_ptr& pointer) { return pointer != nullptr; }},
                  NetworkError{"down"}) == true);
}

TEST_CASE("Custom's error is its own, whichever way the exception was looked at") {
    const auto throws = [](const auto& tracker, const auto& exception) {
        try {
            verdict(tracker, exception);
        } catch (const std::domain_error&) {
            return true;
        }
        return false;
    };
    CHECK(throws(Custom{[](const ErrorCode&) -> bool { throw std::domain_error{"bug"}; }},
                 ErrorCode{1}));
    CHECK(throws(Custom{[](const NetworkError&) -> bool { throw std::domain_error{"bug"}; }},
                 NetworkError{"down"}));
}

TEST_CASE("Result judges the results that its predicate takes") {
    const Result tracker{is_5xx};
    CHECK(verdict_on_result(tracker, 503) == true);
    CHECK(verdict_on_result(tracker, 200) == false);
    CHECK_FALSE(verdict_on_result(tracker, std::string{"503"}));
    CHECK_FALSE(verdict(tracker, NetworkError{"down"}));
}

TEST_CASE("Result takes results that cannot be copied, and member functions") {
    const Result empty{[](const std::unique_ptr<int>& pointer) { return !pointer; }};
    CHECK(verdict_on_result(empty, std::unique_ptr<int>{}) == true);
    CHECK(verdict_on_result(Result{&std::string::empty}, std::string{}) == true);
}

TEST_CASE("expressions ask the operands that have a word") {
    const auto either = TypeOf<NetworkError>{} | Result{is_5xx};
    CHECK(verdict(either, NetworkError{"down"}) == true);
    CHECK(verdict(either, std::logic_error{"bug"}) == false);
    CHECK(verdict_on_result(either, 503) == true);
    CHECK(verdict_on_result(either, 200) == false);
    CHECK_FALSE(verdict_on_result(either, std::string{}));

    const auto both = TypeOf<NetworkError>{} & Result{is_5xx};
    CHECK(verdict(both, NetworkError{"down"}) == true);
    CHECK(verdict_on_result(both, 503) == true);
}

TEST_CASE("a negation says the contrary, and on nothing new") {
    CHECK(verdict(~TypeOf<NetworkError>{}, NetworkError{"down"}) == false);
    CHECK(verdict(~TypeOf<NetworkError>{}, 42) == true);
    CHECK_FALSE(verdict_on_result(~TypeOf<NetworkError>{}, 503));
    CHECK(verdict_on_result(~Result{is_5xx}, 503) == false);
    CHECK_FALSE(verdict(~Result{is_5xx}, NetworkError{"down"}));
}

TEST_CASE("expressions nest, and are asked from the left until it is decided") {
    const auto tracker =
        trackers::All{} & ~(TypeOf<std::logic_error>{} | Custom{[](const std::exception& error) {
                                return std::string{error.what()} == "ignore";
                            }});
    CHECK(verdict(tracker, NetworkError{"down"}) == true);
    CHECK(verdict(tracker, NetworkError{"ignore"}) == false);
    CHECK(verdict(tracker, std::logic_error{"bug"}) == false);
    CHECK(verdict(tracker, 42) == true);

    int asked = 0;
    const Custom counts{[&asked](const std::exception_ptr&) { return ++asked != 0; }};
    CHECK(verdict(TypeOf<int>{} & counts, NetworkError{"down"}) == false);
    CHECK(asked == 0);
    CHECK(verdict(TypeOf<int>{} | counts, NetworkError{"down"}) == true);
    CHECK(asked == 1);
}

TEST_CASE("chains of trackers are flat") {
    using A = TypeOf<int>;
    using B = TypeOf<long>;
    using C = TypeOf<char>;
    static_assert(std::is_same_v<decltype(A{} | B{} | C{}), trackers::AnyOf<A, B, C>>);
    static_assert(std::is_same_v<decltype(A{} & (B{} & C{})), trackers::AllOf<A, B, C>>);
    SUCCEED("at compile time");
}

TEST_CASE("a user's own tracker composes") {
    CHECK(verdict(Quota{} | TypeOf<NetworkError>{}, ErrorCode{429}) == true);
    CHECK(verdict(Quota{} | TypeOf<NetworkError>{}, ErrorCode{404}) == false);
    CHECK(verdict(~Quota{}, ErrorCode{429}) == false);
}

TEST_CASE("Result judges results of its parameter's type, and of types derived from it") {
    struct Response {
        bool failed() const { return status >= 500; }
        int status;
    };
    struct Detailed : Response {};
    const auto failed = [](const auto& tracker, const auto& result) {
        return verdict_on_result(tracker, result);
    };
    const Result by_code{[](int code) { return code != 0; }};
    CHECK(failed(by_code, 1) == true);
    const Result by_bool{[](bool ok) { return !ok; }};
    CHECK(failed(by_bool, false) == true);
    const Result by_status{[](const Response& response) { return response.status >= 500; }};
    CHECK(failed(by_status, Response{503}) == true);
    CHECK(failed(by_status, Detailed{{503}}) == true);
    CHECK(failed(by_status, 503) == std::nullopt);
    const Result by_any{[](const auto& value) { return value == 1; }};
    CHECK(failed(by_any, 1) == true);
    CHECK(failed(by_any, 1.0) == true);

    struct ByReference {
        bool operator()(int code) const& { return code != 0; }
    };
    CHECK(failed(Result{ByReference{}}, 1) == true);
    const Result of_int{[](const std::same_as<int> auto& code) { return code != 0; }};
    CHECK(failed(of_int, 1) == true);
    CHECK(failed(of_int, true) == std::nullopt);
    const Result by_member{&Response::failed};
    CHECK(failed(by_member, Response{503}) == true);

    // Each asks about its own type.
    const Result of_bool{[](const std::same_as<bool> auto& ok) { return !ok; }};
    const auto both = of_int | of_bool;
    CHECK(failed(both, true) == false);
    CHECK(failed(both, 1) == true);
}

namespace {

/// Judges exceptions where what it holds does.
template <class Tracker>
struct Logged : tracker_base {
    bool counts_exception(const CaughtException& caught) const
        requires detail::tracks_exceptions<Tracker>
    {
        return tracker.counts_exception(caught);
    }
    template <class R>
        requires detail::tracks_results<Tracker, R>
    bool counts_result(const R& result) const {
        return tracker.counts_result(result);
    }
    Tracker tracker;
};

bool is_negative(int value) {
    return value < 0;
}

struct Derived : trackers::Not<Result<bool (*)(int)>> {
    using Not::Not;
};

}  // namespace

TEST_CASE("a tracker of one's own may judge exceptions under a condition") {
    CircuitBreaker logged{FailureStreak{1},
                          Logged<Result<bool (*)(int)>>{{}, Result{&is_negative}}};
    logged.call([] { return -1; });
    CHECK(logged.info().state == State::open);
    CircuitBreaker derived{FailureStreak{1}, Derived{Result{&is_negative}}};
    derived.call([] { return 1; });
    CHECK(derived.info().state == State::open);
}

TEST_CASE("an exception that is an answer is a success, whatever the other operands say") {
    const auto outcome = [](auto tracker, const auto& exception) -> std::optional<bool> {
        CircuitBreaker breaker{tracker, CountWindow{1}, FailureStreak{1}};
        try {
            breaker.call([&] { throw exception; });
        } catch (...) {
        }
        const Metrics metrics = breaker.info().metrics;
        const bool opened = breaker.info().state == State::open;
        return metrics.total_count == 0 && !opened ? std::nullopt : std::optional{!opened};
    };

    const auto alone = AsSuccess<NetworkError>{};
    CHECK(outcome(alone, TimeoutError{""}) == true);
    CHECK(outcome(alone, Busy{""}) == false);
    CHECK(outcome(alone, ErrorCode{1}) == false);
    CHECK(outcome(AsSuccess<ErrorCode>{}, DerivedCode{}) == true);

    const auto beside = AsSuccess<TimeoutError>{} | TypeOf<NetworkError>{};
    CHECK(outcome(beside, TimeoutError{""}) == true);
    CHECK(outcome(beside, NetworkError{""}) == false);
    CHECK_FALSE(outcome(beside, Busy{""}).has_value());
    CHECK(outcome(TypeOf<NetworkError>{} & AsSuccess<TimeoutError>{}, TimeoutError{""}) == true);
    CHECK(outcome(TypeOf<NetworkError>{} & AsSuccess<TimeoutError>{}, NetworkError{""}) == false);

    const auto contrary = ~(AsSuccess<TimeoutError>{} | TypeOf<Busy>{});
    CHECK(outcome(contrary, TimeoutError{""}) == true);
    CHECK_FALSE(outcome(contrary, Busy{""}).has_value());
    CHECK(outcome(contrary, NetworkError{""}) == false);

    const auto with_results = AsSuccess<TimeoutError>{} | Result{is_5xx};
    CHECK(outcome(with_results, TimeoutError{""}) == true);
    CHECK(outcome(with_results, Busy{""}) == false);
}

TEST_CASE("the call of which a tracker throws, asked for an answer, is neutral") {
    struct Fragile : tracker_base {
        bool counts_as_success(const CaughtException&) const { throw std::logic_error{"fragile"}; }
    };
    int reports = 0;
    CircuitBreaker breaker{Fragile{}, Listeners{}.on_error([&](std::exception_ptr) { ++reports; })};
    CHECK_THROWS_AS(breaker.call([] { throw NetworkError{""}; }), NetworkError);
    CHECK(breaker.info().metrics.total_count == 0);
    CHECK(reports == 1);
}
