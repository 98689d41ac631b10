// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A scenario that touches everything, once for each point at which it can fail: each allocation,
// and each copy, move and call of what the user gives. Whatever fails, nothing leaks, no slot and
// no signal is lost, each listener is told the same, and the breaker goes on to do its work.

#include "catch.hpp"
#include "points.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using points::point;

namespace {

// ---- What the user gives --------------------------------------------------------------------------

/// What the called functions throw.
struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

/// A result that can fail whenever it is made.
class Answer {
public:
    explicit Answer(int status) : status_{status} { point("a result's constructor"); }
    Answer(const Answer& other) : status_{other.status_} { point("a result's copy"); }
    Answer(Answer&& other) : status_{other.status_} { point("a result's move"); }
    Answer& operator=(const Answer&) = delete;
    Answer& operator=(Answer&&) = delete;
    ~Answer() = default;

    [[nodiscard]] int status() const { return status_; }

private:
    int status_;
};

/// A function that can fail whenever it is passed on.
class Request {
public:
    explicit Request(int status) : status_{status} {}
    Request(const Request& other) : status_{other.status_} { point("a function's copy"); }
    Request(Request&& other) : status_{other.status_} { point("a function's move"); }
    Request& operator=(const Request&) = delete;
    Request& operator=(Request&&) = delete;
    ~Request() = default;

    Answer operator()(const std::string&) const {
        point("a function");
        if (status_ == 0) {
            throw Down{};
        }
        return Answer{status_};
    }

private:
    int status_;
};

/// How many outcomes a window has refused.
struct Refused {
    int successes = 0;
    int failures = 0;
};

struct OwnWindow : window_base {
    static constexpr bool uses_time = false;
    static constexpr bool uses_durations = false;

    explicit OwnWindow(Refused& counts) : refused{&counts} {}

    void record(const Record& record) {
        int& count = record.success ? refused->successes : refused->failures;
        ++count;
        point("a window");
        --count;
        ++total;
        failures += record.success ? 0 : 1;
    }
    [[nodiscard]] MetricView metric() const {
        return {.total_count = total, .failure_count = failures};
    }
    void reset() noexcept {
        total = 0;
        failures = 0;
    }

    Refused* refused;
    std::uint64_t total = 0;
    std::uint64_t failures = 0;
};

struct TwoInARow : count_tripper_base {
    bool operator()(const CallContext& context) const {
        point("a tripper");
        return context.consecutive_failures >= 2;
    }
};
struct AfterASecond : retry_base {
    [[nodiscard]] std::chrono::nanoseconds wait(std::uint32_t, double) const {
        point("a retry");
        return 1s;
    }
};
struct Everyone : permit_base {
    bool operator()(std::chrono::nanoseconds, double) const {
        point("a permit");
        return true;
    }
};

auto own_tracker() {
    return Result{[](const Answer& answer) {
               point("a tracker of results");
               return answer.status() >= 500;
           }} |
           Custom{[](const Down&) {
               point("a tracker of exceptions");
               return true;
           }};
}

/// What is wrong, where all is right.
constexpr const char* nothing = nullptr;

/// What two listeners were told.
class Told {
public:
    Told() {
        first_.reserve(64);
        second_.reserve(64);
    }

    /// Lets the second listener miss one signal: where there is no memory for the frame of a
    /// coroutine, it is not told.
    void let_second_miss_one() { second_may_miss_ = 1; }

    void tell_first(const Signal& signal) {
        remember(first_, signal);
        point("a listener");
    }
    void tell_second(const Signal& signal) {
        remember(second_, signal);
        point("another listener");
    }

    /// Returns what is wrong, or nothing, where the circuit is now in this state.
    [[nodiscard]] const char* problem(State now) const {
        if (!are_same()) {
            return "the listeners were told different things";
        }
        State state = State::closed;
        for (const auto& [from, to] : first_) {
            if (from != state) {
                return "the signals are no chain";
            }
            state = to;
        }
        return state == now ? nothing : "the signals do not end in the state";
    }

private:
    using Transitions = std::vector<std::pair<State, State>>;

    [[nodiscard]] bool are_same() const {
        auto told = second_.begin();
        for (const auto& transition : first_) {
            if (told != second_.end() && *told == transition) {
                ++told;
            }
        }
        return told == second_.end() && first_.size() - second_.size() <= second_may_miss_;
    }

