// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "fleet_store.hpp"
#include "redis_server.hpp"

#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/redis/redis_connection.hpp>
#include <fluxgate/detail/redis/round_message.hpp>
#include <fluxgate/detail/redis/round_reply.hpp>
#include <fluxgate/detail/redis/round_script.hpp>
#include <fluxgate/testing.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A real Redis and the model of a fleet's store answer the same rounds alike.

using namespace fluxgate;
using namespace std::chrono_literals;
using detail::FleetAnswer;
using detail::FleetReply;
using detail::FleetRound;
using detail::FleetState;
using detail::FleetStatement;
using std::chrono::milliseconds;

namespace {

/// The script, with the time that the test sets.
std::string script_in_virtual_time() {
    std::string script{detail::round_script};
    const std::string_view real = "local time = call('TIME')";
    const std::size_t at = script.find(real);
    REQUIRE(at != std::string::npos);
    script.replace(at, real.size(),
                   "local ms = tonumber(call('GET', 'the time')) "
                   "local time = {math.floor(ms / 1000), ms % 1000 * 1000}");
    return script;
}

/// A Redis as a store in virtual time.
class RealStore {
public:
    explicit RealStore(testing::VirtualTime& time) : time_{time} {
        options_.port = server_.port();
        std::string error;
        REQUIRE(connection_.open(soon(), error));
    }

    void set_clock_by(milliseconds by) { skew_ += by; }
    void forget() { ask({"FLUSHALL"}); }
    void begin() {
        skew_ = 0ms;
        forget();
    }

    FleetAnswer answer(const FleetRound& round) {
        ask({"SET", "the time", std::to_string(now().count())});
        message_.write(round, round.memory,
                       {.statements = round.statements,
                        .number = round.number,
                        .asks_changes = true,
                        .leaves = round.leaves});
        const auto reply = ask(message_.command("EVAL", script_));
        INFO((reply->str != nullptr ? reply->str : ""));
        const std::optional<FleetAnswer> answer = detail::RoundReply{*reply}.read();
        REQUIRE(answer);
        return *answer;
    }

private:
    [[nodiscard]] static std::chrono::steady_clock::time_point soon() {
        return std::chrono::steady_clock::now() + 10s;
    }
    detail::RedisConnection::Reply ask(const std::vector<std::string_view>& command) {
        std::string error;
        auto reply = connection_.ask(command, soon(), error);
        INFO(error);
        REQUIRE(reply != nullptr);
        return reply;
    }
    [[nodiscard]] milliseconds now() const {
        return std::chrono::duration_cast<milliseconds>(time_.now().time_since_epoch()) + skew_;
    }

    testing::VirtualTime& time_;
    milliseconds skew_{0};
    RedisServer server_;
    RedisOptions options_;
    detail::RedisConnection connection_{options_};
    detail::RoundMessage message_{"fleet"};
    const std::string script_ = script_in_virtual_time();
};

/// What both are to say alike of a breaker, as a text.
std::string written(const FleetState& state) {
    return std::to_string(state.epoch) + ' ' + std::string{to_string(state.state)} +
           (state.by_command ? " by command, " : ", ") +
           (state.left ? std::to_string(state.left->count()) : "for ever") + ", reopens " +
           std::to_string(state.reopens);
}
std::string written(const FleetReply& reply) {
    std::map<std::int64_t, std::uint64_t> slow;
    for (const SlowCount& one : reply.calls.slow) {
        slow[one.threshold.count()] += one.count;
    }
    std::string text = written(reply.now) + (reply.done ? " done" : "") +
                       (reply.leads ? " leads" : "") + " command " + std::to_string(reply.command) +
                       " calls " + std::to_string(reply.calls.total) + '/' +
                       std::to_string(reply.calls.failures) + '/' +
                       std::to_string(reply.calls.duration.count());
    for (const auto& [threshold, count] : slow) {
        if (count != 0) {
            text += ' ' + std::to_string(threshold) + ':' + std::to_string(count);
        }
    }
    return text + ' ' + reply.error;
}
std::string written(const FleetAnswer& answer) {
    std::string text = std::to_string(answer.nodes) + " nodes" +
                       (answer.was_gone ? ", was gone" : "") + ", latest " +
                       std::to_string(answer.latest) + '\n';
    for (const FleetReply& reply : answer.replies) {
        text += "  " + written(reply) + '\n';
    }
    std::vector<std::string> changed;
    for (const FleetAnswer::Changed& one : answer.changed) {
        if (one.now.epoch != 0) {
            changed.push_back("  " + one.name + ": " + written(one.now) + '\n');
        }
    }
    std::ranges::sort(changed);
    for (const std::string& one : changed) {
        text += one;
    }
    return text;
}

/// A node that says anything.
struct Node {
    std::string name;
    std::uint64_t number = 0;
    std::uint64_t command = 0;
    std::uint64_t heard = 0;
    /// What each store calls its memory.
    std::uint64_t model_memory = 0;
    std::uint64_t real_memory = 0;
    std::map<std::string, FleetState> known{};
};

class Player {
public:
    explicit Player(unsigned seed) : random_{seed} {}

