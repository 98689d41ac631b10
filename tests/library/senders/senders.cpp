// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Senders through a breaker: what each completion means, and waits for a slot.

#include "catch.hpp"
#include "half_open.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/senders.hpp>

#include <stdexec/execution.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
namespace ex = stdexec;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

/// What a receiver was completed with.
struct Outcome {
    std::optional<int> value;
    bool is_stopped = false;
    std::exception_ptr error;
    std::optional<std::string> other_error;
    std::thread::id thread;
    int completions = 0;

    [[nodiscard]] bool is_rejection() const {
        try {
            if (error != nullptr) {
                std::rethrow_exception(error);
            }
        } catch (const CallNotPermittedError&) {
            return true;
        } catch (...) {
            return false;
        }
        return false;
    }
};

/// What a receiver says of where it is: how to stop it, and its scheduler, if it has one.
struct Stoppable {
    [[nodiscard]] ex::inplace_stop_token query(ex::get_stop_token_t) const noexcept {
        return token;
    }
    ex::inplace_stop_token token;
};
struct AtLoop : Stoppable {
    using Stoppable::query;
    [[nodiscard]] ex::run_loop::scheduler query(ex::get_scheduler_t) const noexcept {
        return loop->get_scheduler();
    }
    ex::run_loop* loop = nullptr;
};

template <class Env>
struct Receiver {
    using receiver_concept = ex::receiver_t;

    void set_value(int value) && noexcept {
        outcome->value = value;
        complete();
    }
    void set_error(std::exception_ptr error) && noexcept {
        outcome->error = std::move(error);
        complete();
    }
    void set_error(std::string error) && noexcept {
        outcome->other_error = std::move(error);
        complete();
    }
    void set_stopped() && noexcept {
        outcome->is_stopped = true;
        complete();
    }
    [[nodiscard]] Env get_env() const noexcept { return env; }

    void complete() const noexcept {
        outcome->thread = std::this_thread::get_id();
        ++outcome->completions;
    }

    Outcome* outcome;
    Env env;
};

/// An operation on the heap, so that sanitizers see who uses it when it is gone.
template <class Sender, class Env>
class Started {
    using Operation = ex::connect_result_t<Sender, Receiver<Env>>;
    struct Made {
        operator Operation() {
            return ex::connect(std::move(sender), Receiver<Env>{outcome, std::move(env)});
        }
        Sender sender;
        Outcome* outcome;
        Env env;
    };

public:
    Started(Sender sender, Env env)
        : operation_{new Operation(Made{std::move(sender), &outcome, std::move(env)})} {
        ex::start(*operation_);
    }

    Outcome outcome;

private:
    std::unique_ptr<Operation> operation_;
};

int fail(int) {
    throw Down{};
}

}  // namespace

