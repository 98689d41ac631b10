// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/registry.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/subscription.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A way from one state to another.
struct Transition {
    State from;
    State to;
    Reason reason;

    friend constexpr bool operator==(const Transition&, const Transition&) = default;
};

/// Calls `f` with each transition that a circuit can make: by itself, as the state table says, and
/// by a command or as others with which it is shared, from any state to each but half_open.
template <class F>
constexpr void for_each_transition(F f) {
    for (const StateRow& row : state_table) {
        const bool decides_trial = row.settling == Settling::decides_trial;
        if (decides_trial || row.settling == Settling::may_trip) {
            f(Transition{row.state, row.tripped, Reason::tripped});
            f(Transition{row.state, row.tripped, Reason::overdue});
        }
        if (decides_trial) {
            f(Transition{row.state, row.next, Reason::recovered});
        }
        if (row.admitting == Admitting::after_wait) {
            f(Transition{row.state, row.next, Reason::wait_over});
        }
        for (const StateRow& to : state_table) {
            if (to.admitting != Admitting::by_permit) {
                f(Transition{row.state, to.state, Reason::command});
                f(Transition{row.state, to.state, Reason::shared});
            }
        }
    }
}

inline constexpr std::size_t transition_count = [] {
    std::size_t count = 0;
    for_each_transition([&](const Transition&) { ++count; });
    return count;
}();

/// All of them.
inline constexpr std::array<Transition, transition_count> all_transitions = [] {
    std::array<Transition, transition_count> all{};
    std::size_t count = 0;
    for_each_transition([&](const Transition& transition) { all[count++] = transition; });
    return all;
}();

}  // namespace fluxgate::inline v0_1::detail

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Counts the transitions of a registry's breakers, from its own construction on. What a breaker
/// that is gone has made is forgotten when another one has its name, and at the latest when there
/// are twice as many as were kept.
///
/// Thread-safe. The registry must outlive it.
class TransitionCounts {
public:
    /// A count for each of `all_transitions`.
    using Counts = std::array<std::uint64_t, transition_count>;

    /// Throws `std::bad_alloc`.
    explicit TransitionCounts(Registry& registry)
        : registry_{registry},
          subscription_{registry.listen([this](const Signal& signal) { count(signal); })} {}

    /// Returns the counts of this breaker.
    [[nodiscard]] Counts of(const BreakerView& breaker) const {
        const std::lock_guard lock{mutex_};
        const auto found = by_name_.find(breaker.name().view());
        const bool is_known = found != by_name_.end() && found->second.breaker == breaker;
        return is_known ? found->second.counts : Counts{};
    }

private:
    struct Kept {
        BreakerView breaker;
        Counts counts{};
    };

    static constexpr std::size_t fewest_to_prune = 64;

    void count(const Signal& signal) {
        const Transition made{signal.old_state, signal.new_state, signal.reason};
        const auto kind = std::ranges::find(all_transitions, made);
        assert(kind != all_transitions.end());
        const auto place = static_cast<std::size_t>(kind - all_transitions.begin());
        const std::optional<BreakerView> breaker = registry_.find(signal.name.view());
        if (!breaker) {
            return;  // its end has begun: nobody will ask for it
        }
        const std::lock_guard lock{mutex_};
        auto found = by_name_.find(signal.name.view());
        if (found == by_name_.end()) {
            prune();
            found = by_name_.try_emplace(std::string{signal.name.view()}, Kept{*breaker}).first;
        } else if (found->second.breaker != *breaker) {
            found->second = Kept{*breaker};
        }
        ++found->second.counts[place];
    }

    /// Forgets those who are gone. Amortized over those that are added, it looks up two
    /// names for each.
    void prune() {
        if (by_name_.size() < prune_at_) {
            return;
        }
        std::erase_if(by_name_, [&](const auto& kept) {
            return registry_.find(kept.first) != kept.second.breaker;
        });
        prune_at_ = std::max(fewest_to_prune, 2 * by_name_.size());
    }

    Registry& registry_;
    mutable std::mutex mutex_;
    /// Guarded by the mutex.
    std::map<std::string, Kept, std::less<>> by_name_;
    /// Guarded by the mutex: how many there are when those who are gone are looked for.
    std::size_t prune_at_ = fewest_to_prune;
    /// Last, so that it ends first.
    Subscription subscription_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
