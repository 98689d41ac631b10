// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "simulation.hpp"

#include "service_parts.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <memory>
#include <numbers>
#include <queue>
#include <utility>
#include <vector>

namespace protection {

namespace {

/// What a random number decides, so that each is the same for every system.
enum class Draw : std::uint64_t { radius, angle, outlier, error, backoff, node, entry };

/// A call of a user's, which takes one attempt or more.
struct Call {
    Time arrived;
    std::size_t client;
    int key;
    std::uint64_t number;
    int retries = 0;
};

/// An attempt that a guard admitted.
struct Attempt {
    std::size_t call;
    Guard::Ticket ticket;
    Time started;
    int retry;
    bool settled = false;
    bool fails = false;
    bool misses = false;
    // Of the service's process that works on it; see Simulation::process_.
    std::optional<int> process = std::nullopt;
};

/// What happens next. Events of one moment happen in the order in which they were planned.
struct Event {
    enum class Kind { arrival, retry, finish, refusal, overload, timeout, resumption };

    Time at;
    std::uint64_t number;
    Kind kind;
    // Of the call for an arrival or a retry, else of the attempt; none for a resumption.
    std::size_t index;

    friend bool operator>(const Event& left, const Event& right) {
        return std::pair{left.at, left.number} > std::pair{right.at, right.number};
    }
};

class Simulation {
public:
    Simulation(const Scenario& scenario, const System& system, std::uint64_t seed)
        : scenario_{scenario},
          system_{system},
          seed_{seed},
          arrivals_{seed * 77 + 1},
          mean_work_{in_seconds(scenario.median) * std::exp(scenario.sigma * scenario.sigma / 2) *
                     (1 + 99 * scenario.outlier_share)},
          workers_{std::max(2, static_cast<int>(std::ceil(scenario.calls_per_second * mean_work_ *
                                                          scenario.headroom)))},
          longest_queue_{static_cast<std::size_t>(std::max(20.0, 5 * workers_ / mean_work_))},
          first_rejections_(static_cast<std::size_t>(scenario.clients)),
          cache_{scenario.cache_entries} {
        Random random{seed * 991 + 5};
        for (int client = 0; client < scenario.clients; ++client) {
            guards_.push_back(system.make(random));
        }
        result_.timeline.resize(second_of(scenario.length) + 2);
    }

    Result run() {
        plan_arrival(Time{});
        while (!events_.empty()) {
            const Event event = events_.top();
            events_.pop();
            happen(event);
        }
        judge_outage();
        return std::move(result_);
    }

private:
    // How soon a service that pauses looks whether it goes on.
    static constexpr Time look_again = seconds(0.01);

    static std::size_t second_of(Time time) { return static_cast<std::size_t>(time / seconds(1)); }

    void plan(Time at, Event::Kind kind, std::size_t index) {
        events_.push(Event{at, planned_, kind, index});
        ++planned_;
    }

    void happen(const Event& event) {
        switch (event.kind) {
            case Event::Kind::arrival: arrive(event.at, event.index); break;
            case Event::Kind::retry: retry(event.at, event.index); break;
            case Event::Kind::finish: finish(event.at, event.index); break;
            case Event::Kind::refusal: settle(event.at, event.index, Outcome::refused); break;
            case Event::Kind::overload: settle(event.at, event.index, Outcome::failed); break;
            case Event::Kind::timeout: settle(event.at, event.index, Outcome::timed_out); break;
            case Event::Kind::resumption: resume(event.at); break;
        }
    }

    // ---- What is drawn ----

    double draw(const Call& call, int retry, Draw what) const {
        const std::uint64_t which = call.number * 64 + static_cast<std::uint64_t>(retry) * 8 +
                                    static_cast<std::uint64_t>(what);
        Random random{(seed_ * 0x9e3779b97f4a7c15) ^ (which * 0xd1342543de82ef95)};
        static_cast<void>(random.next());
        return random.uniform();
    }

    // What the node that the attempt comes to is like.
    Condition::Mode mode_for(const Call& call, int retry, const Condition& condition) const {
        const bool is_apart =
            condition.mode == Condition::Mode::up && draw(call, retry, Draw::node) < condition.part;
        return is_apart ? condition.part_mode : condition.mode;
    }

    bool misses(const Call& call, int retry) const {
        return scenario_.cache_entries > 0 && !cache_.hits(draw(call, retry, Draw::entry));
    }

