// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Permits that admit trials under the lock and judge them, leases, and the limits of half-open.

#include "catch.hpp"
#include "error_of.hpp"
#include "spawn.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

/// Makes a circuit half-open that opens at the first failure.
template <class Breaker>
void make_half_open(Breaker& breaker, VirtualTime& time) {
    breaker.reset();
    breaker.try_acquire().value().failed();
    REQUIRE(breaker.info().state == State::open);
    time.advance(1s);
}

/// How many calls at once are tried.
template <class Breaker>
auto trials_of(Breaker& breaker) {
    std::vector<typename Breaker::Permission> trials;
    while (auto permission = breaker.try_acquire()) {
        trials.push_back(std::move(*permission));
    }
    return trials;
}

/// Writes down what it is told, and does as it is told.
struct Told : permit_base {
    std::vector<TrialContext>* contexts;
    const Judgement* judgement;

    bool admits(const TrialContext& context) const {
        contexts->push_back(context);
        return context.under_way < 3;
    }
    Judgement judge(const TrialContext& context, bool) const {
        contexts->push_back(context);
        return *judgement;
    }
};

/// Admits every call, and gives each so long.
struct Leased : permit_base {
    std::chrono::nanoseconds time = 2s;

    bool operator()(std::chrono::nanoseconds, double) const { return true; }
    std::chrono::nanoseconds lease() const { return time; }
};

}  // namespace

// ---- The shipped permits ------------------------------------------------------------------------

TEST_CASE("a single trial decides") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{}};
    make_half_open(breaker, time);
    auto trials = trials_of(breaker);
    REQUIRE(trials.size() == 1);
    CHECK(breaker.try_call([] {}).error().state == State::half_open);
    trials[0].failed();
    CHECK(breaker.info().state == State::open);
    CHECK(breaker.info().reopens == 1);

    time.advance(1s);
    breaker.call([] {});
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("so many trials close a circuit, once enough have succeeded") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Trials{4, 3}};
    make_half_open(breaker, time);
    auto trials = trials_of(breaker);
    REQUIRE(trials.size() == 4);
    trials[0].succeeded();
    trials[1].failed();
    trials[2].succeeded();
    CHECK(breaker.info().state == State::half_open);
    CHECK_FALSE(breaker.try_acquire());
    trials[3].succeeded();
    CHECK(breaker.info().state == State::closed);

    make_half_open(breaker, time);
    trials = trials_of(breaker);
    trials[0].failed();
    CHECK(breaker.info().state == State::half_open);
    trials[1].failed();
    CHECK(breaker.info().state == State::open);
    trials[2].succeeded();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("trials that come to no outcome are made up for") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Trials{2},
                           TypeOf<std::logic_error>{}};
    make_half_open(breaker, time);
    CHECK_THROWS_AS(breaker.call([] { throw std::runtime_error{"neutral"}; }), std::runtime_error);
    {
        const auto dropped = breaker.try_acquire();
    }
    auto moved = breaker.try_acquire();
    moved = breaker.try_acquire();
    moved = std::nullopt;
    CHECK(breaker.info().metrics.total_count == 0);
    breaker.call([] {});
    breaker.call([] {});
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a slow start lets in one more call with each success") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SlowStart{4}};
    make_half_open(breaker, time);
    auto trials = trials_of(breaker);
    REQUIRE(trials.size() == 1);
    trials[0].succeeded();
    trials = trials_of(breaker);
    REQUIRE(trials.size() == 2);
    trials[1].succeeded();
    auto more = trials_of(breaker);
    REQUIRE(more.size() == 2);
    CHECK(breaker.info().state == State::half_open);
    more[0].succeeded();
    CHECK(breaker.info().state == State::closed);

    make_half_open(breaker, time);
    breaker.call([] {});
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);

    CircuitBreaker at_once{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SlowStart{1}};
    make_half_open(at_once, time);
    at_once.call([] {});
    CHECK(at_once.info().state == State::closed);
}

TEST_CASE("a limit of trials counts those of an earlier half-open that have not come back") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                           MaxHalfOpenCalls{2}};
    make_half_open(breaker, time);
    auto hanging = breaker.try_acquire().value();
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);

    time.advance(1s);
    const auto trial = breaker.try_acquire();
    CHECK(trial);
    CHECK_FALSE(breaker.try_acquire());
    hanging.succeeded();
    CHECK(breaker.info().metrics.total_count == 0);
    CHECK(breaker.try_acquire());
}

