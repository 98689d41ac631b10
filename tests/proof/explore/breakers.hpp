// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"
#include "plain_breaker.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

// Threads that use a breaker, in every interleaving. What each got must be what a plain breaker
// would have given, had the operations been made one after another in some order: one that respects
// which of them was over before which began. The signals must be those of that order, too.

namespace explore {

using namespace std::chrono_literals;

/// The clock, where the threads move it; it is then read by steps of its own.
using Clock = explore::atomic<std::int64_t>;

inline constexpr std::chrono::nanoseconds start = std::chrono::seconds{1'000'000};

/// The environment of a breaker that is explored.
class Explored : public fluxgate::environment_base {
public:
    using Mutex = explore::mutex;

    explicit Explored(const Clock* clock = nullptr) : clock_{clock} {}

    [[nodiscard]] std::chrono::steady_clock::time_point now() const {
        return std::chrono::steady_clock::time_point{
            clock_ == nullptr ? start : std::chrono::nanoseconds{clock_->load_latest()}};
    }
    [[nodiscard]] static std::chrono::system_clock::time_point wall_clock() { return {}; }
    [[nodiscard]] static double uniform() { return 0.5; }

private:
    const Clock* clock_;
};

/// One use of a breaker; `call` says which permission it is about.
struct Use {
    enum class Kind : std::uint8_t {
        acquire,
        attempt,
        succeed,
        fail,
        drop,
        look,
        command,
        pass,
        exchange,
        observe,
        impose,
        hold,
        judge
    };
    Kind kind;
    int call = 0;
    fluxgate::State state{};
    std::chrono::nanoseconds time{};
    /// The policies that are to be.
    std::string_view text{};
};
using Script = std::vector<Use>;

inline Use acquire(int call) {
    return {Use::Kind::acquire, call};
}
/// A call that succeeds at once where it is granted, and says why where it is rejected.
inline Use attempt(int call) {
    return {Use::Kind::attempt, call};
}
inline Use succeed(int call) {
    return {Use::Kind::succeed, call};
}
inline Use fail(int call) {
    return {Use::Kind::fail, call};
}
inline Use drop(int call) {
    return {Use::Kind::drop, call};
}
inline Use look() {
    return {Use::Kind::look};
}
inline Use command(fluxgate::State state) {
    return {Use::Kind::command, 0, state};
}
inline Use reset() {
    return command(fluxgate::State::closed);
}
inline Use pass(std::chrono::nanoseconds time) {
    return {Use::Kind::pass, 0, {}, time};
}
inline Use exchange(std::string_view text) {
    return {Use::Kind::exchange, 0, {}, {}, text};
}

/// Others who share it observe it, and then act on that observation: they impose a state, an opening
/// of 5 ns where that is it; hold the wait until so long after the beginning; or have so many
/// failures judged.
inline Use observe(int observation) {
    return {Use::Kind::observe, observation};
}
inline Use impose(int observation, fluxgate::State state) {
    return {Use::Kind::impose, observation, state, 5ns};
}
inline Use hold(int observation, std::chrono::nanoseconds until) {
    return {Use::Kind::hold, observation, {}, until};
}
inline Use judge(int observation, std::chrono::nanoseconds::rep failures) {
    return {Use::Kind::judge, observation, {}, std::chrono::nanoseconds{failures}};
}

/// Returns so many calls, which failed.
inline fluxgate::Metrics failed_calls(std::chrono::nanoseconds count) {
    fluxgate::Metrics metrics;
    metrics.total_count = static_cast<std::uint64_t>(count.count());
    metrics.failure_count = metrics.total_count;
    return metrics;
}

/// Returns the scripts one after another.
inline Script in_turn(std::initializer_list<Script> scripts) {
    Script all;
    for (const Script& script : scripts) {
        all.insert(all.end(), script.begin(), script.end());
    }
    return all;
}
inline Script times(int count, const Script& script) {
    Script all;
    for (int i = 0; i != count; ++i) {
        all.insert(all.end(), script.begin(), script.end());
    }
    return all;
}
/// A call from its beginning to its end.
inline Script success() {
    return {acquire(90), succeed(90)};
}
inline Script failure() {
    return {acquire(90), fail(90)};
}
inline Script acquired(std::initializer_list<int> calls) {
    Script all;
    for (const int call : calls) {
        all.push_back(acquire(call));
    }
    return all;
}

/// A use that was made, with what came of it.
struct Made {
    std::size_t thread = main_thread;
    bool is_set_up = false;
    Use use;
    std::optional<bool> granted;
    std::optional<fluxgate::Rejection> rejection;
    std::optional<fluxgate::CircuitBreakerInfo> info;
    /// How many commands were observed.
    std::uint64_t commands = 0;

