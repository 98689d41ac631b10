// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

// What a fallback takes, told from its type, and how it is called.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

enum class Takes : std::uint8_t { pointer, nothing, one_type, unknown };

template <class Fallback>
consteval Takes takes() {
    using F = std::remove_reference_t<Fallback>;
    if constexpr (std::is_invocable_v<F&, std::exception_ptr>) {
        return Takes::pointer;
    } else if constexpr (std::is_invocable_v<F&>) {
        return Takes::nothing;
    } else if constexpr (std::is_void_v<exception_of<std::decay_t<Fallback>>>) {
        return Takes::unknown;
    } else if constexpr (std::is_invocable_v<F&, const exception_of<std::decay_t<Fallback>>&>) {
        return Takes::one_type;
    } else {
        return Takes::unknown;
    }
}

/// Returns whether it takes what nothing throws.
template <class Fallback>
consteval bool takes_rejection() {
    return takes<Fallback>() == Takes::one_type &&
           std::same_as<exception_of<std::decay_t<Fallback>>, Rejection>;
}

/// True where a reference of type `Result` refers to what one of type `Answer` refers to, and not to a
/// temporary object that is made of it.
template <class Answer, class Result>
inline constexpr bool refers_to_answer =
    std::is_convertible_v<std::remove_reference_t<Answer>*, std::remove_reference_t<Result>*>;

/// Returns the fallback's answer as a result of the protected function's type.
template <class R, class Fallback, class... Error>
R answer(Fallback& fallback, Error&&... error) {
    using Answer = std::invoke_result_t<Fallback&, Error...>;
    static_assert(std::is_void_v<R> || std::is_convertible_v<Answer, R> || std::same_as<Answer, R>,
                  "fluxgate: what the fallback returns converts to what the function returns");
    static_assert(!std::is_reference_v<R> || std::is_reference_v<Answer>,
                  "fluxgate: the function returns a reference, so the fallback returns one too: a "
                  "value would be gone before the caller sees it");
    static_assert(!std::is_reference_v<R> || refers_to_answer<Answer, R>,
                  "fluxgate: the function returns a reference, so the fallback returns one to the "
                  "same type: a value that is converted would be gone before the caller sees it");
    if constexpr (std::is_void_v<R>) {
        std::invoke(fallback, std::forward<Error>(error)...);
    } else {
        return std::invoke(fallback, std::forward<Error>(error)...);
    }
}

/// Returns whether the fallback can be told of a rejection that is not thrown.
template <class Fallback>
consteval bool answers_rejections() {
    if constexpr (takes<Fallback>() == Takes::one_type) {
        return std::derived_from<CallNotPermittedError, exception_of<std::decay_t<Fallback>>>;
    } else {
        return true;
    }
}

/// Counts a rejection, and returns the fallback's answer to it, which costs no throw.
template <class R, class Core, class Fallback>
R answer_rejection(Core& core, const Admission& admission, Fallback& fallback) {
    constexpr Takes kind = takes<Fallback>();
    if constexpr (kind == Takes::nothing) {
        core.count_rejection();  // nobody asks why, or for how long
        return answer<R>(fallback);
    } else {
        const CallNotPermittedError error{core.reject(admission)};
        if constexpr (kind == Takes::pointer) {
            return answer<R>(fallback, std::make_exception_ptr(error));
        } else {
            return answer<R>(fallback, error);
        }
    }
}

/// Says in a sentence what is wrong with a fallback.
template <class Fallback>
consteval bool check_fallback() {
    constexpr Takes kind = takes<Fallback>();
    static_assert(kind != Takes::unknown,
                  "fluxgate: a fallback takes a std::exception_ptr, or const E& of a named type E, "
                  "or nothing");
    static_assert(!takes_rejection<Fallback>(),
                  "fluxgate: nothing throws a Rejection: a fallback for rejections takes a const "
                  "CallNotPermittedError&, whose rejection() it is");
    return true;
}

#ifdef __cpp_exceptions
/// Returns the fallback's answer to the exception being handled, of which it takes each.
template <class R, class Fallback>
R answer_current(Fallback& fallback) {
    if constexpr (takes<Fallback>() == Takes::pointer) {
        return answer<R>(fallback, std::current_exception());
    } else {
        return answer<R>(fallback);
    }
}