TEST_CASE("a trial whose verdict failed frees its place") {
    // The verdict once throws, as it does where there is no memory for the signal.
    struct Judge : permit_base {
        std::shared_ptr<int> failures = std::make_shared<int>(1);

        bool admits(const TrialContext& context) const {
            return context.under_way + context.succeeded + context.failed == 0;
        }
        Judgement judge(const TrialContext&, bool) const {
            if (*failures != 0) {
                --*failures;
                throw std::runtime_error{"no verdict"};
            }
            return Judgement::closes;
        }
    };
    VirtualTime time;
    int reports = 0;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Judge{},
                           Listeners{}.on_error([&](const std::exception_ptr&) { ++reports; })};
    make_half_open(breaker, time);
    breaker.call([] {});
    CHECK(reports == 1);
    CHECK(breaker.info().state == State::half_open);
    breaker.call([] {});
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a wrong permit of trials, or limit, throws, naming parameter, value and range") {
    CHECK(error_of([] { Trials(3, 4); }) ==
          "fluxgate: Trials' needed must be at most its calls of 3, but is 4");
    CHECK(error_of([] { Trials{0}; }) ==
          "fluxgate: Trials' calls must be in [1, 4294967295], but is 0");
    CHECK(error_of([] { Trials(3, 2, 0s); }) ==
          "fluxgate: Trials' lease must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { SingleTrial{-1s}; }) ==
          "fluxgate: SingleTrial's lease must be above 0 s and at most 292 years, but is -1 s");
    CHECK(error_of([] { CircuitBreaker{Leased{{}, 0s}}; }) ==
          "fluxgate: a permit's lease must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { AsyncCircuitBreaker{Leased{{}, -1s}}; }) ==
          "fluxgate: a permit's lease must be above 0 s and at most 292 years, but is -1 s");
    CHECK(error_of([] { SlowStart{0}; }) ==
          "fluxgate: SlowStart's full must be in [1, 4294967295], but is 0");
    CHECK(error_of([] { SlowStart(2, 0s); }) ==
          "fluxgate: SlowStart's lease must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { MaxHalfOpenCalls{0}; }) ==
          "fluxgate: MaxHalfOpenCalls' count must be in [1, 4294967295], but is 0");
    CHECK(error_of([] { MaxHalfOpenWaiters{-3}; }) ==
          "fluxgate: MaxHalfOpenWaiters' count must be in [1, 4294967295], but is -3");
    static_assert(is_constant_expression([] { return Trials{4, 3, 1s}; }));
    static_assert(!is_constant_expression([] { return Trials{3, 4}; }));
    static_assert(!is_constant_expression([] { return SingleTrial{0s}; }));
    static_assert(!is_constant_expression([] { return SlowStart{0}; }));
    static_assert(MaxHalfOpenCalls{3}.or_reject().rejects() && !MaxHalfOpenCalls{3}.rejects());
}

// ---- A permit of one's own ----------------------------------------------------------------------

TEST_CASE("a permit is told of the trials, and decides alone") {
    VirtualTime time;
    std::vector<TrialContext> contexts;
    Judgement judgement = Judgement::undecided;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s},
                           Told{{}, &contexts, &judgement}};
    make_half_open(breaker, time);
    auto trials = trials_of(breaker);
    REQUIRE(trials.size() == 3);
    REQUIRE(contexts.size() == 4);
    CHECK(contexts[3].under_way == 3);
    time.draws(0.25);
    time.advance(5s);
    trials[0].failed();
    CHECK(breaker.info().state == State::half_open);
    const TrialContext& judged = contexts.back();
    CHECK(judged.since_half_open == 5s);
    CHECK(judged.u == 0.25);
    CHECK(judged.under_way == 2);
    CHECK(judged.succeeded == 0);
    CHECK(judged.failed == 1);
    trials[1].succeeded();
    CHECK(contexts.back().under_way == 1);
    CHECK(contexts.back().succeeded == 1);
    judgement = Judgement::closes;
    trials[2].failed();
    CHECK(breaker.info().state == State::closed);

    judgement = Judgement::opens;
    make_half_open(breaker, time);
    breaker.call([] {});
    CHECK(contexts.back().succeeded == 1);
    CHECK(contexts.back().failed == 0);
    CHECK(breaker.info().state == State::open);
    CHECK(breaker.info().reopens == 1);
}