    // When it began and ended: by the number of steps of all threads, and by what had happened
    // before, which is all that a thread can know where memory is weak.
    std::size_t began = 0;
    std::size_t ended = 0;
    VectorClock known;
    std::uint32_t last_event = 0;
};

/// What happened in one execution.
struct History {
    std::vector<Made> uses;
    std::vector<fluxgate::Signal> signals;

    /// Whether one use was over before the other began.
    [[nodiscard]] bool is_before(std::size_t one, std::size_t other) const {
        const Made& first = uses[one];
        const Made& second = uses[other];
        if (first.thread == second.thread) {
            return one < other;
        }
        if (first.thread == main_thread) {
            return first.is_set_up;
        }
        if (second.thread == main_thread) {
            return !second.is_set_up;
        }
        return memory_is_weak() ? first.last_event <= second.known[first.thread]
                                : first.ended < second.began;
    }

    /// Returns all of it that the search looks at.
    [[nodiscard]] std::string text() const {
        std::ostringstream text;
        for (const Made& made : uses) {
            text << "  thread " << made.thread << ": use " << static_cast<int>(made.use.kind)
                 << " of " << made.use.call << " to " << to_string(made.use.state) << made.use.text;
            if (made.granted) {
                text << (*made.granted ? ", granted" : ", rejected");
            }
            if (made.info) {
                text << ", " << *made.info << ' ' << made.info->reopens << ' ' << made.commands;
            }
            if (made.rejection) {
                text << ", " << to_string(made.rejection->state) << ' '
                     << made.rejection->retry_after.value_or(0ns).count();
            }
            text << '\n';
        }
        for (const fluxgate::Signal& signal : signals) {
            text << "  " << signal << '\n';
        }
        return text.str();
    }

    [[nodiscard]] std::string orders() const {
        std::string text;
        for (std::size_t i = 0; i != uses.size(); ++i) {
            for (std::size_t j = 0; j != uses.size(); ++j) {
                text += is_before(i, j) ? '1' : '0';
            }
        }
        return text;
    }
};

/// Looks for an order of the uses in which a plain breaker does the same.
template <class Plain>
class Search {
public:
    explicit Search(const History& history) : history_{history} {}

    [[nodiscard]] bool finds_order(const Plain& plain) {
        return goes_on(State{plain, {}, {}, {}, 0});
    }

private:
    struct State {
        Plain plain;
        std::map<int, plain::Grant> grants;
        /// The periods that were observed.
        std::map<int, std::uint64_t> seen{};
        /// The times of uses that have read the clock and not taken effect yet.
        std::map<std::size_t, std::chrono::nanoseconds> times;
        std::uint64_t done;
    };

    bool goes_on(const State& state) {
        const std::size_t count = history_.uses.size();
        if (state.done == (std::uint64_t{1} << count) - 1) {
            return state.plain.signals().size() == history_.signals.size();
        }
        for (std::size_t i = 0; i != count; ++i) {
            if ((state.done >> i & 1) != 0 || !is_ready(state.done, i)) {
                continue;
            }
            if (takes_effect(state, i)) {
                return true;
            }
            // A use reads the clock before it takes effect; in between time may pass.
            if (history_.uses[i].use.kind != Use::Kind::pass && !state.times.contains(i) &&
                time_may_pass(state.done, i)) {
                State read = state;
                read.times[i] = state.plain.now();
                if (goes_on(read)) {
                    return true;
                }
            }
            // One that ends a wait takes effect twice: it is answered by the state that it finds
            // once the listeners were told, in which others may have been faster.
            State waited = state;
            if (begins_call(history_.uses[i].use.kind) && waited.plain.end_wait() &&
                signals_agree(waited.plain) && goes_on(waited)) {
                return true;
            }
            if (looks(history_.uses[i].use.kind) && goes_on_after_a_look(state)) {
                return true;
            }
        }
        return false;
    }

    static bool begins_call(Use::Kind kind) {
        return kind == Use::Kind::acquire || kind == Use::Kind::attempt;
    }

