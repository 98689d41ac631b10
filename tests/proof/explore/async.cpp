// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Coroutines that call through a breaker, wait for a slot while it is half-open, and are told of
// its transitions.

#include "breakers.hpp"
#include "catch.hpp"
#include "coroutines.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

struct Failure : std::runtime_error {
    Failure() : std::runtime_error{"the call failed"} {}
};

/// Opens with the first failure, is half-open at once, and lets one trial call through at a time.
template <class Listening>
class AsyncWorld : public World {
public:
    /// Every caller went on, the signals are those of the state, and the slot is there again.
    void check() override {
        if (ended_ != started_) {
            report("a caller hangs");
            trial.reset();
            return;
        }
        trial.reset();
        State state = State::closed;
        for (const Signal& signal : signals_) {
            if (signal.old_state != state) {
                report("the signals are no chain");
            }
            state = signal.new_state;
        }
        if (breaker.info().state != state) {
            report("a signal is lost");
        }
        if constexpr (Listening::are_awaited) {
            reset_and_tell();
        } else {
            breaker.reset();
        }
        open();
        trial = breaker.try_acquire();
        if (!trial) {
            report("the slot is lost");
        }
        if (breaker.try_acquire()) {
            report("there is a slot too many");
        }
        trial.reset();
    }

protected:
    using Breaker = AsyncCircuitBreaker<CountWindow, trackers::All, FailureStreak, Always,
                                        permits::All, Explored, Listening>;

    explicit AsyncWorld(Listening listening)
        : breaker{Explored{},     CountWindow{2},      FailureStreak{1},    Always{},
                  permits::All{}, MaxHalfOpenCalls{1}, std::move(listening)} {}

    void open() { breaker.try_acquire()->failed(); }

    /// Has one trial call under way, of `trial`.
    void begin_trial() {
        open();
        trial = breaker.try_acquire();
    }

    Detached call(bool succeeds) {
        ++started_;
        try {
            Task<> called = breaker.call(run, succeeds);
            co_await std::move(called);
        } catch (const CallNotPermittedError&) {
        } catch (const Failure&) {
        }
        ++ended_;
    }

    static Task<> run(bool succeeds) {
        if (!succeeds) {
            throw Failure{};
        }
        co_return;
    }

    /// The callee is awaited in the caller's own coroutine.
    Detached call_in_place(bool succeeds) {
        ++started_;
        try {
            auto called = breaker.guarded(run, succeeds);
            co_await std::move(called);
        } catch (const CallNotPermittedError&) {
        } catch (const Failure&) {
        }
        ++ended_;
    }

    /// Destroys a caller where it waits.
    void destroy(Detached caller) {
        caller.destroy();
        ++ended_;
    }

    /// Permission is awaited, and settled at once.
    Detached call_by_permission(bool succeeds) {
        ++started_;
        using Permission = typename Breaker::Permission;
        try {
            Task<Permission> acquiring = breaker.template acquire_as<Task<Permission>>();
            Permission permission = co_await std::move(acquiring);
            if (succeeds) {
                permission.succeeded();
            } else {
                permission.failed();
            }
        } catch (const CallNotPermittedError&) {
        }
        ++ended_;
    }

    Detached reset_and_tell() {
        ++started_;
        Task<> command = breaker.template reset_as<Task<>>();
        co_await std::move(command);
        ++ended_;
    }

    void remember(const Signal& signal) {
        telling_ = !telling_;  // one thread at a time
        signals_.push_back(signal);
    }

    [[nodiscard]] std::ptrdiff_t times_tripped() const { return times(Reason::tripped); }
    [[nodiscard]] std::ptrdiff_t times_recovered() const { return times(Reason::recovered); }

private:
    [[nodiscard]] std::ptrdiff_t times(Reason reason) const {
        return std::ranges::count(signals_, reason, &Signal::reason);
    }

    plain_data<bool> telling_{false};
    std::vector<Signal> signals_;
    int started_ = 0;
    int ended_ = 0;

protected:
    Breaker breaker;
    std::optional<typename Breaker::Permission> trial;
};

struct Plainly : AsyncWorld<Listeners<>> {
    Plainly() : AsyncWorld{Listeners{[this](const Signal& signal) { remember(signal); }}} {}
};

