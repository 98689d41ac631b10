// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_member.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The breakers of a process that take part in a fleet, and the rounds that it makes for them. It
/// neither sends nor waits: who has it does. Not thread-safe.
class FleetNode {
public:
    FleetNode(std::string name, std::chrono::milliseconds alive)
        : name_{std::move(name)}, alive_{alive} {}

    /// Has a breaker take part. Returns false where this node has one of its name already.
    [[nodiscard]] bool add(const std::shared_ptr<FleetMember>& member) {
        return members_.try_emplace(member->name(), member).second;
    }
    /// Has the next round say that this breaker is shared no more, behind its last command.
    void remove(FleetMember& member) {
        if (left_.capacity() - left_.size() < 2) {
            left_.reserve(2 * left_.size() + 2);
        }
        FleetStatement leaves;
        leaves.name = member.name();
        leaves.leaves = true;
        if (std::optional<FleetStatement> last = member.last_words(commands_)) {
            left_.push_back(std::move(*last));
        }
        left_.push_back(std::move(leaves));
        for (std::shared_ptr<FleetMember>& asked : asked_) {
            if (asked.get() == &member) {
                asked = nullptr;  // it does nothing by the answer
            }
        }
        members_.erase(member.name());
    }

    /// Has no breaker take part any more, and nothing to say of any.
    void clear() noexcept {
        members_.clear();
        asked_.clear();
        left_.clear();
    }

    /// Begins a round: looks at all breakers. Throws `std::bad_alloc`.
    [[nodiscard]] FleetRound begin() {
        FleetRound round;
        round.node = name_;
        round.alive = alive_;
        round.number = ++number_;
        round.memory = memory_;
        round.heard = heard_;
        asked_.clear();
        leaving_ = left_.size();
        round.statements = left_;
        asked_.resize(left_.size());
        for (const auto& [name, member] : members_) {
            if (std::optional<FleetStatement> said = member->look(commands_)) {
                round.statements.push_back(std::move(*said));
                asked_.push_back(member);
            }
        }
        return round;
    }

    /// Ends the round that was begun last, by its answer. Returns false where there is something to
    /// say at once. Throws `std::bad_alloc`; the next round makes up for it.
    bool end(const FleetAnswer& answer) {
        nodes_ = answer.nodes;
        bool is_done = true;
        for (std::size_t i = 0; i != asked_.size() && i != answer.replies.size(); ++i) {
            if (asked_[i] != nullptr && answer.replies[i].error.empty()) {
                is_done = asked_[i]->hear(answer.replies[i]) && is_done;
            }
        }
        for (const FleetAnswer::Changed& changed : answer.changed) {
            const auto found = members_.find(changed.name);
            if (found == members_.end()) {
                continue;
            }
            FleetMember& member = *found->second;
            if (!member.has_spoken()) {
                is_done = member.hear(changed.now) && is_done;
            } else if (member.epoch() != changed.now.epoch) {
                member.ask();  // it has changed since the reply to its statement
                is_done = false;
            }
        }
        if (answer.was_gone || answer.tells_all) {
            tell_anew(answer);
            is_done = false;
        }
        is_done = is_done && !answer.has_more;
        memory_ = answer.memory;
        heard_ = answer.latest;
        left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(leaving_));
        leaving_ = 0;
        for (const auto& [name, member] : members_) {
            member->keep();
        }
        return is_done;
    }

    [[nodiscard]] std::uint64_t nodes() const noexcept { return nodes_; }

private:
    /// Has all members say what the store may have forgotten.
    void tell_anew(const FleetAnswer& answer) {
        std::map<std::string_view, std::uint64_t> known;
        for (const FleetAnswer::Changed& changed : answer.changed) {
            known[changed.name] = changed.now.epoch;
        }
        for (const auto& [name, member] : members_) {
            const auto found = known.find(name);
            const bool is_told = found != known.end() && found->second >= member->epoch();
            member->tell_anew(!answer.tells_all || member->epoch() == 0 || is_told);
        }
    }

    const std::string name_;
    const std::chrono::milliseconds alive_;
    /// By their names, which they own.
    std::map<std::string_view, std::shared_ptr<FleetMember>> members_;
    /// What is to be said of those that have left since the latest round that was answered.
    std::vector<FleetStatement> left_;
    /// How much of that the latest round says.
    std::size_t leaving_ = 0;
    /// Those of the round that was begun last, statement by statement; null for one that has left.
    std::vector<std::shared_ptr<FleetMember>> asked_;
    std::uint64_t number_ = 0;
    std::uint64_t memory_ = 0;
    std::uint64_t heard_ = 0;
    std::uint64_t nodes_ = 0;
    /// The number of the latest command of any of its breakers.
    std::uint64_t commands_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