TEST_CASE("what a permit throws under the lock reaches the caller, or is reported") {
    struct Fragile : permit_base {
        const bool* admitting;
        bool admits(const TrialContext&) const {
            return *admitting ? throw std::logic_error{"admits"} : true;
        }
        Judgement judge(const TrialContext&, bool) const { throw std::logic_error{"judge"}; }
    };
    VirtualTime time;
    bool admitting = true;
    std::vector<std::string> reports;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Fragile{{}, &admitting},
                           Listeners{}.on_error([&](const std::exception_ptr& error) {
                               try {
                                   std::rethrow_exception(error);
                               } catch (const std::exception& caught) {
                                   reports.emplace_back(caught.what());
                               }
                           })};
    make_half_open(breaker, time);
    CHECK_THROWS_AS(breaker.call([] {}), std::logic_error);
    CHECK(reports.empty());
    admitting = false;
    breaker.call([] {});
    CHECK(reports == std::vector<std::string>{"judge"});
    CHECK(breaker.info().state == State::half_open);
}

// ---- Leases -------------------------------------------------------------------------------------

TEST_CASE("a trial that does not come back within its lease has failed as soon as anyone looks") {
    VirtualTime time;
    std::vector<Signal> signals;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{2s},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    make_half_open(breaker, time);
    auto trial = breaker.try_acquire();
    time.advance(2s - 1ns);
    CHECK(breaker.info().state == State::half_open);
    time.advance(1ns);
    CHECK(signals.back().new_state == State::half_open);
    CHECK(breaker.info().state == State::open);
    CHECK(signals.back().reason == Reason::overdue);
    CHECK(signals.back().metrics.failure_count == 1);

    time.advance(1s);
    auto next = breaker.try_acquire();
    REQUIRE(next);
    trial->succeeded();
    CHECK(breaker.info().state == State::half_open);
    next->succeeded();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a call and an outcome find a trial whose lease is over") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Trials{4, 2, 2s}};
    make_half_open(breaker, time);
    auto first = breaker.try_acquire();
    time.advance(1s);
    auto second = breaker.try_acquire();
    time.advance(1s);
    auto third = breaker.try_acquire();
    auto fourth = breaker.try_acquire();
    REQUIRE(third);
    REQUIRE(fourth);
    CHECK_FALSE(breaker.try_acquire());
    CHECK(breaker.info().metrics.failure_count == 1);
    first->succeeded();
    CHECK(breaker.info().metrics.total_count == 1);
    time.advance(1s);
    third->succeeded();
    CHECK(breaker.info().metrics.failure_count == 2);
    CHECK(breaker.info().state == State::half_open);
    second->succeeded();
    CHECK(breaker.info().state == State::half_open);
    time.advance(1s);
    fourth->succeeded();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a lease without a judge leaves the verdict to the tripper") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1} | (HalfOpened{} & FailureStreak{2}),
                           Cooldown{1s}, Leased{}, KeepDurations{CountWindow{10}}};
    make_half_open(breaker, time);
    auto trial = breaker.try_acquire();
    time.advance(2500ms);
    CHECK(breaker.info().state == State::open);

    CircuitBreaker patient{Virtual{time}, (Closed{} & FailureStreak{1}) | FailureStreak{3},
                           Cooldown{1s}, Leased{}, KeepDurations{CountWindow{10}}};
    make_half_open(patient, time);
    const auto first = patient.try_acquire();
    const auto second = patient.try_acquire();
    time.advance(2500ms);
    CHECK(patient.info().state == State::half_open);
    CHECK(patient.info().metrics.failure_count == 2);
    CHECK(patient.info().metrics.total_duration == 4s);
    patient.try_acquire().value().failed();
    CHECK(patient.info().state == State::open);
}

TEST_CASE("a command ends the trials") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{2s}};
    make_half_open(breaker, time);
    auto trial = breaker.try_acquire();
    breaker.reset();
    trial->failed();
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 0);

    make_half_open(breaker, time);
    trial = breaker.try_acquire();
    breaker.open_for(1s);
    time.advance(1s);
    auto next = breaker.try_acquire();
    REQUIRE(next);
    time.advance(1s);
    CHECK(breaker.info().state == State::half_open);
    trial.reset();
    CHECK_FALSE(breaker.try_acquire());
}

// ---- Limits -------------------------------------------------------------------------------------

TEST_CASE("trials of a breaker for plain functions can be limited") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                           MaxHalfOpenCalls{3}};
    make_half_open(breaker, time);
    auto trials = trials_of(breaker);
    REQUIRE(trials.size() == 3);
    trials.pop_back();
    CHECK(trials_of(breaker).size() == 1);
    trials[0].succeeded();
    CHECK(breaker.info().state == State::closed);
    CHECK(trials.size() == 2);

    CircuitBreaker slow{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Trials{5},
                        MaxHalfOpenCalls{2}};
    make_half_open(slow, time);
    CHECK(trials_of(slow).size() == 2);
}