    /// Whether an order goes on once a look has found a call that is overdue, or a trial whose
    /// lease is over. Which of the calls that began together it finds does not matter.
    bool goes_on_after_a_look(const State& state) {
        for (std::size_t later = 0;; ++later) {
            State ended = state;
            if (!ended.plain.end_overdue_call(later)) {
                break;
            }
            if (signals_agree(ended.plain) && goes_on(ended)) {
                return true;
            }
        }
        State hung = state;
        if (hung.plain.end_hanging() && signals_agree(hung.plain) && goes_on(hung)) {
            return true;
        }
        State ended = state;
        return ended.plain.end_overdue_trial() && signals_agree(ended.plain) && goes_on(ended);
    }

    static bool looks(Use::Kind kind) {
        switch (kind) {
            case Use::Kind::command:
            case Use::Kind::pass:
            case Use::Kind::drop:
            case Use::Kind::exchange:
            case Use::Kind::impose:
            case Use::Kind::hold:
            case Use::Kind::judge: return false;
            default: return true;
        }
    }

    /// Whether an order begins with this use, at the time that it has read.
    bool takes_effect(const State& state, std::size_t use) {
        State next = state;
        next.done |= std::uint64_t{1} << use;
        const std::chrono::nanoseconds now = next.plain.now();
        const auto time = state.times.find(use);
        if (time != state.times.end()) {
            next.plain.set_now(time->second);
        }
        // A call that another thread is just settling is taken for overdue no more, and its outcome
        // does not count yet.
        next.plain.looks_by_itself(history_.uses[use].thread == main_thread);
        const bool agreed = agrees(next, use) && signals_agree(next.plain);
        if (time != state.times.end()) {
            next.plain.set_now(now);
        }
        return agreed && goes_on(next);
    }

    /// Whether another thread moves the clock in what is not done yet and need not wait for this
    /// use.
    bool time_may_pass(std::uint64_t done, std::size_t use) {
        for (std::size_t i = 0; i != history_.uses.size(); ++i) {
            if ((done >> i & 1) == 0 && history_.uses[i].use.kind == Use::Kind::pass &&
                history_.uses[i].thread != history_.uses[use].thread &&
                !history_.is_before(use, i)) {
                return true;
            }
        }
        return false;
    }

    /// Whether all uses that were over before this one are done.
    bool is_ready(std::uint64_t done, std::size_t use) {
        for (std::size_t i = 0; i != history_.uses.size(); ++i) {
            if (i != use && (done >> i & 1) == 0 && history_.is_before(i, use)) {
                return false;
            }
        }
        return true;
    }

    /// Whether the plain breaker gives the same.
    bool agrees(State& state, std::size_t use) {
        Plain& plain = state.plain;
        const Made& made = history_.uses[use];
        switch (made.use.kind) {
            case Use::Kind::acquire: {
                const std::optional<plain::Grant> grant = plain.admit();
                if (grant) {
                    state.grants[made.use.call] = *grant;
                }
                return made.granted == grant.has_value();
            }
            case Use::Kind::attempt: {
                const auto begun = state.grants.find(made.use.call);
                if (begun != state.grants.end()) {
                    plain.settle(begun->second, true);
                    return true;
                }
                const std::optional<plain::Grant> grant = plain.admit();
                if (grant) {
                    state.grants[made.use.call] = *grant;
                    state.done &= ~(std::uint64_t{1} << use);  // it is yet to be settled
                    return !made.rejection;
                }
                return made.rejection == plain.rejection();
            }
            case Use::Kind::succeed:
            case Use::Kind::fail: {
                const auto grant = state.grants.find(made.use.call);
                if (grant == state.grants.end()) {
                    return false;
                }
                plain.settle(grant->second, made.use.kind == Use::Kind::succeed);
                state.grants.erase(grant);
                return true;
            }
            case Use::Kind::drop: {
                const auto grant = state.grants.find(made.use.call);
                if (grant != state.grants.end()) {
                    plain.drop(grant->second);
                    state.grants.erase(grant);
                }
                return true;
            }
            case Use::Kind::look: {
                const fluxgate::CircuitBreakerInfo info = plain.info();
                return made.info->state == info.state && made.info->reopens == info.reopens &&
                       plain::same(made.info->metrics, info.metrics);
            }
            case Use::Kind::command: plain.command(made.use.state); return true;
            case Use::Kind::pass: plain.advance(made.use.time); return true;
            case Use::Kind::exchange:
                if constexpr (requires { plain.exchange(made.use.text); }) {
                    plain.exchange(made.use.text);
                }
                return true;
            case Use::Kind::observe: {
                const fluxgate::CircuitBreakerInfo info = plain.info();
                state.seen[made.use.call] = plain.period();
                return made.info->state == info.state && made.info->reopens == info.reopens &&
                       plain::same(made.info->metrics, info.metrics) &&
                       made.commands == plain.commands();
            }
            case Use::Kind::impose:
                return made.granted ==
                       plain.impose(state.seen[made.use.call], made.use.state, made.use.time, 3);
            case Use::Kind::hold:
                return made.granted == plain.hold(state.seen[made.use.call], start + made.use.time);
            case Use::Kind::judge:
                return made.granted ==
                       plain.judge(state.seen[made.use.call], failed_calls(made.use.time));
        }
        return false;
    }

