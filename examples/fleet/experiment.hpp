// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "child_process.hpp"
#include "node.hpp"
#include "service.hpp"
#include "store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// One outage of the service, as ten nodes meet it that share in one way.
namespace fleet_example {

using std::chrono::milliseconds;

/// A transition of a node, counted in milliseconds from the beginning of the experiment.
struct Transition {
    std::int64_t at = 0;
    std::string state;
};

/// What the parent knows of a node.
class NodeProcess {
public:
    NodeProcess(const std::string& program, const NodeSettings& settings,
                const std::string& sharing)
        : process_{{program, "--node", std::to_string(settings.number), "--service-port",
                    std::to_string(settings.service_port), "--redis-port",
                    std::to_string(settings.redis_port), "--calls-per-second",
                    std::to_string(settings.calls_per_second), "--share", sharing}},
          reader_{[this] { read(); }} {}
    ~NodeProcess() {
        process_.end();
        reader_.join();
    }
    NodeProcess(const NodeProcess&) = delete;
    NodeProcess& operator=(const NodeProcess&) = delete;

    void tell(const std::string& line) { process_.write(line); }

    /// Returns how many calls it has rejected so far.
    [[nodiscard]] std::uint64_t rejected() {
        {
            const std::lock_guard lock{mutex_};
            rejected_.reset();
        }
        tell("count");
        for (;;) {
            {
                const std::lock_guard lock{mutex_};
                if (rejected_) {
                    return *rejected_;
                }
            }
            std::this_thread::sleep_for(milliseconds{1});
        }
    }
    [[nodiscard]] bool is_ready() const {
        const std::lock_guard lock{mutex_};
        return is_ready_;
    }
    [[nodiscard]] std::string state() const {
        const std::lock_guard lock{mutex_};
        return transitions_.empty() ? "closed" : transitions_.back().state;
    }
    [[nodiscard]] std::vector<Transition> transitions() const {
        const std::lock_guard lock{mutex_};
        return transitions_;
    }

private:
    void read() {
        for (std::string line = process_.read(); !line.empty(); line = process_.read()) {
            std::istringstream words{line};
            Transition said;
            std::string kind;
            words >> said.at >> kind >> said.state;
            const std::lock_guard lock{mutex_};
            if (kind == "ready") {
                is_ready_ = true;
            } else if (kind == "state") {
                transitions_.push_back(said);
            } else if (kind == "rejected") {
                rejected_ = std::stoull(said.state);
            }
        }
    }

    ChildProcess process_;
    mutable std::mutex mutex_;
    // These are guarded by the mutex.
    bool is_ready_ = false;
    std::optional<std::uint64_t> rejected_;
    std::vector<Transition> transitions_;

