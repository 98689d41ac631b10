// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

// What is wrong with a breaker's arguments, in a sentence each: the compiler's messages for users.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class T>
inline constexpr bool is_function = std::is_function_v<std::remove_pointer_t<T>>;
template <class T>
    requires requires { &T::operator(); }
inline constexpr bool is_function<T> = true;

// What a policy of one's own lacks, in a sentence each: the concepts' requirements one by one.

template <class T>
concept ConvertsToBool = std::convertible_to<T, bool>;

template <class T>
consteval bool check_window() {
    if constexpr (!WindowPolicy<T>) {
        static_assert(
            requires(T& window, const Record& record) { window.record(record); },
            "fluxgate: a window needs a member function record(const Record&)");
        static_assert(
            requires(const T& window) {
                { window.metric() } -> std::convertible_to<MetricView>;
            },
            "fluxgate: a window needs a member function metric() const, which returns a MetricView "
            "or a Metrics");
        static_assert(
            requires(T& window) { window.reset(); },
            "fluxgate: a window needs a member function reset()");
        static_assert(
            requires {
                { T::uses_time } -> ConvertsToBool;
                { T::uses_durations } -> ConvertsToBool;
            }, "fluxgate: a window's uses_time and uses_durations are static constexpr bools");
    }
    return true;
}

template <class T>
consteval bool check_tripper() {
    if constexpr (!TripperPolicy<T>) {
        static_assert(
            requires(const T& tripper, const CallContext& context) {
                { tripper(context) } -> ConvertsToBool;
            },
            "fluxgate: a tripper needs bool operator()(const CallContext&) const: it is called "
            "when "
            "const");
        static_assert(
            requires {
                { T::uses_durations } -> ConvertsToBool;
                { T::pure } -> ConvertsToBool;
                { T::deferrable } -> ConvertsToBool;
                { T::uses_score } -> ConvertsToBool;
            },
            "fluxgate: a tripper's uses_durations, pure, deferrable and uses_score are static "
            "constexpr bools");
        static_assert(
            requires(const T& tripper) {
                { tripper.forgives() } -> std::convertible_to<double>;
            }, "fluxgate: a tripper's forgives() is const and returns a number");
        static_assert(
            requires(const T& tripper) {
                { tripper.min_requests() } -> std::convertible_to<std::uint64_t>;
            }, "fluxgate: a tripper's min_requests() is const and returns a number");
        static_assert(
            requires(const T& tripper) {
                std::tuple_size<std::remove_cvref_t<decltype(tripper.slow_thresholds())>>::value;
            },
            "fluxgate: a tripper's slow_thresholds() is const and returns a std::array of "
            "std::chrono::nanoseconds");
    }
    return true;
}

template <class T>
consteval bool check_retry() {
    constexpr bool takes_count =
        requires(const T& retry, std::uint32_t reopens, double u) { retry.wait(reopens, u); };
    constexpr bool takes_context =
        requires(const T& retry, const RetryContext& context) { retry.wait(context); };
    if constexpr (!RetryPolicy<T>) {
        static_assert(takes_count || takes_context,
                      "fluxgate: a retry needs a member function wait(std::uint32_t reopens, "
                      "double u) const or wait(const RetryContext&) const");
    }
    static_assert(
        takes_count == WaitsByCount<T> && takes_context == WaitsByContext<T>,
        "fluxgate: a retry's wait returns std::chrono::nanoseconds, and no other duration");
    return true;
}

template <class T>
consteval bool check_permit() {
    static_assert(
        AdmitsTrials<T> || !requires { &T::admits; },
        "fluxgate: a permit's admits takes a const TrialContext&, is const and returns a "
        "bool");
    if constexpr (!PermitPolicy<T>) {
        static_assert(
            AsksAlone<T> || requires { &T::admits; },
            "fluxgate: a permit needs bool operator()(std::chrono::nanoseconds since_half_open, "
            "double u) const, or bool admits(const TrialContext&) const");
    }
    static_assert(
        JudgesTrials<T> || !requires { &T::judge; },
        "fluxgate: a permit's judge takes a const TrialContext& and a bool, is const and "
        "returns a Judgement");
    static_assert(
        LeasesTrials<T> || !requires { &T::lease; },
        "fluxgate: a permit's lease() is const and returns std::chrono::nanoseconds");
    return true;
}