/// Returns `f(args...)` as a granted call, settled before it returns. An exception settles the call,
/// and becomes the fallback's answer in the same handler; what the fallback throws goes on.
template <class R, class Core, class Tracker, class Fallback, class F, class... Args>
FLUXGATE_ALWAYS_INLINE inline R run_or_answer(Call<Core>&& call, const Tracker& tracker,
                                              Fallback& fallback, F&& f, Args&&... args) {
    using Unwinding = typename Core::Unwinding;
    try {
        if constexpr (std::is_void_v<R>) {
            detail::invoke(std::forward<F>(f), std::forward<Args>(args)...);
            call.settle(true);
            return;
        } else {
            R result = detail::invoke(std::forward<F>(f), std::forward<Args>(args)...);
            call.settle_by_result(tracker, result);
            if constexpr (std::is_reference_v<R>) {
                return static_cast<R>(result);
            } else {
                return result;
            }
        }
    } catch (const std::exception& caught) {
        pass_named_unwinding<Unwinding>();
        call.settle_by_exception(tracker, CaughtException{caught});
        return answer_current<R>(fallback);
    } catch (...) {
        pass_unwinding<Unwinding>();
        call.settle_by_exception(tracker, CaughtException{});
        return answer_current<R>(fallback);
    }
}

/// Asks for the call and returns `f(args...)`, or the fallback's answer to any exception and to a
/// rejection.
template <class R, class Core, class Tracker, class Fallback, class F, class... Args>
FLUXGATE_ALWAYS_INLINE inline R admit_or_answer(Core& core, const Tracker& tracker,
                                                Fallback& fallback, F&& f, Args&&... args) {
    typename Core::Admission admission{};
    try {
        admission = core.admit();
    } catch (...) {
        pass_unwinding<typename Core::Unwinding>();
        return answer_current<R>(fallback);
    }
    if (!admission) [[unlikely]] {
        return answer_rejection<R>(core, admission, fallback);
    }
    return run_or_answer<R>(Call<Core>{core, admission}, tracker, fallback, std::forward<F>(f),
                            std::forward<Args>(args)...);
}

/// True if a fallback takes every exception that a function throws, whose results can be judged.
template <class R, class Fallback>
inline constexpr bool answers_all =
    can_be_held<R> && (takes<Fallback>() == Takes::pointer || takes<Fallback>() == Takes::nothing);
#else
template <class R, class Fallback>
inline constexpr bool answers_all = false;
#endif

/// Asks for the call and returns `run(admission)`. An exception or a rejection becomes the
/// fallback's answer, where the fallback takes it; what the fallback throws goes on.
template <class R, class Core, class Fallback, class Run>
R with_fallback(Core& core, Fallback& fallback, Run&& run) {
    static_assert(check_fallback<Fallback>());
    typename Core::Admission admission{};
    admission.decision = Decision::rejected;

#ifdef __cpp_exceptions
    constexpr Takes kind = takes<Fallback>();
    if constexpr (kind == Takes::one_type) {
        try {
            admission = core.admit();
            if (admission) [[likely]] {
                return run(admission);
            }
        } catch (const exception_of<std::decay_t<Fallback>>& error) {
            pass_named_unwinding<typename Core::Unwinding>();
            return answer<R>(fallback, error);
        }
    } else {
        try {
            admission = core.admit();
            if (admission) [[likely]] {
                return run(admission);
            }
        } catch (...) {
            pass_unwinding<typename Core::Unwinding>();
            if constexpr (kind == Takes::pointer) {
                return answer<R>(fallback, std::current_exception());
            } else {
                return answer<R>(fallback);
            }
        }
    }
    if constexpr (!answers_rejections<Fallback>()) {
        throw error_of_rejection(core, admission);
    } else {
        return answer_rejection<R>(core, admission, fallback);
    }
#else
    static_assert(answers_rejections<Fallback>(),
                  "fluxgate: without exceptions a fallback is called for rejections alone");
    admission = core.admit();
    if (admission) [[likely]] {
        return run(admission);
    }
    return answer_rejection<R>(core, admission, fallback);
#endif
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
