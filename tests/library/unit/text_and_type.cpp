// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A text means what the same policies mean in a type: both breakers take the same steps, with as
// many calls under way as come.

#include "catch.hpp"

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

template <class Breaker>
class Side {
public:
    using Permission = typename Breaker::Permission;

    template <class... Arguments>
    explicit Side(VirtualTime& time, Arguments... arguments)
        : breaker_{std::move(arguments)..., Virtual{time}} {}

    bool acquire() {
        auto permission = breaker_.try_acquire();
        if (permission) {
            calls_.push_back(std::move(*permission));
        }
        return permission.has_value();
    }
    void settle(std::size_t which, bool success) {
        if (calls_.empty()) {
            return;
        }
        const auto call = calls_.begin() + static_cast<std::ptrdiff_t>(which % calls_.size());
        success ? call->succeeded() : call->failed();
        calls_.erase(call);
    }
    void drop() {
        if (!calls_.empty()) {
            calls_.pop_back();
        }
    }
    void open() { breaker_.open_for(1s); }
    [[nodiscard]] std::string look() const {
        CircuitBreakerInfo info = breaker_.info();
        info.policies.clear();
        if (info.state == State::half_open) {
            info.calls_under_way.reset();  // a text may keep an account where a type needs none
        }
        return to_json(info);
    }

private:
    Breaker breaker_;
    std::vector<Permission> calls_;
};

/// Takes so many steps with a breaker of the text and with one of the same policies.
template <class FromTypes, class FromText, class... Typed>
void take_steps(std::string_view text, Typed... typed) {
    VirtualTime time;
    Side<FromTypes> one{time, std::move(typed)...};
    Side<FromText> other{time, parse_policies(text)};
    std::mt19937 random{7};
    bool is_same = true;
    for (int i = 0; i != 3'000 && is_same; ++i) {
        const auto draw = static_cast<std::size_t>(random());
        switch (draw % 16) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
            case 6: {
                time.draws(static_cast<double>(draw / 16 % 100) / 100.0);
                is_same = one.acquire() == other.acquire();
                break;
            }
            case 7:
            case 8:
                one.settle(draw, true);
                other.settle(draw, true);
                break;
            case 9:
            case 10:
                one.settle(draw, false);
                other.settle(draw, false);
                break;
            case 11:
                one.drop();
                other.drop();
                break;
            case 12:
                if (draw % 64 == 12) {
                    one.open();
                    other.open();
                }
                break;
            default: time.advance(std::chrono::milliseconds{draw / 16 % 700}); break;
        }
        is_same = is_same && one.look() == other.look();
    }
    CHECK(is_same);
    CHECK(one.look() == other.look());
}

/// Takes the steps with plain calls, and with those of breakers whose calls are awaited.
template <class... Typed>
void agree(std::string_view text, Typed... typed) {
    CAPTURE(text);
    using Plain = decltype(CircuitBreaker{std::declval<Typed>()..., std::declval<Virtual>()});
    take_steps<Plain, AnyCircuitBreaker<trackers::All, Virtual>>(text, typed...);
    using Awaited =
        decltype(AsyncCircuitBreaker{std::declval<Typed>()..., std::declval<Virtual>()});
    take_steps<Awaited, AnyAsyncCircuitBreaker<trackers::All, Virtual>>(text, typed...);
}

}  // namespace

TEST_CASE("a text means what the same policies mean in a type") {
    agree("");
    agree("preset = request_response(500ms)", presets::request_response(500ms));
    agree("preset = request_response; overdue = none", presets::request_response(),
          Overdue::none());
    agree("window = count_window(7)", CountWindow{7});
    agree("window = time_window(2s, 500ms); trip = failure_count(3)", TimeWindow{2s, 500ms},
          FailureCount{3});
    agree("window = keep_durations(count_window(9)); trip = failure_streak(3)",
          KeepDurations{CountWindow{9}}, FailureStreak{3});
    agree("trip = min_requests(5) & (failure_rate(0.5) | slow_rate(0.3, 400ms)); wait = always",
          MinRequests{5} & (FailureRate{0.5} | SlowRate{0.3, 400ms}), Always{});
    agree("trip = avg_latency(600ms); wait = cooldown(1s, 0.5)", AvgLatency{600ms},
          Cooldown{1s, 0.5});
    agree("trip = (closed & failure_streak(2)) | (half_opened & failure_rate(0.3)); wait = never",
          (Closed{} & FailureStreak{2}) | (HalfOpened{} & FailureRate{0.3}), Never{});
    agree("trip = failure_score(3, 0.5, 1); wait = backoff(500ms, 2, 5s, 0.2)",
          FailureScore{3, 0.5, 1}, Backoff{500ms, 2, 5s, 0.2});
    agree("trip = failure_streak(2); wait = linear(500ms, 2s, 0.1)", FailureStreak{2},
          Linear{500ms, 2s, 0.1});
    agree("window = time_window(3s); trip = failure_streak(2); wait = square_root_wait",
          TimeWindow{3s}, FailureStreak{2}, SquareRootWait{});
}

TEST_CASE("permits of a text admit as many trials as those of a type") {
    const auto with = [](std::string_view permit, auto typed) {
        agree("trip = min_requests(9) & failure_rate(0.9); wait = cooldown(1s); permit = " +
                  std::string{permit},
              MinRequests{9} & FailureRate{0.9}, Cooldown{1s}, typed);
    };
    with("all", permits::All{});
    with("random(0.7)", Random{0.7});
    with("ramp_up(0.5, 1, 3s)", RampUp{0.5, 1, 3s});
    with("single_trial", SingleTrial{});
    with("single_trial(1s)", SingleTrial{1s});
    with("trials(20, 12)", Trials{20, 12});
    with("trials(30)", Trials{30});
    with("slow_start(20, 2s)", SlowStart{20, 2s});
    with("slow_start", SlowStart{});
    agree("trip = failure_streak(3); permit = all; overdue = 900ms", FailureStreak{3},
          permits::All{}, Overdue{900ms});
}