template <class T>
consteval bool check_environment() {
    if constexpr (!EnvironmentPolicy<T>) {
        static_assert(
            requires(T& environment) {
                { environment.now() } -> std::same_as<std::chrono::steady_clock::time_point>;
            }, "fluxgate: an environment's now() returns a std::chrono::steady_clock::time_point");
        static_assert(
            requires(T& environment) {
                { environment.wall_clock() } -> std::same_as<std::chrono::system_clock::time_point>;
            },
            "fluxgate: an environment's wall_clock() returns a "
            "std::chrono::system_clock::time_point");
        static_assert(
            requires(T& environment) {
                { environment.uniform() } -> std::convertible_to<double>;
            }, "fluxgate: an environment's uniform() returns a double in [0, 1)");
        static_assert(
            requires(typename T::Mutex& mutex) {
                mutex.lock();
                mutex.unlock();
            }, "fluxgate: an environment names its Mutex, a type with lock() and unlock()");
    }
    return true;
}

/// Makes a name that `T` has too ambiguous, so that it can be told whether there is one, whatever
/// its parameters are.
struct TrackerNames {
    int counts_exception;
    int counts_result;
    int counts_as_success;
    int ignores_exception;
    int ignores_result;
};
template <class T>
struct NamesOf : T, TrackerNames {};

template <class T>
concept NamesCountsException = std::is_final_v<T> || !requires { &NamesOf<T>::counts_exception; };
template <class T>
concept NamesCountsResult = std::is_final_v<T> || !requires { &NamesOf<T>::counts_result; };

template <class T>
concept NamesCountsAsSuccess = std::is_final_v<T> || !requires { &NamesOf<T>::counts_as_success; };

template <class T>
concept NamesIgnores = std::is_final_v<T> || !requires { &NamesOf<T>::ignores_exception; } ||
                       !requires { &NamesOf<T>::ignores_result; };

/// A member that judges exceptions, but cannot be called for one; no template and no overload, and
/// not constrained away.
template <class T>
concept MisjudgesExceptions = requires { &T::counts_exception; } && !tracks_exceptions<T>;

/// A member that knows answers, but cannot be called for an exception.
template <class T>
concept MisjudgesAnswers = requires { &T::counts_as_success; } && !tracks_answers<T>;

/// A member that knows exceptions which say nothing, but cannot be called for one.
template <class T>
concept MisignoresExceptions = requires { &T::ignores_exception; } && !ignores_exceptions<T>;

/// A member that knows results of one type which say nothing, but cannot be called for one.
template <class T>
concept MisignoresResults = requires { &T::ignores_result; } &&
                            !std::is_void_v<exception_of<decltype(&T::ignores_result)>> &&
                            !ignores_results<T, exception_of<decltype(&T::ignores_result)>>;

/// A member that judges results of one type, but cannot be called for one.
template <class T>
concept MisjudgesResults =
    requires { &T::counts_result; } && !std::is_void_v<exception_of<decltype(&T::counts_result)>> &&
    !tracks_results<T, exception_of<decltype(&T::counts_result)>>;

template <class T>
struct CheckTracker {
    static consteval bool passes() {
        static_assert(NamesCountsException<T> || NamesCountsResult<T> || NamesCountsAsSuccess<T> ||
                          NamesIgnores<T>,
                      "fluxgate: a tracker needs counts_exception(const CaughtException&) const, "
                      "counts_result(const R&) const, or both, but has neither");
        static_assert(!MisjudgesExceptions<T>,
                      "fluxgate: a tracker's counts_exception takes a const CaughtException&, is "
                      "const and returns a bool");
        static_assert(!MisjudgesAnswers<T>,
                      "fluxgate: a tracker's counts_as_success takes a const CaughtException&, is "
                      "const and returns a bool");
        static_assert(
            !MisjudgesResults<T>,
            "fluxgate: a tracker's counts_result takes a const R&, is const and returns a "
            "bool");
        static_assert(!MisignoresExceptions<T>,
                      "fluxgate: a tracker's ignores_exception takes a const CaughtException&, is "
                      "const and returns a bool");
        static_assert(!MisignoresResults<T>,
                      "fluxgate: a tracker's ignores_result takes a const R&, is const and returns "
                      "a bool");
        return true;
    }
};
template <class... Operands>
struct CheckTracker<trackers::AllOf<Operands...>> {
    static consteval bool passes() { return (CheckTracker<Operands>::passes() && ...); }
};
template <class... Operands>
struct CheckTracker<trackers::AnyOf<Operands...>> {
    static consteval bool passes() { return (CheckTracker<Operands>::passes() && ...); }
};
template <class Operand>
struct CheckTracker<trackers::Not<Operand>> : CheckTracker<Operand> {};

