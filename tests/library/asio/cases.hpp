// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The tests of both Asios. Who includes this has included the adapter and the library, and says
// with the namespace `net` and the types in `errors` which.

#include "catch.hpp"
#include "half_open.hpp"

#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

// Later versions of Asio count references down with a fence whatever they are told, of which
// ThreadSanitizer does not know: it takes the deletion that follows for a race with the other
// decrements. (A suppression works only where the sanitizer finds a symbolizer: CMakeLists.txt asks
// the versions that listen to do without the fence.)
extern "C" const char* __tsan_default_suppressions() {
    return "race:ref_count_down\n";
}

namespace {

using errors::system_error;

net::awaitable<int> twice(int value) {
    co_return 2 * value;
}

/// Never ends by itself.
net::awaitable<void> hang() {
    net::steady_timer timer{co_await net::this_coro::executor};
    timer.expires_at(net::steady_timer::time_point::max());
    net::awaitable<void> wait = timer.async_wait(net::use_awaitable);
    co_await std::move(wait);
}

/// Gives up by itself, as operations with a time-out of their own do.
net::awaitable<void> abort_itself() {
    throw system_error{net::error::make_error_code(net::error::operation_aborted)};
    co_return;
}

template <class Breaker>
net::awaitable<void> call_twice(Breaker& breaker, int& result) {
    net::awaitable<int> call = breaker.call(twice, 4);
    result = co_await std::move(call);
}

template <class Breaker, class F>
net::awaitable<void> call_void(Breaker& breaker, F f) {
    net::awaitable<void> call = breaker.call(f);
    co_await std::move(call);
}

/// How a coroutine ended: with nothing, or with an exception.
struct End {
    bool ended = false;
    std::exception_ptr error;

    auto note() {
        return [this](std::exception_ptr with) {
            ended = true;
            error = with;
        };
    }
    [[nodiscard]] bool aborted() const {
        if (error == nullptr) {
            return false;
        }
        try {
            std::rethrow_exception(error);
        } catch (const system_error& system) {
            return system.code() == net::error::operation_aborted;
        } catch (...) {
            return false;
        }
    }
};

}  // namespace

TEST_CASE("an awaitable comes back as an awaitable, and is recorded") {
    net::io_context context;
    AsyncCircuitBreaker breaker;
    int result = 0;
    End end;
    net::co_spawn(context, call_twice(breaker, result), end.note());
    context.run();
    CHECK(end.ended);
    CHECK(result == 8);
    CHECK(breaker.info().metrics.total_count == 1);
}

TEST_CASE("try_call is an awaitable of an expected, and tells a rejection without a throw") {
    net::io_context context;
    AsyncCircuitBreaker breaker;
    const auto caller = [&](expected<int, Rejection>& result) -> net::awaitable<void> {
        net::awaitable<expected<int, Rejection>> call = breaker.try_call(twice, 4);
        result = co_await std::move(call);
    };
    expected<int, Rejection> result;
    net::co_spawn(context, caller(result), net::detached);
    context.run();
    CHECK(result.value() == 8);

    breaker.force_open();
    net::co_spawn(context, caller(result), net::detached);
    context.restart();
    context.run();
    REQUIRE(!result);
    CHECK(result.error().state == State::forced_open);
}

TEST_CASE("a guarded call of an awaitable is an awaitable") {
    net::io_context context;
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    const auto caller = [&](int& result) -> net::awaitable<void> {
        net::awaitable<int> call = breaker.guarded(twice, 4);
        result = co_await std::move(call);
    };
    int result = 0;
    net::co_spawn(context, caller(result), net::detached);
    context.run();
    CHECK(result == 8);
    CHECK(breaker.info().metrics.total_count == 1);
}

TEST_CASE("a caller waits for a slot, keeps its context running, and goes on") {
    net::io_context context;
    HalfOpen half_open;
    std::optional trial = half_open.breaker.try_acquire();
    REQUIRE(trial);
    int result = 0;
    End end;
    net::co_spawn(context, call_twice(half_open.breaker, result), end.note());
    net::post(context, [&] { net::post(context, [&] { trial.reset(); }); });
    context.run();
    CHECK(end.ended);
    CHECK(result == 8);
    CHECK(half_open.breaker.info().state == State::closed);
}

TEST_CASE("a caller that is cancelled while it waits leaves the queue") {
    net::io_context context;
    HalfOpen half_open;
    std::optional trial = half_open.breaker.try_acquire();
    net::cancellation_signal cancel;
    End first;
    End second;
    int result = 0;
    net::co_spawn(context, call_twice(half_open.breaker, result),
                  net::bind_cancellation_slot(cancel.slot(), first.note()));
    net::co_spawn(context, call_twice(half_open.breaker, result), second.note());
    net::post(context, [&] {
        cancel.emit(net::cancellation_type::terminal);
        net::post(context, [&] { trial.reset(); });
    });
    context.run();
    CHECK(first.aborted());
    CHECK(second.ended);
    CHECK_FALSE(second.error);
    CHECK(result == 8);
}