    std::thread reader_;
};

/// How long the parts of an experiment take.
struct Times {
    milliseconds well{2500};
    milliseconds outage{6000};
    milliseconds well_again{5000};
    milliseconds command{3000};
};

/// What came of it.
struct Outcome {
    std::string sharing;
    std::size_t failing_nodes = 0;
    /// Calls that the service failed.
    std::uint64_t in_vain = 0;
    /// How long until all nodes that the service failed had opened; empty where some never did.
    std::optional<milliseconds> all_opened;
    /// Calls that were rejected although the service was well for that node.
    std::uint64_t lost = 0;
    /// How long until a command to one node held for all; empty where it never did.
    std::optional<milliseconds> all_obeyed;
    double commands_per_second = 0.0;
    /// Of each node.
    std::vector<std::vector<Transition>> transitions;
    std::int64_t outage_began = 0;
    std::int64_t outage_ended = 0;
    std::int64_t command_given = 0;
    std::int64_t ended = 0;
};

/// Makes an experiment.
class Experiment {
public:
    Experiment(const std::string& program, Service& service, Store& store,
               const std::string& sharing, const Times& times)
        : service_{service}, store_{store}, sharing_{sharing}, times_{times} {
        store_.forget();
        for (std::size_t i = 0; i != node_count; ++i) {
            NodeSettings settings;
            settings.number = static_cast<int>(i);
            settings.service_port = service.port();
            settings.redis_port = store.port();
            settings.calls_per_second = 2 * (settings.number + 1);
            nodes_.push_back(std::make_unique<NodeProcess>(program, settings, sharing));
        }
        const auto ready = wait_for(
            [this] {
                return std::ranges::all_of(nodes_,
                                           [](const auto& node) { return node->is_ready(); });
            },
            milliseconds{20'000});
        if (!ready) {
            throw std::runtime_error{"the nodes do not start"};
        }
    }

    /// Has the service fail for so many nodes, those with the most calls.
    Outcome run(std::size_t failing) {
        Outcome outcome;
        outcome.sharing = sharing_;
        outcome.failing_nodes = failing;
        const std::int64_t begun = milliseconds_now();
        const std::uint64_t commands = store_.commands();
        const auto since = [&] { return milliseconds_now() - begun; };
        std::this_thread::sleep_for(times_.well);

        const std::uint64_t in_vain = service_.calls_in_vain();
        outcome.outage_began = since();
        set_fails(failing, true);
        outcome.all_opened = wait_for(
            [&] {
                return all_failing(failing,
                                   [](const auto& node) { return node.state() != "closed"; });
            },
            times_.outage);
        std::this_thread::sleep_for(milliseconds{outcome.outage_began - since()} + times_.outage);
        outcome.in_vain = service_.calls_in_vain() - in_vain;
        std::array<std::uint64_t, node_count> rejected{};
        for (std::size_t i = 0; i != node_count; ++i) {
            // The rejections of nodes that were well all the time are lost calls.
            rejected[i] = i < node_count - failing ? 0 : nodes_[i]->rejected();
        }
        set_fails(failing, false);
        outcome.outage_ended = since();
        std::this_thread::sleep_for(times_.well_again);
        for (std::size_t i = 0; i != node_count; ++i) {
            outcome.lost += nodes_[i]->rejected() - rejected[i];
        }

        outcome.command_given = since();
        nodes_.front()->tell("force_open");
        outcome.all_obeyed = wait_for(
            [&] {
                return std::ranges::all_of(
                    nodes_, [](const auto& node) { return node->state() == "forced_open"; });
            },
            times_.command);
        std::this_thread::sleep_for(milliseconds{800});  // so that a picture shows it
        outcome.ended = since();
        outcome.commands_per_second = static_cast<double>(store_.commands() - commands) * 1000.0 /
                                      static_cast<double>(outcome.ended);
        for (const auto& node : nodes_) {
            outcome.transitions.push_back(node->transitions());
            for (Transition& transition : outcome.transitions.back()) {
                transition.at -= begun;
            }
        }
        return outcome;
    }

private:
    void set_fails(std::size_t failing, bool fails) {
        for (std::size_t i = node_count - failing; i != node_count; ++i) {
            service_.set_fails(i, fails);
        }
    }
    template <class F>
    [[nodiscard]] bool all_failing(std::size_t failing, F is_so) const {
        for (std::size_t i = node_count - failing; i != node_count; ++i) {
            if (!is_so(*nodes_[i])) {
                return false;
            }
        }
        return true;
    }
    /// Waits until it is so, and returns how long that took; empty where it took too long.
    template <class F>
    std::optional<milliseconds> wait_for(F is_so, milliseconds most) const {
        const std::int64_t begun = milliseconds_now();
        for (;;) {
            const milliseconds took{milliseconds_now() - begun};
            if (is_so()) {
                return took;
            }
            if (took > most) {
                return std::nullopt;
            }
            std::this_thread::sleep_for(milliseconds{2});
        }
    }

    Service& service_;
    Store& store_;
    const std::string sharing_;
    const Times times_;
    std::vector<std::unique_ptr<NodeProcess>> nodes_;
};

}  // namespace fleet_example