template <class T>
consteval bool check_policy() {
    if constexpr (is_argument<T>) {
        static_assert(std::move_constructible<T>,
                      "fluxgate: a policy is moved into its breaker, but this one cannot be moved");
    }
    if constexpr (of_family<WindowFamily, T>) {
        return check_window<T>();
    } else if constexpr (of_family<TrackerFamily, T>) {
        return CheckTracker<T>::passes();
    } else if constexpr (of_family<TripperFamily, T>) {
        return check_tripper<T>();
    } else if constexpr (of_family<RetryFamily, T>) {
        return check_retry<T>();
    } else if constexpr (of_family<PermitFamily, T>) {
        return check_permit<T>();
    } else if constexpr (of_family<EnvironmentFamily, T>) {
        return check_environment<T>();
    } else {
        return true;
    }
}

template <class... Args>
consteval bool check_arguments();

/// Says in a sentence what is wrong with the arguments in a preset.
template <class T>
struct CheckPreset {
    static consteval bool passes() { return true; }
};
template <class... Parts>
struct CheckPreset<Preset<Parts...>> {
    static consteval bool passes() {
        static_assert(!(is_preset<Parts> || ...), "fluxgate: a preset holds no other preset");
        return check_arguments<Parts...>();
    }
};

/// Says in a sentence what is wrong with a breaker's arguments.
template <class... Args>
consteval bool check_arguments() {
    static_assert(
        ((is_argument<Args> || !is_function<Args>) && ...),
        "fluxgate: a function is no policy: write Custom{f} or Result{f} for a tracker, "
        "Listeners{f} for a listener, or derive a class from fluxgate::tripper_base for a "
        "tripper");
    static_assert(
        !(std::convertible_to<Args, std::string_view> || ...),
        "fluxgate: a string is no argument of a circuit breaker: where it is a name, write "
        "Name{\"payments\"}");
    static_assert(
        ((is_argument<Args> || is_function<Args>) && ...),
        "fluxgate: each argument of a circuit breaker is a policy (a window, a tracker, a "
        "tripper, a retry, a permit or an environment) or Listeners{...}; a policy of "
        "your own derives from its family's base, such as fluxgate::tripper_base");
    static_assert(count_of<WindowFamily, Args...> <= 1,
                  "fluxgate: a circuit breaker has one window, but is given two");
    static_assert(count_of<TrackerFamily, Args...> <= 1,
                  "fluxgate: a circuit breaker has one tracker, but is given two: combine them "
                  "with & or |");
    static_assert(count_of<TripperFamily, Args...> <= 1,
                  "fluxgate: a circuit breaker has one tripper, but is given two: combine them "
                  "with & or |");
    static_assert(count_of<RetryFamily, Args...> <= 1,
                  "fluxgate: a circuit breaker has one retry, but is given two");
    static_assert(count_of<PermitFamily, Args...> <= 1,
                  "fluxgate: a circuit breaker has one permit, but is given two");
    static_assert(count_of<EnvironmentFamily, Args...> <= 1,
                  "fluxgate: a circuit breaker has one environment, but is given two");
    static_assert(
        (std::size_t{0} + ... + (is_listeners<Args> ? 1 : 0)) <= 1,
        "fluxgate: a circuit breaker has one Listeners, but is given two: Listeners{f, g} "
        "takes several functions");
    static_assert((std::size_t{0} + ... + (is_trial_limit<Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one MaxHalfOpenCalls, but is given two");
    static_assert((std::size_t{0} + ... + (is_overdue<Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one Overdue, but is given two");
    static_assert((std::size_t{0} + ... + (is_preset<Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one preset, but is given two");
    static_assert((std::size_t{0} + ... + (std::same_as<Name, Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one Name, but is given two");
    static_assert((std::size_t{0} + ... + (std::same_as<Totals, Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one Totals, but is given two");
    static_assert((std::size_t{0} + ... + (std::same_as<Registered, Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker is in one registry, but is given two Registered");
    static_assert((std::size_t{0} + ... + (is_shared<Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker is in one fleet, but is given two Shared");
    static_assert((std::size_t{0} + ... + (std::same_as<Recorder, Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one Recorder, but is given two");
    static_assert((std::size_t{0} + ... + (std::same_as<Restored, Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker is restored once, but is given two Restored");
    static_assert((std::size_t{0} + ... + (std::same_as<OpenBudget, Args> ? 1 : 0)) <= 1,
                  "fluxgate: a circuit breaker has one OpenBudget, but is given two");
    return (check_policy<Args>() && ...) && (CheckPreset<Args>::passes() && ...);
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
