// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

/// The store of a fleet as a plain program: what a real one does with a round.
class FleetStore {
    using milliseconds = std::chrono::milliseconds;
    using FleetState = fluxgate::detail::FleetState;
    using Statement = fluxgate::detail::FleetStatement;
    using Round = fluxgate::detail::FleetRound;
    using Reply = fluxgate::detail::FleetReply;
    using Calls = fluxgate::detail::PooledCalls;

public:
    explicit FleetStore(fluxgate::testing::VirtualTime& time) : time_{time} {}

    /// Is restarted empty.
    void forget() {
        circuits_.clear();
        nodes_.clear();
        rounds_.clear();
        latest_ = 0;
        ++memory_;
    }

    /// Has its clock set.
    void set_clock_by(milliseconds by) { skew_ += by; }

    [[nodiscard]] fluxgate::detail::FleetAnswer answer(const Round& round) {
        const milliseconds now = this->now();
        const auto alive_until = nodes_.find(round.node);
        fluxgate::detail::FleetAnswer answer;
        answer.was_gone = alive_until == nodes_.end() || alive_until->second < now;
        nodes_[round.node] = now + round.alive;
        forget_dead(now);
        const bool is_late = is_late_round(round);
        for (const Statement& said : round.statements) {
            answer.replies.push_back(reply(round, said, is_late, now));
        }
        const bool hears_all = round.memory != memory_ || round.heard > latest_;
        answer.tells_all = hears_all;
        for (const auto& [name, circuit] : circuits_) {
            if (hears_all || circuit.change > round.heard) {
                answer.changed.push_back({name, state_of(circuit, now)});
            }
        }
        if (round.leaves) {
            forget_node(round.node);
        }
        answer.nodes = nodes_.size();
        answer.memory = memory_;
        answer.latest = latest_;
        return answer;
    }

private:
    /// Takes away what nodes add of which nothing has been heard for too long.
    void forget_dead(milliseconds now) {
        for (auto node = nodes_.begin(); node != nodes_.end();) {
            if (node->second >= now) {
                ++node;
                continue;
            }
            for (auto& [name, circuit] : circuits_) {
                take_back(circuit, node->first);
            }
            node = nodes_.erase(node);
        }
    }

    /// Forgets a node that leaves.
    void forget_node(const std::string& node) {
        for (auto& [name, circuit] : circuits_) {
            leave(circuit, node);
        }
        rounds_.erase(node);
        nodes_.erase(node);
    }

    /// Returns whether the node has said more since, where the round says anything.
    [[nodiscard]] bool is_late_round(const Round& round) {
        if (round.statements.empty()) {
            return false;
        }
        std::uint64_t& heard = rounds_[round.node];
        const bool is_late = round.number <= heard;
        heard = std::max(heard, round.number);
        return is_late;
    }

    struct Circuit {
        /// Of which the time left is empty.
        FleetState state;
        std::optional<milliseconds> until;
        /// The number of its latest change, among those of all circuits.
        std::uint64_t change = 0;
        std::string leader;
        milliseconds leads_until{};
        /// By node: the latest command that was done, and what it adds.
        std::map<std::string, std::uint64_t> commands;
        std::set<std::string> votes;
        std::map<std::string, Calls> calls;
    };

    [[nodiscard]] milliseconds now() const {
        return std::chrono::duration_cast<milliseconds>(time_.now().time_since_epoch()) + skew_;
    }

    [[nodiscard]] static FleetState state_of(const Circuit& circuit, milliseconds now) {
        FleetState state = circuit.state;
        if (circuit.until) {
            state.left = std::max(milliseconds{0}, *circuit.until - now);
        }
        return state;
    }

    /// Makes a change, which ends all that was said about the state before.
    void change(Circuit& circuit, const FleetState& to, std::uint64_t epoch, milliseconds now) {
        circuit.state = to;
        circuit.state.epoch = epoch;
        circuit.state.left.reset();
        circuit.until.reset();
        if (to.left) {
            circuit.until = now + *to.left;
        }
        circuit.leader.clear();
        circuit.votes.clear();
        circuit.calls.clear();
        circuit.change = ++latest_;
    }