TEST_CASE("a call that is cancelled while it runs is neutral, and its slot is free again") {
    net::io_context context;
    HalfOpen half_open;
    net::cancellation_signal cancel;
    End end;
    net::co_spawn(context, call_void(half_open.breaker, hang),
                  net::bind_cancellation_slot(cancel.slot(), end.note()));
    net::post(context, [&] { cancel.emit(net::cancellation_type::terminal); });
    context.run();
    CHECK(end.aborted());
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}

TEST_CASE("an operation that aborts by itself is a failure") {
    net::io_context context;
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    End end;
    net::co_spawn(context, call_void(breaker, abort_itself), end.note());
    context.run();
    CHECK(end.aborted());
    CHECK(breaker.info().state == State::open);
}

/// Runs `call` until it waits, and cancels it.
template <class T>
void run_and_cancel(net::awaitable<T> call) {
    net::io_context context;
    net::cancellation_signal cancel;
    bool ended = false;
    net::co_spawn(context, std::move(call),
                  net::bind_cancellation_slot(cancel.slot(), [&](auto&&...) { ended = true; }));
    net::post(context, [&] { cancel.emit(net::cancellation_type::terminal); });
    context.run();
    CHECK(ended);
}

TEST_CASE("a cancelled call is neutral also where its callee has reset its cancellation state") {
    // Holds more than the state that it takes the place of.
    const auto filter = [room = std::array<char, 300>{}](net::cancellation_type type) {
        static_cast<void>(room);
        return type;
    };
    const auto resets = [filter]() -> net::awaitable<void> {
        co_await net::this_coro::reset_cancellation_state(filter);
        net::awaitable<void> wait = hang();
        co_await std::move(wait);
    };
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    run_and_cancel(breaker.call(resets));
    CHECK(breaker.info().state == State::closed);

    int asked = 0;
    run_and_cancel(breaker.call_with_fallback(resets, [&](std::exception_ptr) { ++asked; }));
    CHECK(breaker.info().state == State::closed);
    CHECK(asked == 0);

    // A listener may do it too.
    const auto listener = [resets](const Signal&) -> net::awaitable<void> { return resets(); };
    AsyncCircuitBreaker heard{FailureStreak{1}, Listeners{listener}};
    run_and_cancel(heard.template disable_as<net::awaitable<void>>());
    CHECK(heard.info().state == State::disabled);
}

TEST_CASE("a cancelled call that reports by value is neutral, whatever its tracker says of it") {
    const auto hangs_by_value = []() -> net::awaitable<bool> {
        net::steady_timer timer{co_await net::this_coro::executor};
        timer.expires_at(net::steady_timer::time_point::max());
        errors::error_code error;
        net::awaitable<void> wait =
            timer.async_wait(net::redirect_error(net::use_awaitable, error));
        co_await std::move(wait);
        co_return error == net::error::operation_aborted;
    };
    HalfOpen half_open;
    run_and_cancel(half_open.breaker.call(hangs_by_value));
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());

    AsyncCircuitBreaker tracked{FailureStreak{1}, Result{[](bool aborted) { return aborted; }}};
    run_and_cancel(tracked.call(hangs_by_value));
    CHECK(tracked.info().state == State::closed);
}

TEST_CASE("an operation that aborts by itself is a failure also after a cancellation survived") {
    for (const bool resets : {false, true}) {
        AsyncCircuitBreaker breaker{FailureStreak{1}};
        const auto survives = [&]() -> net::awaitable<void> {
            co_await net::this_coro::throw_if_cancelled(false);
            try {
                net::awaitable<void> first = breaker.call(hang);
                co_await std::move(first);
            } catch (const system_error&) {
            }
            CHECK(breaker.info().state == State::closed);
            if (resets) {
                co_await net::this_coro::reset_cancellation_state();
            }
            net::awaitable<void> second = breaker.call(abort_itself);
            co_await std::move(second);
        };
        run_and_cancel(survives());
        CHECK(breaker.info().state == State::open);
    }
}