struct TrialFails final : Plainly {
    TrialFails() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial->failed(); }, [this] { call(true); }};
    }
};
/// A call that waits for the slot of a trial runs once the trial's outcome is known.
struct TrialFailsWhileOneWaits final : Plainly {
    TrialFailsWhileOneWaits() {
        begin_trial();
        call(true);
    }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial->failed(); }, [this] { static_cast<void>(breaker.info()); }};
    }
    void check() override {
        if (times_tripped() != 2) {
            report("a call ran before the outcome of the trial was known");
        }
        Plainly::check();
    }
};
struct TrialSucceedsWhileOneWaits final : Plainly {
    TrialSucceedsWhileOneWaits() {
        begin_trial();
        call(false);
    }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial->succeeded(); }, [this] { static_cast<void>(breaker.info()); }};
    }
    void check() override {
        if (times_recovered() != 1) {
            report("a call ran before the outcome of the trial was known");
        }
        Plainly::check();
    }
};
struct TrialSucceeds final : Plainly {
    TrialSucceeds() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial->succeeded(); }, [this] { call(true); }, [this] { call(false); }};
    }
};
struct TrialSucceedsBesideGuardedCalls final : Plainly {
    TrialSucceedsBesideGuardedCalls() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial->succeeded(); }, [this] { call_in_place(true); },
                [this] { call_in_place(false); }};
    }
};
/// A guarded call is destroyed while it waits, and another begins to wait.
struct GuardedCallDestroyedBesideAnother final : Plainly {
    GuardedCallDestroyedBesideAnother() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { destroy(call_in_place(true)); }, [this] { call_in_place(true); }};
    }
    void check() override {
        trial.reset();
        Plainly::check();
    }
};
struct TrialSucceedsBesidePermissions final : Plainly {
    TrialSucceedsBesidePermissions() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial->succeeded(); }, [this] { call_by_permission(true); },
                [this] { call_by_permission(false); }};
    }
};
struct ResetBesidePermission final : Plainly {
    ResetBesidePermission() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker.reset(); }, [this] { call_by_permission(true); }};
    }
};
struct TrialIsDropped final : Plainly {
    TrialIsDropped() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { trial.reset(); }, [this] { call(true); }, [this] { breaker.reset(); }};
    }
};
struct ResetWhileTrialStaysOut final : Plainly {
    ResetWhileTrialStaysOut() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker.reset(); }, [this] { call(true); }};
    }
};
struct ForcedOpenWhileTrialStaysOut final : Plainly {
    ForcedOpenWhileTrialStaysOut() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { breaker.force_open(); }, [this] { call(true); }, [this] { call(true); }};
    }
};
struct CallsFindItOpen final : Plainly {
    CallsFindItOpen() { open(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    call(false);
                    call(true);
                },
                [this] { call(true); }};
    }
};
struct TrialFailsWhileOneTries final : Plainly {
    TrialFailsWhileOneTries() { begin_trial(); }
    std::vector<std::function<void()>> threads() override {
        const auto try_one = [this] {
            if (auto permission = breaker.try_acquire()) {
                permission->succeeded();
            }
        };
        return {[this] { trial->failed(); }, [this] { call(true); }, try_one};
    }
};

// ---- Listeners that are coroutines ----------------------------------------------------------------

struct Awaited : AsyncWorld<Listeners<Task<>>> {
    struct Listener {
        Awaited* world;
        Task<> operator()(const Signal& signal) const {
            world->remember(signal);
            co_return;
        }
    };
    Awaited() : AsyncWorld{Listeners{Listener{this}}} {}
};

struct FailureAndReset final : Awaited {
    std::vector<std::function<void()>> threads() override {
        return {[this] { call(false); }, [this] { reset_and_tell(); }};
    }
};
struct FailureAndTwoResets final : Awaited {
    std::vector<std::function<void()>> threads() override {
        const auto reset = [this] { reset_and_tell(); };
        return {[this] { call(false); }, reset, reset};
    }
};
struct TwoCallsFindItOpen final : Awaited {
    TwoCallsFindItOpen() { call(false); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { call(true); }, [this] { call(false); }};
    }
};

}  // namespace

TEST_CASE("a trial fails, while a call waits for its slot") {
    explore_program<TrialFails>();
}
TEST_CASE("a trial fails, for whose slot a call waits") {
    explore_program<TrialFailsWhileOneWaits>();
}
TEST_CASE("a trial succeeds, for whose slot a call waits") {
    explore_program<TrialSucceedsWhileOneWaits>();
}
TEST_CASE("a trial succeeds, while two calls wait for its slot") {
    explore_program<TrialSucceeds>();
}
TEST_CASE("a trial succeeds, while two guarded calls wait for its slot") {
    explore_program<TrialSucceedsBesideGuardedCalls>();
}
TEST_CASE("a guarded call is destroyed while it waits, beside another") {
    explore_program<GuardedCallDestroyedBesideAnother>();
}
TEST_CASE("a trial succeeds, while two permissions wait for its slot") {
    explore_program<TrialSucceedsBesidePermissions>();
}
TEST_CASE("the circuit is reset, while a trial goes on and a permission waits for its slot") {
    explore_program<ResetBesidePermission>();
}
TEST_CASE("a trial is dropped, while a call waits for its slot and the circuit is reset") {
    explore_program<TrialIsDropped>();
}
TEST_CASE("the circuit is reset, while a trial goes on and a call waits for its slot") {
    explore_program<ResetWhileTrialStaysOut>();
}
TEST_CASE("the circuit is forced open, while a trial goes on and two calls wait for its slot") {
    explore_program<ForcedOpenWhileTrialStaysOut>();
}
TEST_CASE("calls of two threads find the circuit open, whose wait is over") {
    explore_program<CallsFindItOpen>();
}
TEST_CASE("a trial fails, while a call waits for its slot and a thread tries to get it") {
    explore_program<TrialFailsWhileOneTries>();
}
TEST_CASE("coroutine listeners: a call fails, while the circuit is reset") {
    explore_program<FailureAndReset>();
}
TEST_CASE("coroutine listeners: a call fails, while the circuit is reset by two threads") {
    explore_program<FailureAndTwoResets>();
}
TEST_CASE("coroutine listeners: two calls find the circuit open, whose wait is over") {
    explore_program<TwoCallsFindItOpen>();
}