    static void add(Calls& sum, const Calls& more) {
        sum.total += more.total;
        sum.failures += more.failures;
        sum.duration += more.duration;
        for (const fluxgate::SlowCount& slow : more.slow) {
            const auto found = std::ranges::find_if(
                sum.slow, [&](const auto& one) { return one.threshold == slow.threshold; });
            if (found == sum.slow.end()) {
                sum.slow.push_back(slow);
            } else {
                found->count += slow.count;
            }
        }
    }

    Reply reply(const Round& round, const Statement& said, bool is_late, milliseconds now) {
        Circuit& circuit = circuits_[said.name];
        if (circuit.leads_until <= now) {
            circuit.leader.clear();
        }
        Reply reply;
        reply.name = said.name;
        if (said.leaves && !is_late) {
            leave(circuit, round.node);
        } else if (!is_late) {
            reply.done = make_change(circuit, round, said, now);
            if (!reply.done && said.known.epoch == circuit.state.epoch) {
                hear(circuit, round, said, now);
            }
        }
        reply.leads = circuit.leader == round.node;
        for (const auto& [node, calls] : circuit.calls) {
            add(reply.calls, calls);
        }
        if (said.change && said.change->command != 0 && !said.leaves) {
            reply.command = circuit.commands[round.node];
        }
        reply.now = state_of(circuit, now);
        return reply;
    }

    /// Takes back what a node has said, but for commands that were done.
    static void take_back(Circuit& circuit, const std::string& node) {
        circuit.votes.erase(node);
        circuit.calls.erase(node);
        if (circuit.leader == node) {
            circuit.leader.clear();
        }
    }
    static void leave(Circuit& circuit, const std::string& node) {
        take_back(circuit, node);
        circuit.commands.erase(node);
    }

    /// Makes the change that is asked for, if it may be made. Returns whether it was.
    bool make_change(Circuit& circuit, const Round& round, const Statement& said,
                     milliseconds now) {
        if (said.known.epoch > circuit.state.epoch) {
            change(circuit, said.known, said.known.epoch, now);  // it was forgotten here
        }
        if (!said.change) {
            return false;
        }
        const std::uint64_t number = said.change->command;
        std::uint64_t& done = circuit.commands[round.node];
        const bool may = number != 0 ? number > done
                                     : said.known.epoch == circuit.state.epoch &&
                                           (circuit.leader.empty() || circuit.leader == round.node);
        if (may) {
            change(circuit, said.change->to, next_epoch(circuit, said, now), now);
            done = std::max(done, number);
        }
        return may;
    }

    /// Hears what a node says that knows the state.
    void hear(Circuit& circuit, const Round& round, const Statement& said, milliseconds now) {
        if (said.lead && (circuit.leader.empty() || circuit.leader == round.node)) {
            circuit.leader = round.node;
            circuit.leads_until = now + *said.lead;
        }
        if (said.calls) {
            circuit.calls[round.node] = *said.calls;
        }
        if (!said.vote) {
            return;
        }
        if (said.vote->quorum == 0) {
            circuit.votes.erase(round.node);
            return;
        }
        circuit.votes.insert(round.node);
        const auto live = std::ranges::count_if(
            circuit.votes, [&](const std::string& node) { return nodes_.contains(node); });
        const bool is_over = circuit.state.state == fluxgate::State::open &&
                             circuit.state.by_command && circuit.until && *circuit.until <= now;
        if ((circuit.state.state == fluxgate::State::closed || is_over) &&
            live >= said.vote->quorum) {
            FleetState open;
            open.state = fluxgate::State::open;
            open.left = said.vote->wait;
            change(circuit, open, next_epoch(circuit, said, now), now);
        }
    }

    /// Grows also after all was forgotten, and where the clock is set back.
    [[nodiscard]] static std::uint64_t next_epoch(const Circuit& circuit, const Statement& said,
                                                  milliseconds now) {
        const auto by_clock = static_cast<std::uint64_t>(
            std::chrono::microseconds{std::max(milliseconds{0}, now)}.count());
        return std::max({circuit.state.epoch + 1, said.known.epoch + 1, by_clock});
    }

    fluxgate::testing::VirtualTime& time_;
    milliseconds skew_{0};
    std::map<std::string, Circuit> circuits_;
    /// When each live node counts as gone.
    std::map<std::string, milliseconds> nodes_;
    /// By node, the latest round that was heard.
    std::map<std::string, std::uint64_t> rounds_;
    std::uint64_t memory_ = 1;
    std::uint64_t latest_ = 0;
};
