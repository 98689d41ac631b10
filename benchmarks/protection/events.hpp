// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace protection {

/// What happens next in a simulation.
struct Event {
    enum class Kind { arrival, retry, finish, refusal, overload, timeout, resumption, impatience };

    Time at;
    std::uint64_t number;
    Kind kind;
    /// Of the call for an arrival, a retry or an impatience, else of the attempt; none for a resumption.
    std::size_t index;

    friend bool operator>(const Event& left, const Event& right) {
        return std::pair{left.at, left.number} > std::pair{right.at, right.number};
    }
};

/// The events that are planned. Those of one moment happen in the order in which they were planned.
class Events {
public:
    void plan(Time at, Event::Kind kind, std::size_t index) {
        events_.push(Event{at, planned_, kind, index});
        ++planned_;
    }

    [[nodiscard]] bool are_over() const { return events_.empty(); }

    /// Takes out the next one, of which there is one.
    [[nodiscard]] Event take_next() {
        const Event next = events_.top();
        events_.pop();
        return next;
    }

private:
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::uint64_t planned_ = 0;
};

}  // namespace protection
