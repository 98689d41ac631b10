// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "simulation.hpp"

#include "draws.hpp"
#include "events.hpp"
#include "service.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace protection {

namespace {

/// An attempt that a guard admitted.
struct Attempt {
    std::size_t call;
    Guard::Ticket ticket;
    Time started;
    bool settled = false;
};

/// The connections of one client, and the calls that wait for one.
class Pool {
public:
    /// Takes how many there are; empty for any number.
    explicit Pool(std::optional<int> connections) : free_{connections} {}

    /// Takes a connection, if one is free.
    [[nodiscard]] bool take() {
        if (free_ == 0) {
            return false;
        }
        if (free_) {
            --*free_;
        }
        return true;
    }
    void wait(std::size_t call) { waiting_.push_back(call); }
    /// Returns whether the call was waiting.
    [[nodiscard]] bool stop_waiting(std::size_t call) { return std::erase(waiting_, call) != 0; }
    /// Returns the call that has the connection now, if any waits.
    [[nodiscard]] std::optional<std::size_t> give_back() {
        if (waiting_.empty()) {
            if (free_) {
                ++*free_;
            }
            return std::nullopt;
        }
        const std::size_t next = waiting_.front();
        waiting_.pop_front();
        return next;
    }

private:
    std::optional<int> free_;
    std::deque<std::size_t> waiting_;
};

class Simulation {
public:
    Simulation(const Scenario& scenario, const System& system, std::uint64_t seed)
        : scenario_{scenario},
          system_{system},
          draws_{scenario, seed},
          arrivals_{seed * 77 + 1},
          first_rejections_(static_cast<std::size_t>(scenario.clients)),
          pools_(static_cast<std::size_t>(scenario.clients), Pool{scenario.connections}) {
        Random random{seed * 991 + 5};
        for (int client = 0; client < scenario.clients; ++client) {
            guards_.push_back(system.make(random));
        }
        result_.timeline.resize(second_of(scenario.length) + 2);
    }

    Result run() {
        plan_arrival(Time{});
        while (!events_.are_over()) {
            happen(events_.take_next());
        }
        judge_outage();
        return std::move(result_);
    }

private:
    static std::size_t second_of(Time time) { return static_cast<std::size_t>(time / seconds(1)); }

    void happen(const Event& event) {
        switch (event.kind) {
            case Event::Kind::arrival: arrive(event.at, event.index); break;
            case Event::Kind::retry: retry(event.at, event.index); break;
            case Event::Kind::finish: finish(event.at, event.index); break;
            case Event::Kind::refusal: settle(event.at, event.index, Outcome::refused); break;
            case Event::Kind::overload: settle(event.at, event.index, Outcome::failed); break;
            case Event::Kind::timeout: settle(event.at, event.index, Outcome::timed_out); break;
            case Event::Kind::resumption: service_.resume(event.at); break;
            case Event::Kind::impatience: give_up(event.at, event.index); break;
        }
    }

    // ---- The callers ----

    // Arrivals are a Poisson process, thinned to the load of the moment.
    void plan_arrival(Time now) {
        const double densest = scenario_.calls_per_second * scenario_.greatest_load;
        bool kept = false;
        while (!kept) {
            now += seconds(-std::log(1 - arrivals_.uniform()) / densest);
            if (now >= scenario_.length) {
                return;
            }
            kept = arrivals_.uniform() * scenario_.greatest_load < scenario_.load(now);
        }
        const auto client = static_cast<std::size_t>(arrivals_.uniform() * scenario_.clients);
        const int key = static_cast<int>(arrivals_.uniform() * 100);
        calls_.push_back(
            Call{.arrived = now, .client = client, .key = key, .number = calls_.size()});
        events_.plan(now, Event::Kind::arrival, calls_.size() - 1);
    }

    void arrive(Time now, std::size_t index) {
        result_.offered += 1;
        ++result_.timeline[second_of(now)].offered;
        if (!scenario_.condition(now).healthy()) {
            result_.offered_while_broken += 1;
        }
        plan_arrival(now);
        guards_[calls_[index].client]->count_call(now);
        attempt_once_connected(now, index);
    }

    void retry(Time now, std::size_t index) {
        if (now < scenario_.length) {
            attempt_once_connected(now, index);
        } else {
            fail(now, calls_[index]);
        }
    }

    // ---- Their connections ----

    void attempt_once_connected(Time now, std::size_t index) {
        Pool& pool = pool_of(index);
        if (pool.take()) {
            attempt_in_turn(now, index);
        } else {
            pool.wait(index);
            events_.plan(now + scenario_.patience, Event::Kind::impatience, index);
        }
    }

    // A call that waits for a connection no longer.
    void give_up(Time now, std::size_t index) {
        if (pool_of(index).stop_waiting(index)) {
            fail(now, calls_[index]);
        }
    }

