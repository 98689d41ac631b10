// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Tasks of exec: calls, and waits for a slot that go on by the task's scheduler, or are stopped.

#include "catch.hpp"
#include "half_open.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/stdexec.hpp>

#include <exec/task.hpp>
#include <stdexec/execution.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

using namespace fluxgate;

namespace {

exec::task<int> answer(int value) {
    co_return value;
}
exec::task<int> fail(int) {
    throw std::runtime_error{"down"};
    co_return 0;
}

/// Where tasks of a test run: a loop in the test's thread, and what stops them.
struct Place {
    stdexec::run_loop loop;
    stdexec::inplace_stop_source source;

    void run() {
        loop.finish();
        loop.run();
    }
};

struct Outcome {
    std::optional<int> value;
    std::exception_ptr error;
    bool is_stopped = false;
};

struct Receiver {
    using receiver_concept = stdexec::receiver_t;
    void set_value(int value) && noexcept { outcome->value = value; }
    void set_error(std::exception_ptr error) && noexcept { outcome->error = std::move(error); }
    void set_stopped() && noexcept { outcome->is_stopped = true; }
    [[nodiscard]] exec::task_environment get_env() const noexcept {
        return {place->source.get_token(), &place->loop};
    }
    Outcome* outcome;
    Place* place;
};

/// A task that is started in a place.
class Started {
public:
    Started(exec::task<int> task, Place& place)
        : operation_{stdexec::connect(std::move(task), Receiver{&outcome, &place})} {
        stdexec::start(operation_);
    }
    Outcome outcome;

private:
    stdexec::connect_result_t<exec::task<int>, Receiver> operation_;
};

template <class Breaker>
exec::task<int> client(Breaker& breaker, std::thread::id* resumed_in = nullptr) {
    const auto look = [resumed_in](int value) -> exec::task<int> {
        if (resumed_in != nullptr) {
            *resumed_in = std::this_thread::get_id();
        }
        co_return value;
    };
    exec::task<int> call = breaker.call(look, 1);
    const int value = co_await std::move(call);
    co_return value;
}

}  // namespace

TEST_CASE("A task of exec is called through a breaker", "[senders]") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    Place place;
    {
        Started started{breaker.call(answer, 4), place};
        CHECK(started.outcome.value == 4);
    }
    for (int i = 0; i < 2; ++i) {
        Started started{breaker.call(fail, 4), place};
        CHECK_THROWS_AS(std::rethrow_exception(started.outcome.error), std::runtime_error);
    }
    Started rejected{breaker.call(answer, 4), place};
    CHECK_THROWS_AS(std::rethrow_exception(rejected.outcome.error), CallNotPermittedError);
}

TEST_CASE("A task of exec that waits for a slot", "[senders]") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional holder{breaker.try_acquire().value()};
    Place place;
    Place elsewhere;

    SECTION("goes on by its own scheduler") {
        std::thread::id resumed_in;
        Started started{client(breaker, &resumed_in), place};
        std::thread other{[&] { holder->neutral(); }};
        other.join();
        CHECK_FALSE(started.outcome.value.has_value());
        place.run();
        CHECK(started.outcome.value == 1);
        CHECK(resumed_in == std::this_thread::get_id());
    }
    SECTION("is stopped at once, without a slot") {
        Started stopped{client(breaker), place};
        Started next{client(breaker), elsewhere};
        place.source.request_stop();
        place.run();
        CHECK(stopped.outcome.is_stopped);
        CHECK_FALSE(next.outcome.value.has_value());
        holder->neutral();
        elsewhere.run();
        CHECK(next.outcome.value == 1);
        CHECK(breaker.info().state == State::closed);
    }
    SECTION("is destroyed on the way to its scheduler, and gives its slot to others") {
        std::optional<Started> gone;
        gone.emplace(client(breaker), place);
        Started next{client(breaker), elsewhere};
        holder->neutral();
        place.run();
        gone.reset();
        elsewhere.run();
        CHECK(next.outcome.value == 1);
    }
}