    // How long a worker needs, if nothing is wrong but what is in the cache.
    Time work(const Call& call, int retry) const {
        const double radius =
            std::sqrt(-2 * std::log(std::max(1e-12, draw(call, retry, Draw::radius))));
        const double angle = 2 * std::numbers::pi * draw(call, retry, Draw::angle);
        Time time = seconds(in_seconds(scenario_.median) *
                            std::exp(scenario_.sigma * radius * std::cos(angle)));
        if (scenario_.outlier_share > 0 &&
            draw(call, retry, Draw::outlier) < scenario_.outlier_share) {
            time *= 100;
        }
        if (misses(call, retry)) {
            time = seconds(in_seconds(time) * scenario_.miss_slowness);
        }
        return time;
    }

    bool has_failing_key(const Call& call, const Condition& condition) const {
        return call.key < condition.failing_keys;
    }

    bool fails(const Call& call, int retry, const Condition& condition) const {
        return has_failing_key(call, condition) ||
               draw(call, retry, Draw::error) < condition.error_share;
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
        plan(now, Event::Kind::arrival, calls_.size() - 1);
    }

    void arrive(Time now, std::size_t index) {
        result_.offered += 1;
        ++result_.timeline[second_of(now)].offered;
        if (!scenario_.condition(now).healthy()) {
            result_.offered_while_broken += 1;
        }
        plan_arrival(now);
        guards_[calls_[index].client]->count_call(now);
        attempt(now, index);
    }

    void retry(Time now, std::size_t index) {
        if (now < scenario_.length) {
            attempt(now, index);
        } else {
            fail(now, calls_[index]);
        }
    }

    void attempt(Time now, std::size_t index) {
        const Condition condition = look_at_service(now);
        const Call& call = calls_[index];
        const Prospect prospect{
            .would_be_answered = system_.foresees && would_be_answered(now, call),
            .chance = system_.foresees ? chance(now) : 0,
            .accepts_connections = condition.mode == Condition::Mode::up};
        Guard& guard = *guards_[call.client];
        const std::optional<Guard::Ticket> ticket = guard.admit(now, prospect);
        if (!ticket) {
            reject(now, call);
            return;
        }
        attempts_.push_back(
            Attempt{.call = index, .ticket = *ticket, .started = now, .retry = call.retries});
        if (!condition.healthy()) {
            result_.attempts_while_broken += 1;
        }
        const Time timeout =
            std::min(scenario_.timeout, guard.timeout().value_or(scenario_.timeout));
        plan(now + timeout, Event::Kind::timeout, attempts_.size() - 1);
        receive(now, attempts_.size() - 1, condition);
    }

    void reject(Time now, const Call& call) {
        if (would_be_answered(now, call)) {
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
            const double jitter = 0.5 + draw(call, call.retries, Draw::backoff);
            plan(now + seconds(0.1 * std::exp2(call.retries - 1) * jitter), Event::Kind::retry,
                 attempt.call);
        } else {
            fail(now, call);
        }
    }

    // ---- The service ----

    // When it goes down, its process loses all that it was working on, and all that waited.
    Condition look_at_service(Time now) {
        const Condition condition = scenario_.condition(now);
        const bool down =
            condition.mode == Condition::Mode::hangs || condition.mode == Condition::Mode::refuses;
        if (down && !was_down_) {
            ++process_;
            busy_ = 0;
            queue_.clear();
            cache_.lose_all();
        }
        was_down_ = down;
        return condition;
    }

    int working(const Condition& condition) const {
        return std::max(1, static_cast<int>(std::lround(workers_ * condition.capacity_share)));
    }

    // When a service that pauses goes on, unless that is after the caller's time-out.
    Time end_of_pause(Time now) const {
        Time end = now;
        while (scenario_.condition(end).mode == Condition::Mode::pauses &&
               end < now + scenario_.timeout) {
            end += look_again;
        }
        return end;
    }

    // An estimate, for the wait in the queue depends on calls that are still to be answered.
    bool would_be_answered(Time now, const Call& call) const {
        const Time begin = end_of_pause(now);
        const Condition condition = scenario_.condition(begin);
        if (mode_for(call, call.retries, condition) != Condition::Mode::up ||
            fails(call, call.retries, condition) ||
            (condition.calls_per_second && !limit_.has_room(now, *condition.calls_per_second))) {
            return false;
        }
        const Time wait = wait_for_worker(condition);
        const Time end = end_of_pause(
            begin + wait + seconds(in_seconds(work(call, call.retries)) * condition.slowness));
        return end < now + scenario_.timeout &&
               scenario_.condition(end).mode == Condition::Mode::up;
    }

    // How long an attempt would wait for a worker.
    Time wait_for_worker(const Condition& condition) const {
        const int workers = working(condition);
        const double ahead =
            std::max(0.0, static_cast<double>(queue_.size()) + busy_ + 1 - workers);
        return seconds(ahead * mean_work_ * condition.slowness / workers);
    }