    static void remember(Transitions& transitions, const Signal& signal) {
        const points::Paused paused;
        transitions.emplace_back(signal.old_state, signal.new_state);
    }

    Transitions first_;
    Transitions second_;
    std::size_t second_may_miss_ = 0;
};

void handle_error(const std::exception_ptr&) {
    point("a handler of errors");
}

// ---- What both scenarios do -----------------------------------------------------------------------

/// Does something, which may throw.
template <class F>
void attempt(F f) {
    try {
        f();
    } catch (const points::Failure&) {
    } catch (const std::bad_alloc&) {
    } catch (const Down&) {
    } catch (const CallNotPermittedError&) {
    }
}

/// Settles calls of a closed circuit that stays so. Returns what is wrong with their count.
template <class Breaker>
const char* count_calls(Breaker& breaker, const Refused& refused) {
    // Two successes between the failures, of which one may be refused.
    breaker.try_acquire().value().failed();
    breaker.try_acquire().value().succeeded();
    breaker.try_acquire().value().succeeded();
    breaker.try_acquire().value().failed();
    const points::Paused paused;
    const Metrics metrics = breaker.info().metrics;
    const auto refused_calls = static_cast<std::uint64_t>(refused.successes + refused.failures);
    const auto refused_failures = static_cast<std::uint64_t>(refused.failures);
    const bool is_right =
        metrics.total_count == 4 - refused_calls && metrics.failure_count == 2 - refused_failures;
    return is_right ? nothing : "an outcome was counted wrongly";
}

/// Returns whether a closed circuit still opens.
template <class Breaker>
bool still_opens(Breaker& breaker) {
    for (int i = 0; i != 2; ++i) {
        breaker.try_acquire().value().failed();
    }
    return breaker.info().state == State::open;
}

/// Makes and uses a `Round` for each point that can fail, and then without a failure.
template <class Round>
void fail_at_each_point() {
    for (const points::Kinds kinds : {points::Kinds::allocations, points::Kinds::all}) {
        long passed = 0;
        for (;; ++passed) {
            const long live_before = points::live_allocations();
            const char* problem = nothing;
            points::fail_after(passed, kinds);
            std::unique_ptr<Round> round;
            attempt([&] { round = std::make_unique<Round>(); });
            if (round != nullptr) {
                round->use();
            }
            const char* const failed = points::stop();
            if (round != nullptr) {
                problem = round->problem();
            }
            round = nullptr;
            const long leaked = points::live_allocations() - live_before;
            INFO("point " << passed << " failed: " << (failed == nullptr ? "none" : failed));
            REQUIRE(std::string{problem == nothing ? "" : problem} == "");
            REQUIRE(leaked == 0);
            if (failed == nullptr) {
                break;
            }
        }
        CHECK(passed > (kinds == points::Kinds::all ? 40 : 10));  // there were points that failed
    }
}

// ---- A synchronous breaker ------------------------------------------------------------------------

template <class Window>
Window make_window(Refused& refused) {
    if constexpr (std::same_as<Window, OwnWindow>) {
        return OwnWindow{refused};
    } else {
        return Window{};
    }
}

template <class Window>
auto make_sync_breaker(testing::VirtualTime& time, Refused& refused, Told& told) {
    return CircuitBreaker{make_window<Window>(refused),
                          TwoInARow{},
                          AfterASecond{},
                          Everyone{},
                          testing::Virtual{time},
                          own_tracker(),
                          Listeners{[&told](const Signal& signal) { told.tell_first(signal); },
                                    [&told](const Signal& signal) { told.tell_second(signal); }}
                              .on_error(handle_error)};
}

template <class Window>
class SyncRound {
public:
    void use() {
        const std::string& text = text_;
        problem_ = count_calls(breaker_, refused_);
        attempt([&] { breaker_.call(Request{200}, text); });
        attempt([&] { breaker_.call(Request{500}, text); });
        attempt([&] { breaker_.call(Request{0}, text); });
        attempt([&] { breaker_.call(Request{0}, text); });
        attempt([&] { static_cast<void>(breaker_.info()); });
        attempt([&] { static_cast<void>(breaker_.try_call(Request{200}, text)); });
        time_.advance(2s);
        attempt([&] {
            breaker_.call_with_fallback(
                Request{200},
                [](const std::exception_ptr&) {
                    point("a fallback");
                    return Answer{1};
                },
                text);
        });
        attempt([&] { breaker_.call(Request{200}, text); });
        attempt([&] { breaker_.call([] { point("a function without a result"); }); });
        attempt([&] { breaker_.force_open(); });
        attempt([&] {
            breaker_.call_with_fallback(
                Request{200},
                [](const CallNotPermittedError&) {
                    point("a fallback");
                    return Answer{1};
                },
                text);
        });
        attempt([&] { breaker_.metrics_only(); });
        attempt([&] { breaker_.call(Request{0}, text); });
        attempt([&] { breaker_.reset(); });
        attempt([&] { breaker_.wrap(Request{200})(text); });
        attempt([&] { breaker_.try_acquire().value().returned(Answer{500}); });
        attempt([&] { breaker_.try_acquire().value().threw(std::make_exception_ptr(Down{})); });
    }

