// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The arguments of the round script for a part of a round; see there.
class RoundMessage {
public:
    /// How the script is told of the part: the number of the message, which grows from one to the
    /// next, and whether it is to answer what has changed.
    struct Part {
        std::span<const FleetStatement> statements;
        std::uint64_t number = 0;
        bool asks_changes = true;
        bool leaves = false;
    };

    /// Takes the prefix of all keys.
    explicit RoundMessage(const std::string& prefix)
        : base_{'{' + prefix + "}:"}, head_{base_ + "head"} {}

    /// Returns the key that says what the latest change is.
    [[nodiscard]] const std::string& head() const noexcept { return head_; }

    /// Writes a message. Throws `std::bad_alloc`.
    void write(const FleetRound& round, std::uint64_t memory, const Part& part) {
        texts_.clear();
        for (const char* const key : {"nodes", "head", "changed", "states", "generation"}) {
            add(base_ + key);
        }
        add(base_ + "n:" + round.node);
        for (const FleetStatement& said : part.statements) {
            add(base_ + "b:" + said.name);
            add(base_ + "v:" + said.name);
        }
        key_count_ = std::to_string(texts_.size());
        add(round.node);
        add(round.alive.count());
        add(part.number);
        add(memory);
        add(part.asks_changes ? std::to_string(round.heard) : "-");
        add(part.leaves);
        add(part.statements.size());
        add(kept.count());
        for (const FleetStatement& said : part.statements) {
            add(said);
        }
    }

    /// Returns the command that runs the script by what names it. Valid until the next call.
    [[nodiscard]] const std::vector<std::string_view>& command(std::string_view verb,
                                                               std::string_view script) {
        command_.assign({verb, script, key_count_});
        command_.insert(command_.end(), texts_.begin(), texts_.end());
        return command_;
    }

private:
    /// How long the server keeps what nobody asks for any more.
    static constexpr std::chrono::milliseconds kept = std::chrono::hours{24 * 7};

    void add(std::string text) { texts_.push_back(std::move(text)); }
    template <class Number>
    void add(Number number)
        requires std::is_arithmetic_v<Number>
    {
        texts_.push_back(std::to_string(+number));
    }
    void add(std::optional<std::chrono::milliseconds> left) { add(left ? left->count() : -1); }

    void add(const FleetStatement& said) {
        add(said.name);
        add(said.known.epoch);
        add(static_cast<int>(said.known.state));
        add(said.known.by_command);
        add(said.known.left);
        add(said.known.reopens);
        const AskedChange change = said.change.value_or(AskedChange{});
        add(std::string{kind_of(said)});
        add(static_cast<int>(change.to.state));
        add(change.to.left);
        add(change.to.reopens);
        add(change.command);
        add(said.lead ? said.lead->count() : 0);
        add(said.vote ? static_cast<std::int64_t>(said.vote->quorum) : -1);
        add(said.vote ? said.vote->wait : std::nullopt);
        add(said.calls ? text_of(*said.calls) : std::string{});
    }

    /// Returns what is asked for, as the script is told: to leave, nothing, to do a command, or to
    /// make a transition.
    [[nodiscard]] static const char* kind_of(const FleetStatement& said) noexcept {
        if (said.leaves) {
            return "l";
        }
        if (!said.change) {
            return "-";
        }
        return said.change->command != 0 ? "c" : "t";
    }

    [[nodiscard]] static std::string text_of(const PooledCalls& calls) {
        std::string text = std::to_string(calls.total) + ' ' + std::to_string(calls.failures) +
                           ' ' + std::to_string(calls.duration.count());
        for (const SlowCount& slow : calls.slow) {
            text += ' ' + std::to_string(slow.threshold.count()) + ' ' + std::to_string(slow.count);
        }
        return text;
    }

    const std::string base_;
    const std::string head_;
    std::string key_count_;
    std::vector<std::string> texts_;
    std::vector<std::string_view> command_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
