// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The breaker against the plain one, in virtual time: the same steps must give the same answers,
// signals and metrics. Of which policies they are, and what the steps are, the input says.

#include "../conformance/configurations.hpp"
#include "../conformance/player.hpp"
#include "../plain_breaker.hpp"
#include "input.hpp"

#include <fluxgate/fluxgate.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using fuzz::Input;
using fuzz::require;

namespace {

/// Virtual time whose cheap clock lags behind.
template <class M>
class Lagging : public environment_base {
public:
    using Mutex = M;
    static constexpr std::chrono::nanoseconds coarse_error = 20ms;

    Lagging(testing::VirtualTime& time, const std::chrono::nanoseconds& lag)
        : time_{&time}, lag_{&lag} {}

    [[nodiscard]] auto now() const { return time_->now(); }
    [[nodiscard]] auto coarse_now() const { return time_->now() - *lag_; }
    [[nodiscard]] auto wall_clock() const { return time_->wall_clock(); }
    [[nodiscard]] double uniform() const { return time_->uniform(); }

private:
    testing::VirtualTime* time_;
    const std::chrono::nanoseconds* lag_;
};

/// How a call ends.
enum class Ending : std::uint8_t { returns, network, timeout, bad_input, ignored };

void end_as(Ending ending) {
    switch (ending) {
        case Ending::returns: return;
        case Ending::network: throw conformance::Network{"network"};
        case Ending::timeout: throw conformance::Timeout{"timeout"};
        case Ending::bad_input: throw conformance::BadInput{"bad input"};
        case Ending::ignored: throw conformance::Network{"ignore"};
    }
}

/// What the tracker of a configuration says; nothing where the call does not count.
std::optional<bool> succeeds(std::string_view configuration, Ending ending) {
    if (ending == Ending::returns) {
        return true;
    }
    const bool is_network = ending != Ending::bad_input;
    if (configuration == "tracked_types" && !is_network) {
        return std::nullopt;
    }
    if (configuration == "tracker_expr" && (!is_network || ending == Ending::ignored)) {
        return std::nullopt;
    }
    return false;
}

/// Takes the steps of an input with both breakers.
template <class Environment, class... Policies>
class Drive {
    using Breaker = decltype(CircuitBreaker{
        std::declval<Environment>(), std::declval<Listeners<>>(), std::declval<Policies>()...});
    using Permission = typename Breaker::Permission;
    using Plain = decltype(plain::breaker_of(std::declval<std::tuple<Policies...>>()));

public:
    Drive(std::string_view configuration, const Input& input, const Policies&... policies)
        : configuration_{configuration},
          input_{input},
          plain_{plain::breaker_of(std::tuple{policies...})},
          breaker_{make_environment(),
                   Listeners{[this](const Signal& signal) { signals_.push_back(signal); }},
                   policies...} {}

    void run() {
        while (!input_.is_over()) {
            step();
            require(signals_.size() == plain_.signals().size() &&
                        (signals_.empty() || plain::same(signals_.back(), plain_.signals().back())),
                    "the signals");
        }
        require(plain::same(signals_, plain_.signals()), "all signals");
        require(plain::same(breaker_.info(), plain_.info()), "info");
    }

private:
    struct OpenCall {
        std::optional<Permission> permission;
        std::optional<plain::Grant> grant;
    };

    Environment make_environment() {
        if constexpr (std::same_as<Environment, testing::Virtual>) {
            return Environment{time_};
        } else {
            return Environment{time_, lag_};
        }
    }

    void step() {
        const std::uint8_t byte = input_.byte();
        const std::size_t detail = byte >> 4;
        switch (byte & 15) {
            case 0:
            case 1: call(Ending::returns, duration(detail)); break;
            case 2: {
                const std::size_t calls = 1 + input_.below(80);
                for (std::size_t i = 0; i != calls; ++i) {
                    call(Ending::returns, duration(detail));
                }
                break;
            }
            case 3:
            case 4: call(Ending::network, duration(detail)); break;
            case 5: call(static_cast<Ending>(detail % 5), duration(detail)); break;
            case 6: acquire(calls_[detail % calls_.size()]); break;
            case 7: settle(calls_[detail % calls_.size()], true); break;
            case 8: settle(calls_[detail % calls_.size()], false); break;
            case 9: advance(std::chrono::milliseconds{10} * input_.byte()); break;
            case 10: advance(duration(detail)); break;
            case 11: command(detail); break;
            case 12: require(plain::same(breaker_.info(), plain_.info()), "info"); break;
            case 13: {
                const double uniform = input_.byte() / 256.0;
                time_.draws(uniform);
                plain_.draws(uniform);
                break;
            }
            case 14: lag_ = std::chrono::microseconds{78} * input_.byte(); break;
            case 15: {
                const std::int64_t seconds = input_.byte();
                advance(std::chrono::seconds{seconds * seconds});
                break;
            }
        }
    }