TEMPLATE_TEST_CASE("A sender goes through a breaker of either kind", "[senders]", CircuitBreaker<>,
                   AsyncCircuitBreaker<>) {
    TestType breaker;
    const auto metrics = [&] { return breaker.info().metrics; };

    SECTION("a value is a success") {
        CHECK(ex::sync_wait(ex::just(4) | guard(breaker)) == std::tuple{4});
        CHECK(ex::sync_wait(guard(breaker, ex::just())) == std::tuple{});
        CHECK(ex::sync_wait(guard(breaker, ex::just(1, std::string{"two"}))) ==
              std::tuple{1, std::string{"two"}});
        CHECK(metrics().total_count == 3);
        CHECK(metrics().failure_count == 0);
    }
    SECTION("an exception is a failure, and goes on") {
        CHECK_THROWS_AS(ex::sync_wait(ex::just(1) | ex::then(fail) | guard(breaker)), Down);
        CHECK(metrics().failure_count == 1);
    }
    SECTION("an error of another type is a failure, and goes on as it is") {
        Started started{guard(breaker, ex::just_error(std::string{"refused"})), Stoppable{}};
        CHECK(started.outcome.other_error == "refused");
        CHECK(metrics().failure_count == 1);
    }
    SECTION("what is stopped is neutral") {
        CHECK_FALSE(ex::sync_wait(ex::just_stopped() | guard(breaker)).has_value());
        CHECK(metrics().total_count == 0);
    }
    SECTION("a rejection is an error, and starts nothing") {
        breaker.force_open();
        bool is_started = false;
        auto rejected = ex::just() | ex::then([&] { is_started = true; }) | guard(breaker);
        CHECK_THROWS_AS(ex::sync_wait(std::move(rejected)), CallNotPermittedError);
        CHECK_FALSE(is_started);
    }
    SECTION("upon_error is the fallback") {
        breaker.force_open();
        const auto answer = [](const std::exception_ptr&) noexcept { return 7; };
        CHECK(ex::sync_wait(ex::just(1) | guard(breaker) | ex::upon_error(answer)) ==
              std::tuple{7});
    }
    SECTION("the breaker is asked when the sender is started, each time") {
        const auto guarded = guard(breaker, ex::just(1));
        breaker.force_open();
        CHECK_THROWS_AS(ex::sync_wait(guarded), CallNotPermittedError);
        breaker.reset();
        CHECK(ex::sync_wait(guarded) == std::tuple{1});
        CHECK(ex::sync_wait(guarded) == std::tuple{1});
        CHECK(metrics().total_count == 2);
    }
    SECTION("an operation that is never started asks nothing") {
        auto guarded = guard(breaker, ex::just(1));
        Outcome outcome;
        {
            [[maybe_unused]] auto operation =
                ex::connect(std::move(guarded), Receiver<Stoppable>{&outcome, {}});
        }
        CHECK(outcome.completions == 0);
        CHECK(metrics().total_count == 0);
    }
}

TEST_CASE("The tracker judges what a sender completes with", "[senders]") {
    CircuitBreaker breaker{FailureStreak{1}, TypeOf<Down>{} | Result{[](int n) { return n < 0; }}};

    SECTION("its value") {
        CHECK(ex::sync_wait(ex::just(-1) | guard(breaker)) == std::tuple{-1});
        CHECK(breaker.info().state == State::open);
    }
    SECTION("its exception") {
        const auto other = [](int) -> int { throw std::runtime_error{"mine"}; };
        CHECK_THROWS(ex::sync_wait(ex::just(1) | ex::then(other) | guard(breaker)));
        CHECK(breaker.info().metrics.failure_count == 0);
        CHECK_THROWS_AS(ex::sync_wait(ex::just(1) | ex::then(fail) | guard(breaker)), Down);
        CHECK(breaker.info().state == State::open);
    }
}

TEST_CASE("A sender whose error is no exception at all has failed", "[senders]") {
    HalfOpen half_open;
    Started started{guard(half_open.breaker, ex::just_error(std::exception_ptr{})), Stoppable{}};
    CHECK(started.outcome.completions == 1);
    CHECK(started.outcome.error == nullptr);
    CHECK(half_open.breaker.info().state == State::open);
}

namespace {

/// Receives exactly what a sender through a `CircuitBreaker` promises, and has a scheduler.
struct Strict {
    using receiver_concept = ex::receiver_t;
    void set_value(int given) && noexcept { *value = given; }
    void set_error(const std::exception_ptr&) && noexcept {}
    [[nodiscard]] AtLoop get_env() const noexcept { return {}; }
    int* value;
};

/// A sender that says what it completes with where there is a scheduler alone.
struct OfScheduler {
    using sender_concept = ex::sender_t;
    template <class Self, class Env>
        requires std::is_invocable_v<ex::get_scheduler_t, Env>
    static consteval ex::completion_signatures<ex::set_value_t(int)> get_completion_signatures() {
        return {};
    }
};

template <class Sender, class... Env>
concept Told = requires { typename ex::completion_signatures_of_t<Sender, Env...>; };

}  // namespace