TEST_CASE("a time-out around a call is a cancellation, while it runs and while it waits") {
    net::io_context context;
    HalfOpen half_open;
    std::vector<std::size_t> winners;
    const auto limited = [&](std::chrono::milliseconds limit) -> net::awaitable<void> {
        using namespace net::experimental::awaitable_operators;
        net::steady_timer timer{co_await net::this_coro::executor};
        timer.expires_after(limit);
        net::awaitable<void> expiry = timer.async_wait(net::use_awaitable);
        net::awaitable<void> call = half_open.breaker.call(hang);
        auto either = std::move(call) || std::move(expiry);
        const auto first = co_await std::move(either);
        winners.push_back(first.index());
    };
    net::co_spawn(context, limited(10ms), net::detached);
    net::co_spawn(context, limited(5ms), net::detached);
    context.run();
    CHECK(winners == std::vector<std::size_t>{1, 1});
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}

TEST_CASE("a time-out within a call is a failure") {
    net::io_context context;
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    End end;
    const auto limited = []() -> net::awaitable<void> {
        using namespace net::experimental::awaitable_operators;
        net::steady_timer timer{co_await net::this_coro::executor};
        timer.expires_after(1ms);
        net::awaitable<void> expiry = timer.async_wait(net::use_awaitable);
        net::awaitable<void> work = hang();
        auto either = std::move(work) || std::move(expiry);
        const auto first = co_await std::move(either);
        if (first.index() == 1) {
            throw std::runtime_error{"timed out"};
        }
    };
    net::co_spawn(context, call_void(breaker, limited), end.note());
    context.run();
    CHECK(end.error);
    CHECK_FALSE(end.aborted());
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a call is cancelled in a listener, and the next one tells the others") {
    net::io_context context;
    int told = 0;
    int behind = 0;
    const auto listener = [&](const Signal&) -> net::awaitable<void> {
        if (++told == 1) {
            net::awaitable<void> wait = hang();
            co_await std::move(wait);
        }
    };
    AsyncCircuitBreaker breaker{FailureStreak{1},
                                Listeners{listener, [&](const Signal&) { ++behind; }}};
    net::cancellation_signal cancel;
    End first;
    End second;
    net::co_spawn(context, breaker.template disable_as<net::awaitable<void>>(),
                  net::bind_cancellation_slot(cancel.slot(), first.note()));
    int result = 0;
    net::post(context, [&] {
        CHECK(told == 1);
        CHECK(behind == 0);
        cancel.emit(net::cancellation_type::terminal);
    });
    context.run();
    CHECK(first.aborted());
    context.restart();
    net::co_spawn(context, call_twice(breaker, result), second.note());
    context.run();
    CHECK(second.ended);
    CHECK_FALSE(second.error);
    CHECK(result == 8);
    CHECK(breaker.info().state == State::disabled);
    CHECK(told == 1);
    CHECK(behind == 1);
}

TEST_CASE("a listener that aborts by itself has failed, and the others are told") {
    net::io_context context;
    int reported = 0;
    int behind = 0;
    const auto aborts = [](const Signal&) { return abort_itself(); };
    AsyncCircuitBreaker breaker{FailureStreak{1},
                                Listeners{aborts, [&](const Signal&) { ++behind; }}.on_error(
                                    [&](const std::exception_ptr&) { ++reported; })};
    End end;
    net::co_spawn(context, breaker.template disable_as<net::awaitable<void>>(), end.note());
    context.run();
    CHECK(end.ended);
    CHECK_FALSE(end.error);
    CHECK(reported == 1);
    CHECK(behind == 1);
}

TEST_CASE("a context that goes takes its parked and its running calls along") {
    HalfOpen half_open;
    End running;
    End waiting;
    {
        net::io_context context;
        int result = 0;
        net::co_spawn(context, call_void(half_open.breaker, hang), running.note());
        net::co_spawn(context, call_twice(half_open.breaker, result), waiting.note());
        net::co_spawn(context, call_twice(half_open.breaker, result), waiting.note());
        context.poll();
    }
    CHECK_FALSE(running.ended);
    CHECK_FALSE(waiting.ended);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}

TEST_CASE("a context goes while another thread gives its waiters their slots") {
    constexpr int rounds = 300;
    HalfOpen half_open;
    std::atomic<int> ready{0};  // counted up by each thread as it begins a round
    for (int round = 0; round < rounds; ++round) {
        std::optional trial = half_open.breaker.try_acquire();
        REQUIRE(trial);
        auto context = std::make_unique<net::io_context>();
        End ended;
        for (int i = 0; i < 3; ++i) {
            const auto strand = net::make_strand(*context);
            net::co_spawn(strand, call_void(half_open.breaker, hang), ended.note());
        }
        context->poll();
        ready = 0;
        const auto meet = [&] {
            ++ready;
            while (ready != 2) {
                std::this_thread::yield();
            }
        };
        std::thread giver{[&] {
            meet();
            trial.reset();
        }};
        meet();
        context.reset();
        giver.join();
        CHECK_FALSE(ended.ended);
    }
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}

