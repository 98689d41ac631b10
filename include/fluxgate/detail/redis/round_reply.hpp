// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/redis/redis_connection.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/state.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Reads what the round script returns; see there. Another program may have written the keys, so
/// nothing is taken for granted.
class RoundReply {
public:
    explicit RoundReply(const redisReply& reply) noexcept : reply_{reply} {}

    /// Returns the answer; empty where it has another form. Throws `std::bad_alloc`.
    [[nodiscard]] std::optional<FleetAnswer> read() const {
        FleetAnswer answer;
        if (reply_.type != REDIS_REPLY_ARRAY || reply_.elements != 7) {
            return std::nullopt;
        }
        answer.nodes = number(reply_, 0);
        answer.was_gone = number(reply_, 1) != 0;
        const std::string_view memory = text(reply_, 2);
        std::from_chars(memory.data(), memory.data() + memory.size(), answer.memory);
        answer.latest = number(reply_, 3);
        answer.has_more = number(reply_, 4) != 0;
        const redisReply& replies = *reply_.element[5];
        const redisReply& changed = *reply_.element[6];
        if (replies.type != REDIS_REPLY_ARRAY || changed.type != REDIS_REPLY_ARRAY) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i != replies.elements; ++i) {
            answer.replies.push_back(reply_of(*replies.element[i]));
        }
        for (std::size_t i = 0; i != changed.elements; ++i) {
            const redisReply& one = *changed.element[i];
            if (one.type == REDIS_REPLY_ARRAY && one.elements == 6) {
                if (std::optional<FleetState> now = state_of(one, 1)) {
                    answer.changed.push_back({std::string{text(one, 0)}, *now});
                }
            }
        }
        return answer;
    }

private:
    [[nodiscard]] static FleetReply reply_of(const redisReply& of) {
        FleetReply reply;
        if (of.type != REDIS_REPLY_ARRAY || of.elements < 12) {
            const bool says_why = of.type == REDIS_REPLY_STRING || of.type == REDIS_REPLY_ERROR ||
                                  of.type == REDIS_REPLY_STATUS;
            reply.error = says_why ? std::string{of.str, of.len} : "an answer of another form";
            return reply;
        }
        const std::optional<FleetState> now = state_of(of, 0);
        if (!now) {
            reply.error = "its state is none of a circuit";
            return reply;
        }
        reply.now = *now;
        reply.done = number(of, 5) != 0;
        reply.leads = number(of, 6) != 0;
        reply.command = number(of, 7);
        reply.is_pool_full = number(of, 8) != 0;
        reply.calls.total = number(of, 9);
        reply.calls.failures = number(of, 10);
        reply.calls.duration = std::chrono::nanoseconds{static_cast<std::int64_t>(number(of, 11))};
        for (std::size_t i = 12; i + 1 < of.elements; i += 2) {
            const std::chrono::nanoseconds threshold{static_cast<std::int64_t>(number(of, i))};
            reply.calls.slow.push_back({threshold, number(of, i + 1)});
        }
        return reply;
    }

    /// Returns the state that begins at this element; empty where it is none that a circuit has.
    [[nodiscard]] static std::optional<FleetState> state_of(const redisReply& of, std::size_t at) {
        const std::uint64_t state = number(of, at + 1);
        FleetState now;
        now.epoch = number(of, at);
        now.state = static_cast<State>(state);
        now.by_command = number(of, at + 2) != 0;
        const std::int64_t left = signed_number(of, at + 3);
        if (left >= 0) {
            now.left = std::chrono::milliseconds{left};
        }
        now.reopens = static_cast<std::uint32_t>(number(of, at + 4));
        if (state > static_cast<std::uint64_t>(State::forced_open) ||
            now.state == State::half_open) {
            return std::nullopt;
        }
        return now;
    }

    /// Returns the number of an element; zero where it is none.
    [[nodiscard]] static std::int64_t signed_number(const redisReply& of, std::size_t at) noexcept {
        const redisReply& element = *of.element[at];
        return element.type == REDIS_REPLY_INTEGER ? element.integer : 0;
    }
    /// As above; zero where it is below that.
    [[nodiscard]] static std::uint64_t number(const redisReply& of, std::size_t at) noexcept {
        const std::int64_t number = signed_number(of, at);
        return number < 0 ? 0 : static_cast<std::uint64_t>(number);
    }
    /// Returns the text of an element; empty where it is none.
    [[nodiscard]] static std::string_view text(const redisReply& of, std::size_t at) noexcept {
        const redisReply& element = *of.element[at];
        return element.type == REDIS_REPLY_STRING ? std::string_view{element.str, element.len}
                                                  : std::string_view{};
    }

    const redisReply& reply_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