    /// Durations at and around the thresholds of the trippers.
    static std::chrono::nanoseconds duration(std::size_t which) {
        constexpr std::array<std::chrono::nanoseconds, 8> durations{
            0ns, 0ns, 499ms, 500ms, 1s - 1ns, 1s, 3s, 123'456'789ns};
        return durations[which % durations.size()];
    }

    void advance(std::chrono::nanoseconds by) {
        time_.advance(by);
        plain_.advance(by);
    }

    void call(Ending ending, std::chrono::nanoseconds takes) {
        const std::optional<plain::Grant> grant = plain_.admit();
        bool ran = false;
        bool threw = false;
        const auto run = [&] {
            ran = true;
            advance(takes);
            end_as(ending);
        };
        try {
            const auto result = breaker_.try_call(run);
            if (!result.has_value()) {
                require(result.error() == plain_.rejection(), "the rejection");
            }
        } catch (const std::exception&) {
            threw = true;
        }
        require(ran == grant.has_value(), "whether a call is granted");
        require(threw == (ran && ending != Ending::returns), "whether a call throws");
        if (grant) {
            if (const std::optional<bool> success = succeeds(configuration_, ending)) {
                plain_.settle(*grant, *success);
            }
        }
    }

    void acquire(OpenCall& call) {
        drop(call);
        call.grant = plain_.admit();
        if (auto permission = breaker_.try_acquire()) {
            call.permission.emplace(std::move(*permission));
        }
        require(call.permission.has_value() == call.grant.has_value(),
                "whether a permission is given");
    }

    void drop(OpenCall& call) {
        if (call.permission) {
            call.permission.reset();
            plain_.drop(*call.grant);
        }
    }

    void settle(OpenCall& call, bool success) {
        if (!call.permission) {
            return;
        }
        success ? call.permission->succeeded() : call.permission->failed();
        plain_.settle(*call.grant, success);
        call.permission.reset();
    }

    void command(std::size_t which) {
        switch (which % 5) {
            case 0:
                breaker_.reset();
                plain_.command(State::closed);
                break;
            case 1:
                breaker_.disable();
                plain_.command(State::disabled);
                break;
            case 2:
                breaker_.metrics_only();
                plain_.command(State::metrics_only);
                break;
            case 3:
                breaker_.force_open();
                plain_.command(State::forced_open);
                break;
            default:
                breaker_.open_for(2s);
                plain_.open_for(2s);
                break;
        }
    }

