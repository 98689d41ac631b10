// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "service.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace protection {

namespace {

// How soon a service that pauses looks whether it goes on.
constexpr Time look_again = seconds(0.01);

// How soon it refuses, or turns away.
constexpr Time at_once = seconds(0.001);

}  // namespace

Service::Service(const Scenario& scenario, const Draws& draws, Events& events)
    : scenario_{scenario},
      draws_{draws},
      events_{events},
      mean_work_{in_seconds(scenario.median) * std::exp(scenario.sigma * scenario.sigma / 2) *
                 (1 + 99 * scenario.outlier_share)},
      workers_{std::max(2, static_cast<int>(std::ceil(scenario.calls_per_second * mean_work_ *
                                                      scenario.headroom)))},
      longest_queue_{static_cast<std::size_t>(std::max(20.0, 5 * workers_ / mean_work_))},
      cache_{scenario.cache_entries} {}

Condition Service::look(Time now) {
    const Condition condition = scenario_.condition(now);
    const bool is_down =
        condition.mode == Condition::Mode::hangs || condition.mode == Condition::Mode::refuses;
    if (is_down && !was_down_) {
        ++process_;
        busy_ = 0;
        queue_.clear();
        cache_.lose_all();
    }
    was_down_ = is_down;
    return condition;
}

void Service::receive(Time now, std::size_t attempt, const Call& call, const Condition& condition) {
    works_.resize(std::max(works_.size(), attempt + 1));
    works_[attempt].call = call;
    switch (mode_for(call, condition)) {
        case Condition::Mode::hangs: return;
        case Condition::Mode::refuses:
            events_.plan(now + at_once, Event::Kind::refusal, attempt);
            return;
        case Condition::Mode::pauses:
            queue_.push_back(attempt);
            if (!will_resume_) {
                will_resume_ = true;
                events_.plan(now + look_again, Event::Kind::resumption, 0);
            }
            return;
        case Condition::Mode::up: break;
    }
    if (condition.calls_per_second && !limit_.try_take(now, *condition.calls_per_second)) {
        events_.plan(now + at_once, Event::Kind::overload, attempt);
    } else if (busy_ < working(condition)) {
        begin(now, attempt);
    } else if (queue_.size() < longest_queue_) {
        queue_.push_back(attempt);
    } else {
        events_.plan(now + at_once, Event::Kind::overload, attempt);
    }
}

void Service::begin(Time now, std::size_t attempt) {
    Work& begun = works_[attempt];
    const Condition condition = scenario_.condition(now);
    begun.fails = draws_.fails(begun.call, begun.call.retries, condition);
    begun.misses = misses(begun.call);
    begun.process = process_;
    ++busy_;
    const Time needed =
        Draws::has_failing_key(begun.call, condition) ? seconds(0.01) : work(begun.call, condition);
    events_.plan(now + needed, Event::Kind::finish, attempt);
}

std::optional<Outcome> Service::finish(Time now, std::size_t attempt) {
    const Condition condition = look(now);
    const Work& done = works_[attempt];
    if (done.process != process_) {
        return std::nullopt;
    }
    if (condition.mode == Condition::Mode::pauses) {
        events_.plan(now + look_again, Event::Kind::finish, attempt);
        return std::nullopt;
    }
    --busy_;
    if (done.misses) {
        cache_.warm_one();
    }
    return done.fails ? Outcome::failed : Outcome::answered;
}

// Also those whose callers have given up: the service cannot know.
void Service::go_on(Time now) {
    const Condition condition = scenario_.condition(now);
    while (busy_ < working(condition) && !queue_.empty()) {
        const std::size_t next = queue_.front();
        queue_.pop_front();
        begin(now, next);
    }
}

// For one that paused while no worker was busy: nobody else takes from its queue.
void Service::resume(Time now) {
    if (look(now).mode == Condition::Mode::pauses) {
        events_.plan(now + look_again, Event::Kind::resumption, 0);
    } else {
        will_resume_ = false;
        go_on(now);
    }
}

bool Service::would_answer(Time now, const Call& call) const {
    const Time begin = end_of_pause(now);
    const Condition condition = scenario_.condition(begin);
    if (mode_for(call, condition) != Condition::Mode::up ||
        draws_.fails(call, call.retries, condition) ||
        (condition.calls_per_second && !limit_.has_room(now, *condition.calls_per_second))) {
        return false;
    }
    const Time end = end_of_pause(begin + wait_for_worker(condition) + work(call, condition));
    return end < now + scenario_.timeout && scenario_.condition(end).mode == Condition::Mode::up;
}

double Service::chance(Time now) const {
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

// What the node that the attempt comes to is like.
Condition::Mode Service::mode_for(const Call& call, const Condition& condition) const {
    const bool is_apart =
        condition.mode == Condition::Mode::up && draws_.node(call, call.retries) < condition.part;
    return is_apart ? condition.part_mode : condition.mode;
}

bool Service::misses(const Call& call) const {
    return scenario_.cache_entries > 0 && !cache_.hits(draws_.entry(call, call.retries));
}

Time Service::work(const Call& call, const Condition& condition) const {
    Time time = draws_.work(call, call.retries);
    if (misses(call)) {
        time = seconds(in_seconds(time) * scenario_.miss_slowness);
    }
    return seconds(in_seconds(time) * condition.slowness);
}

int Service::working(const Condition& condition) const {
    return std::max(1, static_cast<int>(std::lround(workers_ * condition.capacity_share)));
}

// When a service that pauses goes on, unless that is after the caller's time-out.
Time Service::end_of_pause(Time now) const {
    Time end = now;
    while (scenario_.condition(end).mode == Condition::Mode::pauses &&
           end < now + scenario_.timeout) {
        end += look_again;
    }
    return end;
}

// How long an attempt would wait for a worker.
Time Service::wait_for_worker(const Condition& condition) const {
    const int workers = working(condition);
    const double ahead = std::max(0.0, static_cast<double>(queue_.size()) + busy_ + 1 - workers);
    return seconds(ahead * mean_work_ * condition.slowness / workers);
}

}  // namespace protection
