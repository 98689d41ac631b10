// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/preset.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trial_limits.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <tuple>

// What a breaker's arguments may be: the families of policies with their defaults, and listeners.

FLUXGATE_SYSTEM_HEADER

// Arguments that are known to their own headers.
namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {
class OpenBudget;
class Registered;
template <class Mode>
class Shared;
}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

// A family: its base class, its default policy, and how that is made.
// clang-format off
struct WindowFamily {
    using Base = window_base;
    using Default = CountWindow;
    static Default make_default() { return CountWindow{100}; }
};
struct TrackerFamily {
    using Base = tracker_base;
    using Default = trackers::All;
    static Default make_default() { return {}; }
};
struct TripperFamily {
    using Base = tripper_base;
    using Default = trippers::AllOf<MinRequests, FailureRate>;
    // A template, so that only those compile the expression who have it.
    template <class First = MinRequests>
    static Default make_default() { return First{100} & FailureRate{0.5}; }
};
struct RetryFamily {
    using Base = retry_base;
    using Default = Cooldown;
    static Default make_default() { return Cooldown{std::chrono::seconds{60}}; }
};
struct PermitFamily {
    using Base = permit_base;
    using Default = RampUp;
    static Default make_default() { return RampUp{0.1, 1.0, std::chrono::seconds{60}}; }
};
struct EnvironmentFamily {
    using Base = environment_base;
    using Default = Threaded;
    static Default make_default() { return {}; }
};
// clang-format on

// Families are told by their base alone, so that a policy that lacks a member is reported as such
// by its concept, and not as something unknown.
template <class Family, class T>
inline constexpr bool of_family = std::derived_from<T, typename Family::Base>;

/// False if this is of a family and no policy of it, which is then what is wrong with it.
template <class T>
inline constexpr bool is_sound = (!of_family<WindowFamily, T> || WindowPolicy<T>) &&
                                 (!of_family<TrackerFamily, T> || TrackerPolicy<T>) &&
                                 (!of_family<TripperFamily, T> || TripperPolicy<T>) &&
                                 (!of_family<RetryFamily, T> || RetryPolicy<T>) &&
                                 (!of_family<PermitFamily, T> || PermitPolicy<T>) &&
                                 (!of_family<EnvironmentFamily, T> || EnvironmentPolicy<T>);

template <class Family, class... Args>
inline constexpr std::size_t count_of = (std::size_t{0} + ... + (of_family<Family, Args> ? 1 : 0));

template <class T>
inline constexpr bool is_listeners = false;
template <class Coroutine>
inline constexpr bool is_listeners<Listeners<Coroutine>> = true;

template <class T>
inline constexpr bool is_shared = false;
template <class Mode>
inline constexpr bool is_shared<Shared<Mode>> = true;

/// What stands for an argument that is known to its own class alone.
struct OtherArgument {};

template <class T>
inline constexpr bool is_trial_limit = std::same_as<T, MaxHalfOpenCalls>;

template <class T>
inline constexpr bool is_overdue = std::same_as<T, Overdue> || std::same_as<T, NoOverdue>;

template <class T>
inline constexpr bool is_preset = false;
template <class... Parts>
inline constexpr bool is_preset<Preset<Parts...>> = true;

template <class T>
inline constexpr bool is_argument =
    of_family<WindowFamily, T> || of_family<TrackerFamily, T> || of_family<TripperFamily, T> ||
    of_family<RetryFamily, T> || of_family<PermitFamily, T> || of_family<EnvironmentFamily, T> ||
    is_listeners<T> || is_trial_limit<T> || is_overdue<T> || is_preset<T> || is_shared<T> ||
    std::same_as<T, Name> || std::same_as<T, Totals> || std::same_as<T, Registered> ||
    std::same_as<T, OpenBudget> || std::same_as<T, Restored> || std::same_as<T, Recorder> ||
    std::same_as<T, OtherArgument>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
