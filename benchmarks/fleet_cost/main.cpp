// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What the nodes of a fleet cost their Redis: its processor time for what they say in a round.
//
//     fleet_cost PORT [NODES]    a redis-server of this machine that is empty, and stays so

#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/redis/redis_connection.hpp>
#include <fluxgate/detail/redis/round_message.hpp>
#include <fluxgate/detail/redis/round_reply.hpp>
#include <fluxgate/detail/redis/round_script.hpp>
#include <fluxgate/redis_options.hpp>
#include <fluxgate/state.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iomanip>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace fluxgate;
using detail::FleetAnswer;
using detail::FleetRound;
using detail::FleetStatement;

/// A Redis to which one connection brings what all nodes say.
class Server {
public:
    explicit Server(int port) {
        options_.port = port;
        std::string error;
        if (!connection_.open(soon(), error)) {
            throw std::runtime_error{error};
        }
        const auto reply = ask({"SCRIPT", "LOAD", detail::round_script});
        digest_.assign(reply->str, reply->len);
        if (ask({"DBSIZE"})->integer != 0) {
            throw std::runtime_error{"this Redis is not empty, and would be emptied"};
        }
    }

    void forget() { static_cast<void>(ask({"FLUSHALL"})); }

    FleetAnswer answer(FleetRound& round) {
        round.number = ++number_;
        message_.write(round, round.memory,
                       {.statements = round.statements, .number = round.number});
        const auto reply = ask(message_.command("EVALSHA", digest_));
        const auto answer = detail::RoundReply{*reply}.read();
        if (!answer) {
            throw std::runtime_error{reply->str != nullptr ? reply->str : "no answer"};
        }
        return *answer;
    }

    void ping() { static_cast<void>(ask({"PING"})); }
    /// What a node does in a round in which it has nothing to say, nor to give a sign of life.
    void look() { static_cast<void>(ask({"GET", message_.head()})); }

    /// Returns the processor time that it has taken so far.
    [[nodiscard]] std::chrono::duration<double, std::micro> processor_time() {
        const auto reply = ask({"INFO", "cpu"});
        const std::string text{reply->str, reply->len};
        double seconds = 0.0;
        for (const std::string_view name : {"used_cpu_sys:", "used_cpu_user:"}) {
            seconds += std::stod(text.substr(text.find(name) + name.size()));
        }
        return std::chrono::duration<double>{seconds};
    }

private:
    [[nodiscard]] static std::chrono::steady_clock::time_point soon() {
        return std::chrono::steady_clock::now() + std::chrono::seconds{10};
    }
    detail::RedisConnection::Reply ask(const std::vector<std::string_view>& command) {
        std::string error;
        auto reply = connection_.ask(command, soon(), error);
        if (reply == nullptr) {
            throw std::runtime_error{error};
        }
        return reply;
    }

    RedisOptions options_;
    detail::RedisConnection connection_{options_};
    detail::RoundMessage message_{"cost"};
    std::string digest_;
    std::uint64_t number_ = 0;
};

/// Returns the microseconds of the server's processor that this takes, which is done 5,000 times.
template <class F>
double time_of(Server& server, F f) {
    constexpr int times = 5'000;
    const auto before = server.processor_time();
    for (int i = 0; i != times; ++i) {
        f();
    }
    return (server.processor_time() - before).count() / times;
}

class Fleet {
public:
    Fleet(Server& server, std::size_t nodes) : server_{server} {
        server_.forget();
        for (std::size_t i = 0; i != nodes; ++i) {
            FleetRound round;
            round.node = "node " + std::to_string(i) + "#1234567890";
            round.alive = std::chrono::minutes{10};
            nodes_.push_back(round);
        }
        for (FleetRound& node : nodes_) {
            hear(node, server_.answer(node));
        }
    }