TEST_CASE("A guarded sender asks no more of its receiver than it promises", "[senders]") {
    CircuitBreaker<> breaker;
    int value = 0;
    auto operation = ex::connect(guard(breaker, ex::just(3)), Strict{&value});
    ex::start(operation);
    CHECK(value == 3);

    using Guarded = decltype(guard(breaker, OfScheduler{}));
    CHECK(Told<Guarded, AtLoop>);
    CHECK_FALSE(Told<Guarded, Stoppable>);
    CHECK_FALSE(Told<Guarded>);
}

TEST_CASE("A tracker that throws is the sender's error, and the call neutral", "[senders]") {
    CircuitBreaker breaker{Result{[](int) -> bool { throw Down{}; }}};
    CHECK_THROWS_AS(ex::sync_wait(ex::just(1) | guard(breaker)), Down);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("A guarded sender says what it completes with, and where", "[senders]") {
    CircuitBreaker<> breaker;
    AsyncCircuitBreaker<> waiting;
    ex::run_loop loop;

    using Value = decltype(ex::just(1));
    using Direct = decltype(guard(breaker, std::declval<Value>()));
    using Waits = decltype(guard(waiting, std::declval<Value>()));
    CHECK(std::same_as<
          ex::completion_signatures_of_t<Direct, Stoppable>,
          ex::completion_signatures<ex::set_value_t(int), ex::set_error_t(std::exception_ptr)>>);
    CHECK(std::same_as<
          ex::completion_signatures_of_t<Waits, Stoppable>,
          ex::completion_signatures<ex::set_value_t(int), ex::set_error_t(std::exception_ptr),
                                    ex::set_stopped_t()>>);

    auto scheduled = ex::schedule(loop.get_scheduler()) | guard(breaker);
    CHECK(ex::get_completion_scheduler<ex::set_value_t>(ex::get_env(scheduled)) ==
          loop.get_scheduler());
    using Attributes = ex::env_of_t<decltype(scheduled)>;
    CHECK_FALSE(std::is_invocable_v<ex::get_completion_scheduler_t<ex::set_stopped_t>, Attributes>);
    CHECK_FALSE(std::is_invocable_v<ex::get_completion_scheduler_t<ex::set_error_t>, Attributes>);
    CHECK_FALSE(
        std::is_invocable_v<ex::get_completion_scheduler_t<ex::set_value_t>, ex::env_of_t<Direct>>);
}

TEST_CASE("A sender waits for its slot in half-open", "[senders]") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    ex::inplace_stop_source source;
    const auto trial = [&] { return breaker.try_acquire().value(); };
    std::optional holder{trial()};
    auto sender = guard(breaker, ex::just(1));

    SECTION("which another call gives back") {
        Started started{sender, Stoppable{source.get_token()}};
        CHECK(started.outcome.completions == 0);
        holder->neutral();
        CHECK(started.outcome.value == 1);
        CHECK(breaker.info().state == State::closed);
    }
    SECTION("in the order of those that wait") {
        Started first{guard(breaker, ex::just_stopped()), Stoppable{source.get_token()}};
        Started second{sender, Stoppable{source.get_token()}};
        holder->neutral();
        CHECK(first.outcome.is_stopped);
        CHECK(second.outcome.value == 1);
    }
    SECTION("and is rejected where half-open ends with open") {
        Started started{sender, Stoppable{source.get_token()}};
        holder->failed();
        CHECK(started.outcome.is_rejection());
    }
    SECTION("and is let in where it ends with closed") {
        Started started{sender, Stoppable{source.get_token()}};
        holder->succeeded();
        CHECK(started.outcome.value == 1);
    }
    SECTION("or until it is stopped, which gives its place to others") {
        std::optional<Started<decltype(sender), Stoppable>> stopped;
        stopped.emplace(sender, Stoppable{source.get_token()});
        Started other{sender, Stoppable{}};
        source.request_stop();
        CHECK(stopped->outcome.is_stopped);
        stopped.reset();
        holder->neutral();
        CHECK(other.outcome.value == 1);
    }
    SECTION("and not at all where it was stopped before") {
        source.request_stop();
        Started started{sender, Stoppable{source.get_token()}};
        CHECK(started.outcome.is_stopped);
    }
    SECTION("and goes to its receiver's scheduler before the sender starts") {
        ex::run_loop loop;
        std::thread::id home;
        auto seen = ex::just(1) | ex::then([&](int value) {
                        home = std::this_thread::get_id();
                        return value;
                    });
        Started started{guard(breaker, seen), AtLoop{{source.get_token()}, &loop}};
        std::thread other{[&] { holder->neutral(); }};
        other.join();
        CHECK(started.outcome.completions == 0);
        loop.finish();
        loop.run();
        CHECK(started.outcome.value == 1);
        CHECK(home == std::this_thread::get_id());
    }
    SECTION("or is stopped on its way there, and gives its slot to others") {
        ex::run_loop loop;
        Started started{sender, AtLoop{{source.get_token()}, &loop}};
        Started next{sender, Stoppable{}};
        holder->neutral();
        source.request_stop();
        CHECK(next.outcome.completions == 0);
        loop.finish();
        loop.run();
        CHECK(started.outcome.is_stopped);
        CHECK(next.outcome.value == 1);
    }
    SECTION("or is rejected where its place is one too many") {
        AsyncCircuitBreaker few{FailureStreak{1},    Cooldown{std::chrono::seconds{1}},
                                permits::All{},      testing::Virtual{half_open.time},
                                MaxHalfOpenCalls{1}, MaxHalfOpenWaiters{1}};
        few.try_acquire().value().failed();
        half_open.time.advance(std::chrono::seconds{1});
        const auto held = few.try_acquire();
        REQUIRE(held.has_value());
        Started waiting{guard(few, ex::just(1)), Stoppable{source.get_token()}};
        Started started{guard(few, ex::just(1)), Stoppable{}};
        CHECK(started.outcome.is_rejection());
        source.request_stop();
        CHECK(waiting.outcome.is_stopped);
        ex::inplace_stop_source another;
        const Started next{guard(few, ex::just(1)), Stoppable{another.get_token()}};
        CHECK(next.outcome.completions == 0);
        another.request_stop();
        CHECK(next.outcome.is_stopped);
    }
}