TEST_CASE("a breaker with a limit is a member of a class that names its type") {
    struct Client {
        CircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown, permits::All, Threaded,
                       BreakerOptions<MaxHalfOpenCalls>>
            breaker{FailureStreak{1}, Cooldown{1ns}, MaxHalfOpenCalls{1}};
    } client;
    client.breaker.try_acquire().value().failed();
    auto trial = client.breaker.try_acquire();
    while (!trial) {
        trial = client.breaker.try_acquire();
    }
    CHECK_FALSE(client.breaker.try_acquire());
}

// ---- Coroutines ---------------------------------------------------------------------------------

namespace {

/// Coroutines that wait at a gate until it is opened.
struct Gate {
    BasicSemaphore<std::mutex> open{0};
    Task<> pass() { static_cast<void>(co_await open.acquire()); }
};

/// A call that runs on its own, and knows when it is done.
class Running {
public:
    explicit Running(Task<> call) : spawned_{note(std::move(call), done_)} {}
    [[nodiscard]] bool done() const { return done_; }

private:
    static Task<> note(Task<> call, bool& done) {
        co_await std::move(call);
        done = true;
    }
    bool done_ = false;
    Spawned spawned_;
};

}  // namespace

TEST_CASE("a limit with a lease ends trials that hang, where the permit has no lease") {
    VirtualTime time;
    const auto check = [&](auto& breaker) {
        make_half_open(breaker, time);
        auto hung = trials_of(breaker);
        CHECK(hung.size() == 2);
        time.advance(5s - 1ns);
        CHECK(breaker.info().state == State::half_open);
        CHECK_FALSE(breaker.try_acquire());
        time.advance(1ns);
        CHECK(breaker.info().state == State::open);
        CHECK(breaker.info().last_reason == Reason::overdue);
        time.advance(1s);
        auto trial = breaker.try_acquire();
        REQUIRE(trial);
        hung[0].succeeded();
        CHECK(breaker.info().state == State::half_open);
        trial->succeeded();
        CHECK(breaker.info().state == State::closed);
    };
    CircuitBreaker plain{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                         MaxHalfOpenCalls{2, 5s}};
    check(plain);
    AsyncCircuitBreaker awaited{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                                MaxHalfOpenCalls{2, 5s}};
    check(awaited);
    AnyCircuitBreaker any{
        parse_policies("trip = failure_streak(1); wait = cooldown(1s); permit = all"),
        Virtual{time}, MaxHalfOpenCalls{2, 5s}};
    check(any);
}

TEST_CASE("of the leases of limit, permit and overdue the shortest holds") {
    const auto lease_of = [](auto... arguments) {
        VirtualTime time;
        CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, arguments...};
        make_half_open(breaker, time);
        auto trial = breaker.try_acquire();
        std::chrono::nanoseconds lease = 0s;
        while (breaker.info().state == State::half_open && lease < 100s) {
            time.advance(1s);
            lease += 1s;
        }
        return lease;
    };
    CHECK(lease_of(SingleTrial{}) == 30s);
    CHECK(lease_of(Trials{1}) == 30s);
    CHECK(lease_of(SlowStart{}) == 30s);
    CHECK(lease_of(SingleTrial{4s}, MaxHalfOpenCalls{1, 3s}) == 3s);
    CHECK(lease_of(SingleTrial{3s}, MaxHalfOpenCalls{1, 4s}) == 3s);
    CHECK(lease_of(permits::All{}, MaxHalfOpenCalls{1, 4s}, Overdue{3s}) == 3s);
    CHECK(lease_of(permits::All{}, MaxHalfOpenCalls{1}) == 100s);
}

TEST_CASE("a wrong lease of a limit is told") {
    CHECK(error_of([] { const MaxHalfOpenCalls wrong{2, 0s}; }) ==
          "fluxgate: MaxHalfOpenCalls' lease must be above 0 s and at most 292 years, but is 0 s");
}

TEST_CASE("an awaited call takes the place of a trial whose lease is over") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, CountWindow{10}, MinRequests{3} & FailureRate{0.9},
                                Cooldown{1s},  permits::All{},  MaxHalfOpenCalls{1, 5s}};
    breaker.open_for(1s);
    time.advance(1s);
    Gate gate;
    Running hung{breaker.call([&] { return gate.pass(); })};
    bool ran = false;
    const auto run = [&]() -> Task<> {
        ran = true;
        co_return;
    };
    Running waits{breaker.call(run)};
    CHECK_FALSE(ran);
    time.advance(5s);
    static_cast<void>(breaker.info());
    CHECK(ran);
    CHECK(waits.done());
    CHECK(breaker.info().state == State::closed);
    gate.open.wake_all();
    CHECK(hung.done());
}