    // The one that is rejected gives its connection to the next one that waits.
    void attempt_in_turn(Time now, std::optional<std::size_t> index) {
        while (index && !attempt(now, *index)) {
            index = pool_of(*index).give_back();
        }
    }

    [[nodiscard]] Pool& pool_of(std::size_t call) { return pools_[calls_[call].client]; }

    // ---- Their attempts ----

    // Returns whether it is made.
    bool attempt(Time now, std::size_t index) {
        const Condition condition = service_.look(now);
        const Call& call = calls_[index];
        const Prospect prospect{
            .would_be_answered = system_.foresees && service_.would_answer(now, call),
            .chance = system_.foresees ? service_.chance(now) : 0,
            .accepts_connections = condition.mode == Condition::Mode::up};
        Guard& guard = *guards_[call.client];
        const std::optional<Guard::Ticket> ticket = guard.admit(now, prospect);
        if (!ticket) {
            reject(now, call);
            return false;
        }
        attempts_.push_back(Attempt{.call = index, .ticket = *ticket, .started = now});
        if (!condition.healthy()) {
            result_.attempts_while_broken += 1;
        }
        const Time timeout =
            std::min(scenario_.timeout, guard.timeout().value_or(scenario_.timeout));
        events_.plan(now + timeout, Event::Kind::timeout, attempts_.size() - 1);
        service_.receive(now, attempts_.size() - 1, call, condition);
        return true;
    }

    void reject(Time now, const Call& call) {
        if (service_.would_answer(now, call)) {
            result_.wrongly_rejected += 1;
        }
        std::optional<Time>& first = first_rejections_[call.client];
        if (scenario_.outage && now >= scenario_.outage->from && !first) {
            first = now;
        }
        result_.rejected += 1;
        ++result_.timeline[second_of(call.arrived)].rejected;
        result_.waited_in_vain += now - call.arrived;
    }

    void fail(Time now, const Call& call) {
        result_.failed += 1;
        result_.waited_in_vain += now - call.arrived;
    }

    void finish(Time now, std::size_t index) {
        if (const std::optional<Outcome> outcome = service_.finish(now, index)) {
            settle(now, index, *outcome);
            service_.go_on(now);
        }
    }

    // The first that happens to an attempt is what its caller learns.
    void settle(Time now, std::size_t index, Outcome outcome) {
        Attempt& attempt = attempts_[index];
        if (attempt.settled) {
            return;
        }
        attempt.settled = true;
        Call& call = calls_[attempt.call];
        Guard& guard = *guards_[call.client];
        guard.settle(attempt.ticket, now, outcome, now - attempt.started);
        if (outcome == Outcome::answered) {
            result_.answered += 1;
            ++result_.timeline[second_of(call.arrived)].answered;
        } else if (call.retries < scenario_.retries && guard.allows_retry(outcome)) {
            ++call.retries;
            // A tenth of a second, twice as long each time, give or take a half.
            const double jitter = 0.5 + draws_.backoff(call, call.retries);
            events_.plan(now + seconds(0.1 * std::exp2(call.retries - 1) * jitter),
                         Event::Kind::retry, attempt.call);
        } else {
            fail(now, call);
        }
        attempt_in_turn(now, pools_[call.client].give_back());
    }

    // ---- The outage ----

    void judge_outage() {
        if (!scenario_.outage) {
            return;
        }
        const Outage outage = *scenario_.outage;
        Time sum{};
        for (const std::optional<Time>& first : first_rejections_) {
            sum += std::min(first.value_or(outage.until), outage.until) - outage.from;
        }
        result_.until_protected = sum / scenario_.clients;
        result_.until_recovered = until_recovered(outage.until);
    }

    Time until_recovered(Time outage_end) const {
        const double usual = 1 - scenario_.condition(scenario_.length - seconds(1)).error_share;
        const std::size_t span = second_of(scenario_.recovery_span);
        std::size_t first = second_of(outage_end + seconds(1) - Time{1});
        for (; first + span <= second_of(scenario_.length); ++first) {
            int offered = 0;
            int answered = 0;
            for (std::size_t second = first; second < first + span; ++second) {
                offered += result_.timeline[second].offered;
                answered += result_.timeline[second].answered;
            }
            if (offered > 0 && answered >= 0.95 * usual * offered) {
                return seconds(static_cast<double>(first)) - outage_end;
            }
        }
        return scenario_.length - outage_end;
    }

    const Scenario& scenario_;
    const System& system_;
    const Draws draws_;
    Random arrivals_;
    Events events_;
    Service service_{scenario_, draws_, events_};

    std::vector<std::unique_ptr<Guard>> guards_;
    std::vector<std::optional<Time>> first_rejections_;
    std::vector<Pool> pools_;
    std::vector<Call> calls_;
    std::vector<Attempt> attempts_;

    Result result_;
};

}  // namespace

Result simulate(const Scenario& scenario, const System& system, std::uint64_t seed) {
    return Simulation{scenario, system, seed}.run();
}

}  // namespace protection