    /// Measures rounds in which each node says of each of so many breakers what `say` does. Returns
    /// the microseconds of a round.
    double measure(std::size_t breakers, const std::function<void(FleetStatement&)>& say) {
        const std::size_t rounds = std::max<std::size_t>(2'000, 2 * nodes_.size()) /
                                   std::max<std::size_t>(1, breakers / 4);
        const auto before = server_.processor_time();
        for (std::size_t i = 0; i != rounds; ++i) {
            FleetRound& node = nodes_[next_++ % nodes_.size()];
            node.statements.clear();
            for (std::size_t k = 0; k != breakers; ++k) {
                FleetStatement said;
                said.name = "breaker " + std::to_string(k);
                said.known = known_.empty() ? detail::FleetState{} : known_.at(k);
                say(said);
                node.statements.push_back(said);
            }
            hear(node, server_.answer(node));
        }
        return (server_.processor_time() - before).count() / static_cast<double>(rounds);
    }

    /// Measures rounds in which each node hears that so many breakers have changed.
    double measure_hearing(std::size_t breakers) {
        FleetRound& first = nodes_.front();
        first.statements.clear();
        for (std::size_t k = 0; k != breakers; ++k) {
            FleetStatement said;
            said.name = "breaker " + std::to_string(k);
            said.change =
                detail::AskedChange{{.state = State::forced_open, .by_command = true}, ++command_};
            first.statements.push_back(said);
        }
        static_cast<void>(server_.answer(first));
        first.statements.clear();
        const auto before = server_.processor_time();
        for (FleetRound& node : nodes_) {
            node.statements.clear();
            hear(node, server_.answer(node));
        }
        return (server_.processor_time() - before).count() / static_cast<double>(nodes_.size());
    }

private:
    static void hear(FleetRound& node, const FleetAnswer& answer) {
        node.memory = answer.memory;
        node.heard = answer.latest;
    }

    Server& server_;
    std::vector<FleetRound> nodes_;
    std::vector<detail::FleetState> known_;
    std::size_t next_ = 0;
    std::uint64_t command_ = 0;
};

void measure(Server& server, std::size_t nodes) {
    std::mt19937 random{1};
    const auto calls = [&](FleetStatement& said) {
        const std::uint64_t total = 50 + random() % 50;
        said.calls = detail::PooledCalls{total, random() % 50, std::chrono::nanoseconds{0}, {}};
    };
    // The quorum is one vote more than there are nodes, so that none opens the circuit.
    const auto vote = [&](FleetStatement& said) {
        said.vote =
            FleetStatement::Vote{static_cast<std::uint32_t>(nodes + 1), std::chrono::seconds{5}};
    };
    const auto nothing = [](FleetStatement&) {};
    const double ping = time_of(server, [&] { server.ping(); });
    const double sign = Fleet{server, nodes}.measure(0, nothing);
    const double look = time_of(server, [&] { server.look(); });
    std::cout << "| " << nodes << " | " << ping << " | " << look - ping << " | " << sign - ping
              << " | " << (4 * look + sign) / 5 - ping << " | "
              << Fleet{server, nodes}.measure_hearing(1) - ping << " | "
              << Fleet{server, nodes}.measure_hearing(50) - ping << " | "
              << Fleet{server, nodes}.measure(1, vote) - ping << " | "
              << Fleet{server, nodes}.measure(1, calls) - ping << " | "
              << (Fleet{server, nodes}.measure(50, calls) - ping) / 50.0 << " |\n"
              << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "fleet_cost PORT [NODES...]\n";
        return EXIT_FAILURE;
    }
    try {
        Server server{std::stoi(argv[1])};
        std::vector<std::size_t> nodes{10, 100, 1'000, 10'000};
        if (argc > 2) {
            nodes.clear();
            for (int i = 2; i != argc; ++i) {
                nodes.push_back(std::stoul(argv[i]));
            }
        }
        std::cout
            << std::fixed << std::setprecision(1)
            << "Microseconds of the server's processor, beyond those of a PING:\n\n"
               "| nodes | a PING | a look | a sign of life | a silent round, on average | hears of "
               "a change | of 50 | a vote | calls of a breaker | of each of 50 |\n"
               "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
        for (const std::size_t count : nodes) {
            measure(server, count);
        }
        server.forget();
    } catch (const std::exception& error) {
        std::cerr << "fleet_cost: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