TEST_CASE("a permit that admits under the lock makes no coroutine wait") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{2s}};
    make_half_open(breaker, time);
    Gate gate;
    Running trial{breaker.call([&] { return gate.pass(); })};
    REQUIRE_FALSE(trial.done());
    CHECK_THROWS_AS(sync_wait(breaker.call([&] { return gate.pass(); })), CallNotPermittedError);
    CHECK_FALSE(breaker.try_acquire());
    gate.open.wake_all();
    CHECK(trial.done());
    CHECK(breaker.info().state == State::closed);

    AsyncCircuitBreaker many{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Trials{20}};
    make_half_open(many, time);
    CHECK(trials_of(many).size() == 20);
    AsyncCircuitBreaker few{Virtual{time}, FailureStreak{1}, Cooldown{1s}, Trials{20},
                            MaxHalfOpenCalls{2}};
    make_half_open(few, time);
    CHECK(trials_of(few).size() == 2);
}

TEST_CASE("the place of a trial whose frame is destroyed is free") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{2s}};
    make_half_open(breaker, time);
    Gate gate;
    std::optional<Running> trial{breaker.call([&] { return gate.pass(); })};
    CHECK_FALSE(breaker.try_acquire());
    trial.reset();
    trial.emplace(breaker.call([&] { return gate.pass(); }));
    CHECK_FALSE(trial->done());
    gate.open.wake_all();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("calls beyond the limit are rejected, where it says so") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                                MaxHalfOpenCalls{1}.or_reject()};
    make_half_open(breaker, time);
    Gate gate;
    Running trial{breaker.call([&] { return gate.pass(); })};
    CHECK_THROWS_AS(sync_wait(breaker.call([&] { return gate.pass(); })), CallNotPermittedError);
    CHECK(sync_wait(breaker.try_call([&] { return gate.pass(); })).error().state ==
          State::half_open);
    gate.open.wake_all();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("so many calls wait for a slot, and further ones are rejected") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time},   FailureStreak{1},    Cooldown{1s},
                                permits::All{},  MaxHalfOpenCalls{1}, MaxHalfOpenWaiters{2},
                                CountWindow{100}};
    make_half_open(breaker, time);
    Gate gate;
    const auto call = [&] { return breaker.call([&] { return gate.pass(); }); };
    Running trial{call()};
    Running first{call()};
    std::optional<Running> second{call()};
    CHECK_THROWS_AS(sync_wait(call()), CallNotPermittedError);
    second.reset();
    Running third{call()};
    CHECK_FALSE(third.done());
    CHECK_THROWS_AS(sync_wait(call()), CallNotPermittedError);
    gate.open.wake_all();
    CHECK(trial.done());
    gate.open.wake_all();
    CHECK(first.done());
    CHECK(third.done());
}

TEST_CASE("a call that is no trial leaves the slots of trials that hang") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time},  FailureStreak{1},    Cooldown{1s},
                                permits::All{}, MaxHalfOpenCalls{2}, Overdue{1h}};
    make_half_open(breaker, time);
    const auto hanging = trials_of(breaker);
    REQUIRE(hanging.size() == 2);
    for (int round = 0; round != 4; ++round) {
        breaker.reset();
        static_cast<void>(breaker.try_acquire());
    }
    make_half_open(breaker, time);
    CHECK_FALSE(breaker.try_acquire());
}

TEST_CASE("a trial whose lease is over gives its slot to the next") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, (Closed{} & FailureStreak{1}) | FailureStreak{3},
                                Cooldown{1s}, Leased{}, MaxHalfOpenCalls{1}};
    make_half_open(breaker, time);
    Gate gate;
    Gate other;
    Running hanging{breaker.call([&] { return gate.pass(); })};
    Running waiting{breaker.call([&] { return other.pass(); })};
    time.advance(2s);
    SECTION("a look finds it") {
        CHECK(breaker.info().metrics.failure_count == 1);
    }
    SECTION("a call that needs a slot finds it") {
        CHECK_FALSE(breaker.try_acquire());
    }
    CHECK_FALSE(breaker.try_acquire());
    gate.open.wake_all();
    CHECK(hanging.done());
    CHECK(breaker.info().metrics.total_count == 1);
    CHECK_FALSE(breaker.try_acquire());
    other.open.wake_all();
    CHECK(waiting.done());
    CHECK(breaker.info().state == State::closed);
}