    [[nodiscard]] const char* problem() {
        if (problem_ != nothing) {
            return problem_;
        }
        const char* const problem = told_.problem(breaker_.info().state);
        breaker_.reset();
        return problem == nothing && !still_opens(breaker_) ? "it opens no more" : problem;
    }

private:
    const std::string text_ = "a text that is too long to be kept without an allocation";
    testing::VirtualTime time_;
    Refused refused_;
    Told told_;
    const char* problem_ = nothing;
    decltype(make_sync_breaker<Window>(time_, refused_, told_)) breaker_ =
        make_sync_breaker<Window>(time_, refused_, told_);
};

// ---- Awaited calls --------------------------------------------------------------------------------

/// A coroutine that begins at once, is destroyed by its owner, and whose frame is the test's own.
class Caller {
public:
    struct promise_type {
        static void* operator new(std::size_t size) {
            const points::Paused paused;
            return ::operator new(size);
        }
        static void operator delete(void* frame) { ::operator delete(frame); }
        Caller get_return_object() {
            return Caller{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_always final_suspend() noexcept { return {}; }
        static void return_void() noexcept {}
        static void unhandled_exception() noexcept {}
    };

    Caller(Caller&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    Caller& operator=(Caller&&) = delete;
    ~Caller() {
        if (handle_ != nullptr) {
            handle_.destroy();
        }
    }

    [[nodiscard]] bool is_done() const { return handle_.done(); }

private:
    explicit Caller(std::coroutine_handle<promise_type> handle) : handle_{handle} {}

    std::coroutine_handle<promise_type> handle_;
};

template <bool AwaitsListeners>
auto make_listeners(Told& told) {
    const auto plain = [&told](const Signal& signal) { told.tell_first(signal); };
    if constexpr (AwaitsListeners) {
        told.let_second_miss_one();
        const auto awaited = [&told](const Signal& signal) -> Task<> {
            told.tell_second(signal);
            co_return;
        };
        return Listeners{plain, awaited}.on_error(handle_error);
    } else {
        const auto other = [&told](const Signal& signal) { told.tell_second(signal); };
        return Listeners{plain, other}.on_error(handle_error);
    }
}

template <bool AwaitsListeners>
auto make_async_breaker(testing::VirtualTime& time, Told& told) {
    return AsyncCircuitBreaker{CountWindow{10},        TwoInARow{},
                               AfterASecond{},         Everyone{},
                               testing::Virtual{time}, own_tracker(),
                               MaxHalfOpenCalls{2},    make_listeners<AwaitsListeners>(told)};
}

template <bool AwaitsListeners>
class AsyncRound {
public:
    void use() {
        problem_ = count_calls(breaker_, refused_);
        attempt([&] { sync_wait(breaker_.call(request, 200)); });
        attempt([&] { sync_wait(breaker_.call(request, 0)); });
        attempt([&] { sync_wait(breaker_.call(request, 0)); });
        attempt([&] {
            const auto answer = [](const std::exception&) {
                point("a fallback");
                return Answer{1};
            };
            sync_wait(breaker_.call_with_fallback(request, answer, 0));
        });
        attempt([&] { static_cast<void>(sync_wait(breaker_.try_call(request, 200))); });
        time_.advance(2s);
        wait_for_slots();
        attempt([&] { sync_wait(guarded(200)); });
        attempt([&] { sync_wait(guarded(0)); });
        attempt([&] { sync_wait(guarded(0)); });
        attempt([&] { sync_wait(guarded_with_fallback(200)); });
        attempt([&] { sync_wait(guarded_with_fallback(0)); });
        attempt([&] { force_open(); });
        attempt([&] { sync_wait(guarded_with_fallback(200)); });
        attempt([&] { reset(); });
        attempt([&] { static_cast<void>(breaker_.info()); });
        attempt([&] { static_cast<void>(sync_wait(breaker_.try_call(request, 200))); });
    }

    [[nodiscard]] const char* problem() {
        if (problem_ != nothing) {
            return problem_;
        }
        reset();  // tells what a failure has left untold, too
        const char* const problem = told_.problem(breaker_.info().state);
        if (problem != nothing) {
            return problem;
        }
        if (!still_opens(breaker_)) {
            return "it opens no more";
        }
        time_.advance(2s);
        const auto first = breaker_.try_acquire();
        const auto second = breaker_.try_acquire();
        if (!first || !second) {
            return "a slot is lost";
        }
        return breaker_.try_acquire() ? "there is a slot too many" : nothing;
    }

private:
    static Task<Answer> request(int status) {
        point("a coroutine");
        if (status == 0) {
            throw Down{};
        }
        co_return Answer{status};
    }

    /// Two trials are out: one coroutine waits to be woken, one to be destroyed, one for the
    /// second.
    void wait_for_slots() {
        std::optional<typename Breaker::Permission> first;
        std::optional<typename Breaker::Permission> second;
        attempt([&] { first = breaker_.try_acquire(); });
        attempt([&] { second = breaker_.try_acquire(); });
        const Caller one = call(200);
        {
            const Caller destroyed = call(0);
        }
        const Caller other = call(200);
        const Caller in_place = call_in_place();
        {
            const Caller destroyed = call_in_place();
        }
        if (first) {
            first->failed();
        }
        second.reset();
        {
            const points::Paused paused;
            reset();
        }
        if (!one.is_done() || !other.is_done() || !in_place.is_done()) {
            problem_ = "a waiter hangs";
        }
    }

    Caller call(int status) {
        Task<Answer> called = breaker_.call(request, status);
        static_cast<void>(co_await std::move(called));
    }

    Caller call_in_place() {
        auto called = breaker_.guarded(request, 200);
        static_cast<void>(co_await std::move(called));
    }

    Task<> guarded(int status) {
        auto called = breaker_.guarded(request, status);
        static_cast<void>(co_await std::move(called));
    }
    Task<> guarded_with_fallback(int status) {
        const auto answer = [](const std::exception&) {
            point("a fallback in place");
            return Answer{1};
        };
        auto called = breaker_.guarded_with_fallback(request, answer, status);
        static_cast<void>(co_await std::move(called));
    }

    void reset() {
        if constexpr (AwaitsListeners) {
            sync_wait(breaker_.template reset_as<Task<>>());
        } else {
            breaker_.reset();
        }
    }
    void force_open() {
        if constexpr (AwaitsListeners) {
            sync_wait(breaker_.template force_open_as<Task<>>());
        } else {
            breaker_.force_open();
        }
    }

    testing::VirtualTime time_;
    Refused refused_;
    Told told_;
    const char* problem_ = nothing;
    using Breaker = decltype(make_async_breaker<AwaitsListeners>(time_, told_));
    Breaker breaker_ = make_async_breaker<AwaitsListeners>(time_, told_);
};

}  // namespace

TEST_CASE("wherever it fails, a breaker goes on") {
    fail_at_each_point<SyncRound<CountWindow>>();
}
TEST_CASE("wherever it fails, a breaker with a window of the user's goes on") {
    fail_at_each_point<SyncRound<OwnWindow>>();
}
TEST_CASE("wherever it fails, an awaited breaker goes on") {
    fail_at_each_point<AsyncRound<false>>();
}
TEST_CASE("wherever it fails, an awaited breaker whose listeners are coroutines goes on") {
    fail_at_each_point<AsyncRound<true>>();
}