    std::string_view configuration_;
    Input input_;
    testing::VirtualTime time_;
    std::chrono::nanoseconds lag_{};
    std::vector<Signal> signals_;
    Plain plain_;
    Breaker breaker_;
    std::array<OpenCall, 8> calls_;
};

template <class Environment, class... Policies>
void drive(std::string_view configuration, const Input& input, const Policies&... policies) {
    Drive<Environment, Policies...>{configuration, input, policies...}.run();
}

using Lagged = Lagging<std::mutex>;
using LaggedAlone = Lagging<detail::NoMutex>;

constexpr std::size_t recovering_configurations = 7;

/// Configurations that keep account of trials, or of calls that may be overdue.
void drive_recovering(std::size_t which, const Input& input) {
    switch (which) {
        case 0:
            drive<Lagged>("", input, CountWindow{10}, FailureStreak{2}, Cooldown{3s},
                          permits::SingleTrial{1s});
            break;
        case 1:
            drive<Lagged>("", input, CountWindow{10}, MinRequests{4} & FailureRate{0.5},
                          Cooldown{500ms}, permits::Trials{3, 2, 1s});
            break;
        case 2:
            drive<LaggedAlone>("", input, TimeWindow{10s}, FailureScore{2, 0.5, 1},
                               SquareRootWait{500ms, 8s}, permits::SlowStart{4, 3s});
            break;
        case 3:
            drive<Lagged>("", input, CountWindow{20}, FailureScore{3, 0, 0.5} | FailureStreak{4},
                          Always{}, permits::All{}, MaxHalfOpenCalls{2});
            break;
        case 4:
            drive<testing::Virtual>("", input, CountWindow{10}, FailureStreak{3}, Cooldown{1s},
                                    permits::All{}, Overdue{1s});
            break;
        case 5:
            drive<testing::Virtual>("", input, TimeWindow{2s, 500ms},
                                    MinRequests{4} & SlowRate{0.5, 500ms}, Backoff{1s, 2.0, 8s},
                                    permits::Trials{2, 1, 500ms}, Overdue{3s});
            break;
        default:
            drive<testing::Virtual>("", input, TimeWindow{10s}, FailureScore{}, SquareRootWait{},
                                    permits::SingleTrial{2s}, Overdue{500ms});
            break;
    }
}

constexpr std::size_t more_configurations = 10;

/// Configurations at the borders of what is kept in which way, with a clock that lags.
void drive_more(std::size_t which, const Input& input) {
    constexpr permits::All all;
    switch (which) {
        case 0:
            drive<Lagged>("", input, CountWindow{1}, FailureStreak{1}, Cooldown{3s}, all);
            break;
        case 1:
            drive<Lagged>("", input, CountWindow{64},
                          FailureStreak{4} | (MinRequests{10} & FailureRate{0.3}), Cooldown{3s},
                          all);
            break;
        case 2:
            drive<Lagged>(
                "", input, CountWindow{65},
                MinRequests{10} & (SlowRate{0.5, 1s} | SlowRate{0.8, 500ms} | FailureRate{0.5}),
                Cooldown{3s}, all);
            break;
        case 3:
            drive<Lagged>("", input, CountWindow{130}, MinRequests{5} & SlowRate{0.4, 1s},
                          Cooldown{3s}, all);
            break;
        case 4:
            drive<Lagged>("", input, KeepDurations{CountWindow{7}},
                          AvgLatency{1s} | FailureStreak{3}, Cooldown{3s}, all);
            break;
        case 5:
            drive<Lagged>("", input, TimeWindow{2s, 500ms}, MinRequests{3} & FailureRate{0.4},
                          Cooldown{3s}, all);
            break;
        case 6:
            drive<LaggedAlone>("", input, TimeWindow{2s, 500ms}, MinRequests{3} & FailureRate{0.4},
                               Cooldown{3s}, all);
            break;
        case 7:
            drive<Lagged>("", input, TimeWindow{1s}, MinRequests{2} & SlowRate{1.0, 1s},
                          Cooldown{3s}, all);
            break;
        case 8:
            drive<LaggedAlone>("", input, CountWindow{100},
                               (HalfOpened{} & MinRequests{3} & FailureRate{0.5}) |
                                   (Closed{} & MinRequests{20} & FailureRate{0.2}),
                               Always{}, RampUp{0.2, 0.9, 10s});
            break;
        default:
            drive<Lagged>(
                "", input, TimeWindow{10s, 2s},
                MinRequests{4} & (FailureRate{0.6} | SlowRate{0.5, 500ms} | SlowRate{0.25, 1s}),
                Backoff{1s, 2.0, 8s}, Random{0.4});
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input{data, size};
    constexpr std::size_t named = conformance::configuration_names.size();
    const std::size_t which = input.below(named + more_configurations + recovering_configurations);
    if (which >= named + more_configurations) {
        drive_recovering(which - named - more_configurations, input);
        return 0;
    }
    if (which >= named) {
        drive_more(which - named, input);
        return 0;
    }
    const std::string_view name = conformance::configuration_names[which];
    const bool is_known = conformance::with_configuration(
        name, [&](const auto&... policies) { drive<testing::Virtual>(name, input, policies...); });
    require(is_known, "the configuration");
    return 0;
}