TEST_CASE("Ten thousand senders wait, one after another, with a flat stack", "[senders]") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional holder{breaker.try_acquire().value()};
    auto sender = guard(breaker, ex::just_stopped());
    constexpr std::size_t count = 10'000;
    std::vector<std::unique_ptr<Started<decltype(sender), Stoppable>>> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(std::make_unique<Started<decltype(sender), Stoppable>>(sender, Stoppable{}));
    }
    holder->neutral();
    for (const auto& one : all) {
        CHECK(one->outcome.is_stopped);
    }
    CHECK(breaker.try_acquire().has_value());
}

TEST_CASE("Stops and slots that come at once end each wait once", "[senders][threads]") {
    for (int round = 0; round < 300; ++round) {
        HalfOpen half_open;
        auto& breaker = half_open.breaker;
        std::optional holder{breaker.try_acquire().value()};
        ex::inplace_stop_source source;
        ex::inplace_stop_source never;
        std::atomic<int> started{0};
        auto sender = guard(breaker, ex::just_stopped() | ex::upon_stopped([&] {
                                         ++started;
                                         return 1;
                                     }));
        using One = Started<decltype(sender), Stoppable>;
        std::vector<std::unique_ptr<One>> stopped;
        std::vector<std::unique_ptr<One>> others;
        for (int i = 0; i < 3; ++i) {
            stopped.push_back(std::make_unique<One>(sender, Stoppable{source.get_token()}));
            others.push_back(std::make_unique<One>(sender, Stoppable{never.get_token()}));
        }
        std::thread stopping{[&] { source.request_stop(); }};
        std::thread giving{[&] { holder->neutral(); }};
        stopping.join();
        giving.join();
        int values = 0;
        for (const auto& one : stopped) {
            CHECK(one->outcome.completions == 1);
            values += one->outcome.value.value_or(0);
        }
        for (const auto& one : others) {
            CHECK(one->outcome.completions == 1);
            values += one->outcome.value.value_or(0);
        }
        CHECK(started == values);
        CHECK(breaker.info().state == State::closed);
    }
}