    // How likely it is that an attempt would be answered in time.
    double chance(Time now) const {
        const Time begin = end_of_pause(now);
        const Condition condition = scenario_.condition(begin);
        if (condition.mode != Condition::Mode::up ||
            (condition.calls_per_second && !limit_.has_room(now, *condition.calls_per_second))) {
            return 0;
        }
        const Time left = now + scenario_.timeout - begin - wait_for_worker(condition);
        if (left <= Time{}) {
            return 0;
        }
        // That it takes no longer than what is left, by the distribution of work.
        const auto in_time = [&](double slowness) {
            const double most = in_seconds(left) / (in_seconds(scenario_.median) * slowness);
            return std::erfc(-std::log(most) / scenario_.sigma / std::numbers::sqrt2) / 2;
        };
        const double hits = scenario_.cache_entries > 0 ? cache_.warm_share() : 1;
        const double missed =
            hits < 1 ? (1 - hits) * in_time(condition.slowness * scenario_.miss_slowness) : 0;
        return (hits * in_time(condition.slowness) + missed) * (1 - condition.part) *
               (1 - condition.error_share) * (1 - condition.failing_keys / 100.0);
    }

    void receive(Time now, std::size_t index, const Condition& condition) {
        constexpr Time answer_at_once = seconds(0.001);
        const Attempt& attempt = attempts_[index];
        switch (mode_for(calls_[attempt.call], attempt.retry, condition)) {
            case Condition::Mode::hangs: return;
            case Condition::Mode::refuses:
                plan(now + answer_at_once, Event::Kind::refusal, index);
                return;
            case Condition::Mode::pauses:
                queue_.push_back(index);
                if (!will_resume_) {
                    will_resume_ = true;
                    plan(now + look_again, Event::Kind::resumption, 0);
                }
                return;
            case Condition::Mode::up: break;
        }
        if (condition.calls_per_second && !limit_.try_take(now, *condition.calls_per_second)) {
            plan(now + answer_at_once, Event::Kind::overload, index);
        } else if (busy_ < working(condition)) {
            begin(now, index);
        } else if (queue_.size() < longest_queue_) {
            queue_.push_back(index);
        } else {
            plan(now + answer_at_once, Event::Kind::overload, index);
        }
    }

    void begin(Time now, std::size_t index) {
        Attempt& attempt = attempts_[index];
        const Call& call = calls_[attempt.call];
        const Condition condition = scenario_.condition(now);
        attempt.fails = fails(call, attempt.retry, condition);
        attempt.misses = misses(call, attempt.retry);
        attempt.process = process_;
        ++busy_;
        const Time needed =
            has_failing_key(call, condition)
                ? seconds(0.01)
                : seconds(in_seconds(work(call, attempt.retry)) * condition.slowness);
        plan(now + needed, Event::Kind::finish, index);
    }

    void finish(Time now, std::size_t index) {
        const Condition condition = look_at_service(now);
        const Attempt& attempt = attempts_[index];
        if (attempt.process != process_) {
            return;
        }
        if (condition.mode == Condition::Mode::pauses) {
            plan(now + look_again, Event::Kind::finish, index);
            return;
        }
        --busy_;
        if (attempt.misses) {
            cache_.warm_one();
        }
        settle(now, index, attempt.fails ? Outcome::failed : Outcome::answered);
        work_off_queue(now, condition);
    }

    // Also those whose callers have given up: the service cannot know.
    void work_off_queue(Time now, const Condition& condition) {
        while (busy_ < working(condition) && !queue_.empty()) {
            const std::size_t next = queue_.front();
            queue_.pop_front();
            begin(now, next);
        }
    }

    // A service that paused while no worker was busy has nobody who takes from the queue.
    void resume(Time now) {
        const Condition condition = look_at_service(now);
        if (condition.mode == Condition::Mode::pauses) {
            plan(now + look_again, Event::Kind::resumption, 0);
        } else {
            will_resume_ = false;
            work_off_queue(now, condition);
        }
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
    const std::uint64_t seed_;
    Random arrivals_;
    // In seconds.
    const double mean_work_;
    const int workers_;
    const std::size_t longest_queue_;

    std::vector<std::unique_ptr<Guard>> guards_;
    std::vector<std::optional<Time>> first_rejections_;
    std::vector<Call> calls_;
    std::vector<Attempt> attempts_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t planned_ = 0;

    std::deque<std::size_t> queue_;
    int busy_ = 0;
    // How often the service went down: what an earlier process worked on is lost.
    int process_ = 0;
    bool was_down_ = false;
    bool will_resume_ = false;
    RateLimit limit_;
    Cache cache_;

    Result result_;
};

}  // namespace

Result simulate(const Scenario& scenario, const System& system, std::uint64_t seed) {
    return Simulation{scenario, system, seed}.run();
}

}  // namespace protection
