// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/fleet/shared_store.hpp>
#include <fluxgate/detail/redis/redis_connection.hpp>
#include <fluxgate/detail/redis/round_message.hpp>
#include <fluxgate/detail/redis/round_reply.hpp>
#include <fluxgate/detail/redis/round_script.hpp>
#include <fluxgate/redis_options.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A fleet's memory in a Redis. It connects where it is not connected; what fails ends the
/// connection.
class RedisStore final : public SharedStore {
    using Clock = std::chrono::steady_clock;

public:
    /// Takes the script that the Redis runs.
    explicit RedisStore(RedisOptions options, std::string_view script = round_script)
        : options_{std::move(options)},
          script_{script},
          connection_{options_},
          message_{options_.prefix} {}

    /// A round of many statements is sent in parts, none of which keeps the Redis busy for long. Each
    /// has the time-out for itself, but for a node that leaves.
    [[nodiscard]] std::optional<FleetAnswer> answer(const FleetRound& round,
                                                    std::chrono::milliseconds timeout,
                                                    std::string& error) override {
        Clock::time_point by = Clock::now() + timeout;
        bool is_new = false;
        if (!connection_.is_open()) {
            is_new = true;
            if (!connect(by, error)) {
                return std::nullopt;
            }
        } else if (is_silent(round)) {
            const RedisConnection::Reply reply =
                connection_.ask({"GET", message_.head()}, by, error);
            if (reply == nullptr) {
                return std::nullopt;
            }
            if (reply->type == REDIS_REPLY_STRING &&
                std::string_view{reply->str, reply->len} == head_of(round)) {
                return FleetAnswer{.nodes = nodes_, .memory = round.memory, .latest = round.heard};
            }
        }
        // A Redis that was restarted may have forgotten some of what it knew, so that the numbers of
        // its changes begin again at an earlier one: after each connection all is asked and told.
        const std::uint64_t memory = is_new ? 0 : round.memory;
        const std::span<const FleetStatement> all{round.statements};
        FleetAnswer answer;
        std::size_t first = 0;
        bool was_gone = is_new;
        std::vector<FleetReply> replies;
        do {
            const std::size_t size = (std::min)(all.size() - first, statements_in_part);
            const bool is_last = first + size == all.size();
            message_.write(round, memory,
                           {.statements = all.subspan(first, size),
                            .number = ++number_,
                            .asks_changes = is_last,
                            .leaves = is_last && round.leaves});
            if (first != 0 && !round.leaves) {
                by = Clock::now() + timeout;
            }
            std::optional<FleetAnswer> part;
            if (first != 0 && hurries_.load(std::memory_order_relaxed) && !round.leaves) {
                error = "it ends";
            } else {
                part = send(by, size, error);
            }
            if (!part) {
                connection_.close();
                return std::nullopt;
            }
            was_gone = was_gone || part->was_gone;
            for (std::size_t i = 0; i != size; ++i) {
                part->replies[i].name = all[first + i].name;
                replies.push_back(std::move(part->replies[i]));
            }
            answer = std::move(*part);
            first += size;
        } while (first != all.size());
        answer.was_gone = was_gone;
        answer.tells_all = answer.memory != memory || answer.latest < round.heard;
        nodes_ = answer.nodes;
        alive_until_ = Clock::now() + round.alive;
        answer.replies = std::move(replies);
        return answer;
    }

    void hurry() noexcept override { hurries_.store(true, std::memory_order_relaxed); }

private:
    static constexpr std::size_t statements_in_part = 64;

    /// Returns whether a look at the head is enough: the node has nothing to say, and counts as alive
    /// for long enough.
    [[nodiscard]] bool is_silent(const FleetRound& round) const {
        return round.statements.empty() && !round.leaves &&
               alive_until_ - Clock::now() > round.alive * 2 / 3;
    }
    [[nodiscard]] static std::string head_of(const FleetRound& round) {
        return std::to_string(round.memory) + ' ' + std::to_string(round.heard);
    }

    [[nodiscard]] bool connect(Clock::time_point by, std::string& error) {
        if (!connection_.open(by, error)) {
            return false;
        }
        if (!digest_.empty()) {
            return true;  // whether the script is still there is seen when it is run
        }
        const RedisConnection::Reply reply =
            connection_.ask({"SCRIPT", "LOAD", script_}, by, error);
        if (reply == nullptr) {
            return false;
        }
        if (reply->type != REDIS_REPLY_STRING) {
            error = said_by(*reply);
            connection_.close();
            return false;
        }
        digest_.assign(reply->str, reply->len);
        return true;
    }

    /// Sends the message, and returns the answer to its `size` statements.
    [[nodiscard]] std::optional<FleetAnswer> send(Clock::time_point by, std::size_t size,
                                                  std::string& error) {
        RedisConnection::Reply reply =
            connection_.ask(message_.command("EVALSHA", digest_), by, error);
        if (reply != nullptr && reply->type == REDIS_REPLY_ERROR &&
            std::string_view{reply->str, reply->len}.starts_with("NOSCRIPT")) {
            // Somebody has flushed the scripts; this one is kept by this.
            reply = connection_.ask(message_.command("EVAL", script_), by, error);
        }
        if (reply == nullptr) {
            return std::nullopt;
        }
        std::optional<FleetAnswer> answer = RoundReply{*reply}.read();
        if (!answer || answer->replies.size() != size) {
            error = said_by(*reply);
            return std::nullopt;
        }
        return answer;
    }

    [[nodiscard]] std::string said_by(const redisReply& reply) const {
        return connection_.address() + ": " +
               (reply.type == REDIS_REPLY_ERROR ? std::string{reply.str, reply.len}
                                                : "an answer of another form");
    }

    const RedisOptions options_;
    const std::string script_;
    RedisConnection connection_;
    RoundMessage message_;
    /// By which the Redis knows the script.
    std::string digest_;
    /// As of the latest message: how many nodes there are, and how long this one counts as alive.
    std::uint64_t nodes_ = 0;
    Clock::time_point alive_until_{};
    /// Set once, by another thread. It says nothing else, so relaxed.
    std::atomic<bool> hurries_{false};
    /// The messages so far.
    std::uint64_t number_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