    bool signals_agree(const Plain& plain) {
        const std::vector<fluxgate::Signal>& signals = plain.signals();
        return signals.size() <= history_.signals.size() &&
               std::equal(signals.begin(), signals.end(), history_.signals.begin(),
                          [](const fluxgate::Signal& one, const fluxgate::Signal& other) {
                              return one.old_state == other.old_state &&
                                     one.new_state == other.new_state &&
                                     one.reason == other.reason &&
                                     plain::same(one.metrics, other.metrics);
                          });
    }

    const History& history_;
};

/// What the threads do with a breaker of these policies.
template <class... Policies>
struct Scenario {
    std::tuple<Policies...> policies;
    Script before;
    std::vector<Script> threads;
    Script after;
    /// Whether a thread moves the clock.
    bool has_clock = false;
    /// What a listener does with the breaker.
    std::function<Script(const fluxgate::Signal&)> when_told{};
};

/// Texts of histories, each with the order of its uses.
using Histories = std::unordered_set<std::string>;

/// The breaker of these policies.
template <class... Policies>
struct BreakerOf {
    using type = decltype(fluxgate::CircuitBreaker{std::declval<Explored>(),
                                                   std::declval<fluxgate::Listeners<>>(),
                                                   std::declval<Policies>()...});
};
template <>
struct BreakerOf<fluxgate::Policies> {
    using type = fluxgate::AnyCircuitBreaker<fluxgate::trackers::All, Explored>;
};

template <class... Policies>
class BreakerWorld final : public World {
    using Breaker = typename BreakerOf<Policies...>::type;
    using Permission = typename Breaker::Permission;

public:
    /// `explained` holds the histories that have been explained.
    BreakerWorld(const Scenario<Policies...>& scenario, Histories& explained)
        : scenario_{scenario},
          explained_{explained},
          breaker_{std::apply(
              [&](const Policies&... policies) {
                  const Explored environment{scenario.has_clock ? &clock_ : nullptr};
                  return Breaker{policies..., environment, listeners()};
              },
              scenario.policies)} {
        // Their places, so that no thread changes the map.
        for (const Script& script : scenario.threads) {
            make_places(script);
        }
        make_places(scenario.before);
        make_places(scenario.after);
        play(scenario.before);
        is_set_up_ = true;
    }

    std::vector<std::function<void()>> threads() override {
        std::vector<std::function<void()>> threads;
        for (const Script& script : scenario_.threads) {
            threads.emplace_back([this, &script] { play(script); });
        }
        return threads;
    }

    void check() override {
        play(scenario_.after);
        if (!explained_.insert(history_.text() + history_.orders()).second) {
            return;
        }
        if (history_.uses.size() > 63) {
            report("a scenario has more uses than the search can take");
        }
        const auto plain = plain::breaker_of(scenario_.policies);
        if (!Search<std::remove_const_t<decltype(plain)>>{history_}.finds_order(plain)) {
            report("no order of the uses explains this:\n" + history_.text());
        }
    }

private:
    fluxgate::Listeners<> listeners() {
        return fluxgate::Listeners{[this](const fluxgate::Signal& signal) {
            telling_ = !telling_;  // listeners are told by one thread at a time
            history_.signals.push_back(signal);
            if (scenario_.when_told) {
                play(scenario_.when_told(signal));
            }
            telling_ = !telling_;
        }};
    }

    void make_places(const Script& script) {
        for (const Use& use : script) {
            permissions_[use.call];
            seen_[use.call];
        }
    }

    void play(const Script& script) {
        for (const Use& use : script) {
            make(use);
        }
    }