TEST_CASE("waiters resume on their own strands, whoever gives the slot back") {
    constexpr int callers = 40;
    net::thread_pool pool{3};
    HalfOpen half_open;
    std::optional trial = half_open.breaker.try_acquire();
    std::atomic<int> elsewhere{0};  // counted up by callers that resumed off their strand
    std::atomic<int> done{0};       // counted up by callers that came back
    using Strand = net::strand<net::thread_pool::executor_type>;
    const auto caller = [&](Strand strand) -> net::awaitable<void> {
        net::awaitable<int> call = half_open.breaker.call(twice, 1);
        co_await std::move(call);
        elsewhere += strand.running_in_this_thread() ? 0 : 1;
        ++done;
    };
    for (int i = 0; i < callers; ++i) {
        const Strand strand = net::make_strand(pool.get_executor());
        net::co_spawn(strand, caller(strand), net::detached);
    }
    trial.reset();
    pool.join();
    CHECK(done == callers);
    CHECK(elsewhere == 0);
}

namespace {

/// Waits for a slot, and calls a function while it is woken.
class WokenInTurn final : fluxgate::BasicWaiter<std::mutex> {
public:
    template <class F>
    WokenInTurn(fluxgate::Semaphore& semaphore, F when_woken)
        : BasicWaiter{semaphore}, when_woken_{std::move(when_woken)} {
        REQUIRE(enter(semaphore.generation()));
    }
    WokenInTurn(const WokenInTurn&) = delete;
    WokenInTurn& operator=(const WokenInTurn&) = delete;
    ~WokenInTurn() { end(); }

private:
    void wake() noexcept override { when_woken_(); }

    std::function<void()> when_woken_;
};

net::awaitable<void> wait_for_slot(fluxgate::Semaphore& semaphore) {
    auto waiting =
        fluxgate::task_traits<net::awaitable<void>>::acquire(semaphore, semaphore.generation());
    const fluxgate::Semaphore::Slot slot = co_await std::move(waiting);
}

}  // namespace

TEST_CASE("a slot that is granted to a cancelled caller is free again when that caller has ended") {
    fluxgate::Semaphore semaphore{2};
    fluxgate::Semaphore::Slot one = semaphore.try_acquire();
    fluxgate::Semaphore::Slot other = semaphore.try_acquire();
    net::io_context context;
    net::cancellation_signal cancel;
    // First in the queue: while it is woken the next one gets a slot, and is cancelled before it is
    // woken itself.
    const WokenInTurn first{semaphore, [&] {
                                other.release();
                                cancel.emit(net::cancellation_type::terminal);
                            }};
    std::exception_ptr ended_with;
    bool is_free = false;
    net::co_spawn(context, wait_for_slot(semaphore),
                  net::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error) {
                      ended_with = error;
                      is_free = static_cast<bool>(semaphore.try_acquire());
                  }));
    // In the context's thread, so that the cancellation is made at once.
    net::post(context, [&one] { one.release(); });
    context.run();
    CHECK(ended_with != nullptr);
    CHECK(is_free);
}

TEST_CASE("a slot is never lost between a grant and a cancellation") {
    constexpr int rounds = 200;
    /// One waiter that is granted a slot and cancelled at the same time.
    struct Round {
        net::cancellation_signal cancel;
        std::atomic<int> pending{2};  // counted down by the caller's end and by the cancellation's
        std::exception_ptr error;

        void finish_one() {
            --pending;
            pending.notify_one();
        }
    };
    HalfOpen half_open;
    net::thread_pool pool{3};
    // Until no thread can look at them; a signal keeps an executor of the pool's, so not longer.
    std::vector<std::unique_ptr<Round>> kept;
    for (int i = 0; i < rounds; ++i) {
        kept.push_back(std::make_unique<Round>());
        Round& round = *kept.back();
        std::optional trial = half_open.breaker.try_acquire();
        if (!trial) {
            FAIL("round " << i << ": " << to_string(half_open.breaker.info()));
        }
        const auto strand = net::make_strand(pool.get_executor());
        net::co_spawn(
            strand, call_void(half_open.breaker, hang),
            net::bind_cancellation_slot(round.cancel.slot(), [&round](std::exception_ptr error) {
                round.error = error;
                round.finish_one();
            }));
        net::post(strand, [&round] {
            round.cancel.emit(net::cancellation_type::terminal);
            round.finish_one();
        });
        trial.reset();
        for (int left = round.pending; left != 0; left = round.pending) {
            round.pending.wait(left);
        }
        REQUIRE(round.error != nullptr);
    }
    pool.join();
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}
