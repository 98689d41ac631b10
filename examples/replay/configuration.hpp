// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// One text of policies, and what it would have done.

#include "timeline.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/replay.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace replaying {

/// Replays calls through breakers of the same policies: one, or one for each key.
class Configuration {
public:
    /// Throws `fluxgate::PolicyError` where the text is wrong.
    Configuration(std::string text, bool is_by_key, const fluxgate::ReplayOptions& options)
        : text_{std::move(text)},
          policies_{fluxgate::parse_policies(text_)},
          is_by_key_{is_by_key},
          options_{options} {}

    void call(const fluxgate::RecordedCall& call) {
        const std::string key = is_by_key_ ? call.key : std::string{};
        One& one = ones_.try_emplace(key, policies_, options_).first->second;
        const bool is_let_by = one.replay.call(call);
        const bool is_bad = one.replay.is_bad(call);
        const Fate let_by = is_bad ? Fate::bad_let_by : Fate::good_let_by;
        const Fate rejected = is_bad ? Fate::bad_spared : Fate::good_lost;
        timeline_.add(call.at, is_let_by ? let_by : rejected);
    }

    /// Settles what is under way, and sums up.
    void finish() {
        for (auto& [key, one] : ones_) {
            const fluxgate::ReplayResult result = one.replay.finish();
            result_.good_let_by += result.good_let_by;
            result_.good_lost += result.good_lost;
            result_.bad_let_by += result.bad_let_by;
            result_.bad_spared += result.bad_spared;
            const auto most = (std::chrono::nanoseconds::max)() - result_.waited_in_vain;
            result_.waited_in_vain += (std::min)(result.waited_in_vain, most);
            result_.opened.insert(result_.opened.end(), result.opened.begin(), result.opened.end());
            result_.closed.insert(result_.closed.end(), result.closed.begin(), result.closed.end());
        }
        std::ranges::sort(result_.opened);
        std::ranges::sort(result_.closed);
    }

    /// Returns the policies as they were given; what stands for the defaults where that is nothing.
    [[nodiscard]] std::string name() const { return text_.empty() ? "(defaults)" : text_; }
    [[nodiscard]] const fluxgate::ReplayResult& result() const noexcept { return result_; }
    [[nodiscard]] const Timeline& timeline() const noexcept { return timeline_; }

private:
    struct One {
        One(const fluxgate::Policies& policies, const fluxgate::ReplayOptions& options)
            : breaker{policies, fluxgate::testing::Virtual{time}}, replay{time, breaker, options} {}

        using Breaker =
            fluxgate::AnyCircuitBreaker<fluxgate::trackers::All, fluxgate::testing::Virtual>;
        fluxgate::testing::VirtualTime time;
        Breaker breaker;
        fluxgate::Replay<Breaker> replay;
    };

    std::string text_;
    fluxgate::Policies policies_;
    bool is_by_key_;
    fluxgate::ReplayOptions options_;
    std::map<std::string, One> ones_;
    fluxgate::ReplayResult result_;
    Timeline timeline_;
};

}  // namespace replaying