    void make(Use use) {
        const std::size_t place = history_.uses.size();
        history_.uses.emplace_back();
        const bool shows_order = is_interleaving() && !memory_is_weak();
        if (shows_order) {
            explore::before({order_location, Access::begins, "use"});
        }
        Made made;
        made.thread = this_thread();
        made.is_set_up = !is_set_up_;
        made.began = steps_made();
        made.known = clock_of_this_thread();
        do_use(use, made);
        if (shows_order) {
            explore::before({order_location, Access::ends, "use"});
        }
        made.use = use;
        made.ended = steps_made();
        made.last_event = clock_of_this_thread()[this_thread()];
        history_.uses[place] = made;
    }

    void do_use(Use& use, Made& made) {
        std::optional<Permission>& permission = permissions_.at(use.call);
        switch (use.kind) {
            case Use::Kind::acquire:
                permission = breaker_.try_acquire();
                made.granted = permission.has_value();
                break;
            case Use::Kind::attempt: {
                const auto result = breaker_.try_call([] {});
                if (!result.has_value()) {
                    made.rejection = result.error();
                }
                break;
            }
            case Use::Kind::succeed:
            case Use::Kind::fail:
            case Use::Kind::drop:
                if (!permission) {
                    use.kind = Use::Kind::drop;  // it was rejected
                } else if (use.kind == Use::Kind::succeed) {
                    permission->succeeded();
                } else if (use.kind == Use::Kind::fail) {
                    permission->failed();
                }
                permission.reset();
                break;
            case Use::Kind::look: made.info = breaker_.info(); break;
            case Use::Kind::command: do_command(use.state); break;
            case Use::Kind::pass:
                clock_.fetch_add(use.time.count(), std::memory_order_acq_rel);
                break;
            case Use::Kind::exchange:
                if constexpr (requires { breaker_.policies(); }) {
                    breaker_.reconfigure(fluxgate::parse_policies(use.text));
                }
                break;
            case Use::Kind::observe:
            case Use::Kind::impose:
            case Use::Kind::hold:
            case Use::Kind::judge: share(use, made); break;
        }
    }

    void share(const Use& use, Made& made) {
        auto& core = fluxgate::detail::BreakerAccess::core(breaker_);
        std::uint64_t& seen = seen_.at(use.call);
        switch (use.kind) {
            case Use::Kind::observe: {
                fluxgate::detail::Observation observed = core.observe();
                seen = observed.period;
                made.info.emplace();
                made.info->state = observed.state;
                made.info->reopens = observed.reopens;
                made.info->metrics = std::move(observed.metrics);
                made.commands = observed.commanded.count;
                break;
            }
            case Use::Kind::impose:
                made.granted = core.impose(seen, use.state, use.time, 3).has_value();
                break;
            case Use::Kind::hold:
                made.granted = core.hold(
                    seen, std::chrono::steady_clock::time_point{explore::start + use.time});
                break;
            default: made.granted = core.judge(seen, failed_calls(use.time)).has_value(); break;
        }
    }

    void do_command(fluxgate::State state) {
        switch (state) {
            case fluxgate::State::closed: breaker_.reset(); break;
            case fluxgate::State::disabled: breaker_.disable(); break;
            case fluxgate::State::metrics_only: breaker_.metrics_only(); break;
            default: breaker_.force_open(); break;
        }
    }

    /// The location of the beginnings and ends of uses.
    static constexpr std::uint32_t order_location = 0xffff;

    const Scenario<Policies...>& scenario_;
    Histories& explained_;
    Clock clock_{start.count()};
    bool is_set_up_ = false;
    plain_data<bool> telling_{false};
    History history_;
    Breaker breaker_;
    std::map<int, std::optional<Permission>> permissions_;
    /// The periods that were observed.
    std::map<int, std::uint64_t> seen_;
};

/// Explores a scenario with both memories, and with a compare-exchange that fails for no reason.
template <class... Policies>
void explore_scenario(const Scenario<Policies...>& scenario) {
    const auto run = [&](const char* memory, const Options& options) {
        Histories explained;
        explore_in_test(
            memory,
            [&]() -> std::unique_ptr<World> {
                return std::make_unique<BreakerWorld<Policies...>>(scenario, explained);
            },
            options);
    };
    run("sequential", {});
    run("weak", {.weak = true});
    run("weak, with a spurious failure", {.weak = true, .spurious_failures = 1});
}

}  // namespace explore