    [[nodiscard]] unsigned draw(unsigned below) {
        return std::uniform_int_distribution<unsigned>{0, below - 1}(random_);
    }

    FleetRound round_of(Node& node) {
        FleetRound round;
        round.node = node.name;
        round.alive = milliseconds{500 + draw(1500)};
        // One in ten arrives late.
        node.number += 2;
        round.number = draw(10) == 0 ? node.number - 1 - draw(6) : node.number;
        round.heard = node.heard;
        round.leaves = draw(60) == 0;
        for (const char* const name : {"a", "b", "a name of words {and braces}"}) {
            if (draw(3) == 0) {
                round.statements.push_back(statement(node, name));
            }
        }
        return round;
    }

private:
    std::optional<milliseconds> draw_left() {
        return draw(4) == 0 ? std::nullopt : std::optional{milliseconds{draw(3000)}};
    }
    State draw_state() {
        static constexpr std::array states{State::closed,      State::open,        State::closed,
                                           State::open,        State::forced_open, State::disabled,
                                           State::metrics_only};
        return states[draw(states.size())];
    }

    FleetStatement statement(Node& node, const std::string& name) {
        FleetStatement said;
        said.name = name;
        said.known = node.known[name];
        if (draw(40) == 0) {
            said.known.epoch += 1 + draw(5);
            said.known.state = draw_state();
            said.known.left = draw_left();
        }
        said.leaves = draw(40) == 0;
        if (draw(5) == 0) {
            detail::AskedChange change;
            change.to.state = draw_state();
            change.to.left = draw_left();
            change.to.reopens = draw(4);
            if (draw(2) == 0) {
                change.command = draw(4) == 0 ? node.command : ++node.command;
                change.to.by_command = change.command != 0;
            }
            said.change = change;
        }
        if (draw(4) == 0) {
            said.lead = milliseconds{500 + draw(1000)};
        }
        if (draw(3) == 0) {
            said.vote = FleetStatement::Vote{draw(3), draw_left()};
        }
        if (draw(2) == 0) {
            said.calls = detail::PooledCalls{draw(50),
                                             draw(20),
                                             std::chrono::nanoseconds{draw(9)},
                                             {{10ms, draw(4)}, {20ms, draw(3)}}};
        }
        return said;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("a Redis answers a fleet's rounds as the model of its store does") {
    testing::VirtualTime time;
    RealStore real{time};
    std::uint64_t rounds = 0;
    for (unsigned seed = 0; seed != 40; ++seed) {
        FleetStore model{time};
        real.begin();
        Player player{seed};
        std::array nodes{Node{"one"}, Node{"two"}, Node{"three and more"}, Node{"four"}};
        for (unsigned step = 0; step != 250; ++step) {
            if (player.draw(3) == 0) {
                time.advance(milliseconds{player.draw(600)});
            }
            if (player.draw(100) == 0) {
                model.forget();
                real.forget();
                // A memory is known by the time at which it began.
                time.advance(5s);
            }
            if (player.draw(50) == 0) {
                const milliseconds by = milliseconds{player.draw(4000)} - 2s;
                model.set_clock_by(by);
                real.set_clock_by(by);
            }
            Node& node = nodes[player.draw(nodes.size())];
            FleetRound round = player.round_of(node);
            round.memory = node.model_memory;
            const FleetAnswer expected = model.answer(round);
            round.memory = node.real_memory;
            const FleetAnswer answer = real.answer(round);
            INFO("seed " << seed << ", step " << step);
            REQUIRE(written(answer) == written(expected));
            ++rounds;
            if (player.draw(5) == 0) {
                continue;  // the answer is lost
            }
            node.model_memory = expected.memory;
            node.real_memory = answer.memory;
            node.heard = answer.latest;
            for (std::size_t i = 0; i != round.statements.size(); ++i) {
                node.known[round.statements[i].name] = answer.replies[i].now;
            }
            for (const FleetAnswer::Changed& changed : answer.changed) {
                node.known[changed.name] = changed.now;
            }
        }
    }
    CHECK(rounds == 10000);
}
