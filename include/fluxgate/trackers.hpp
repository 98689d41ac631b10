// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/expressions.hpp>
#include <fluxgate/detail/policies/parameter_of.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

// Trackers: does this exception, or this result, count as a failure of the protected service?
//
// 1. All           every exception. The default, and the cheapest: nothing is looked at.
// 2. TypeOf<E...>  exceptions of these types and of types derived from them. Use it to leave the
//                  caller's own mistakes out: a malformed request says nothing about the service.
// 3. Custom{f}     what f says: f takes `const E&` (other exceptions do not count), or
//                  `std::exception_ptr` for those who want to look for themselves.
// 4. AsSuccess<E...>  exceptions that are answers: they count as successes, whatever the others
//    say.
// 5. Result{pred}  results that pred says are failures: an error code, an empty optional, a 503.
// 6. Neutral{pred}  results or exceptions that say nothing about the service, whatever the others
//    say: a call that its own caller has cancelled.
//
// They combine with `&`, `|` and `~`. Each judges exceptions, results, or both, and an expression
// asks only those of its operands that judge the one at hand: where none does, every exception
// counts and no result. So `Result{is_5xx}` alone still counts every exception, and
// `~TypeOf<NotFound>{}` turns no result into a failure.
//
// An exception that does not count is neutral: it goes through untouched, and nothing is recorded.
// A result that does not count is a success: so where the result tells of failures, as an error
// code does, a breaker without `Result` never opens.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The base of every tracker: it brings `&`, `|` and `~`.
struct tracker_base {};

/// Says which exceptions and which results are failures.
///
/// A tracker of your own offers `bool counts_exception(const CaughtException&) const`,
/// `bool counts_result(const R&) const` for the results that it judges, or both. It may also offer
/// `bool counts_as_success(const CaughtException&) const`, which is asked before these, and
/// `bool ignores_exception(const CaughtException&) const` and `bool ignores_result(const R&) const`,
/// which are asked before all others: the call is neutral where they say true.
///
/// Semantics: called outside every lock, from any thread, after the protected call. The call of
/// which a tracker throws is neutral: the error goes to the caller, or, where the call itself has
/// thrown, is reported as errors of listeners are.
template <class T>
concept TrackerPolicy = std::derived_from<T, tracker_base> && std::move_constructible<T>;

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// The exception being handled, for trackers to look at. It lives as long as the handler.
///
/// Asking for a type costs a `dynamic_cast` where a cast can decide: the exception derives from
/// `std::exception`, and the type asked for is polymorphic. Else the exception is thrown and caught
/// once more, as the language has no other way.
class CaughtException {
public:
    /// Returns `std::current_exception()`.
    [[nodiscard]] std::exception_ptr pointer() const { return std::current_exception(); }

    /// Returns `f(e)` where the exception would be caught by `catch (const E& e)`, else false.
    template <class E, class F>
    [[nodiscard]] bool match(F&& f) const {
#ifdef __cpp_rtti
        if constexpr (std::is_polymorphic_v<E>) {
            if (standard_ != nullptr) {
                const E* const found = dynamic_cast<const E*>(standard_);
                return found != nullptr && std::invoke(std::forward<F>(f), *found);
            }
        }
#endif
        return match_by_throw<E>(std::forward<F>(f));
    }

    /// Returns whether the exception would be caught by `catch (const E&)`.
    template <class E>
    [[nodiscard]] bool is() const {
        return match<E>([](const E&) noexcept { return true; });
    }

    /// Is made in a handler of `const std::exception&`.
    explicit CaughtException(const std::exception& caught) noexcept : standard_{&caught} {}
    /// Is made in a handler of everything else.
    CaughtException() = default;

private:
    template <class E, class F>
    static bool match_by_throw([[maybe_unused]] F&& f) {
#ifdef __cpp_exceptions
        try {
            throw;
        } catch (const E& e) {
            return std::invoke(std::forward<F>(f), e);
        } catch (...) {
            return false;
        }
#else
        return false;
#endif
    }

    // Not looked at where there is no RTTI to look with.
    [[maybe_unused]] const std::exception* standard_ = nullptr;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class T>
concept tracks_exceptions = requires(const T& tracker, const CaughtException& caught) {
    { tracker.counts_exception(caught) } -> std::convertible_to<bool>;
};

template <class T, class R>
concept tracks_results = requires(const T& tracker, const R& result) {
    { tracker.counts_result(result) } -> std::convertible_to<bool>;
};

/// Returns whether the tracker counts the exception as a failure; `otherwise` where it does not
/// judge exceptions.
template <class T>
constexpr bool counts_exception(const T& tracker, const CaughtException& caught, bool otherwise) {
    if constexpr (tracks_exceptions<T>) {
        return static_cast<bool>(tracker.counts_exception(caught));
    } else {
        return otherwise;
    }
}

/// A tracker that knows exceptions which are answers, and so successes.
template <class T>
concept tracks_answers = requires(const T& tracker, const CaughtException& caught) {
    { tracker.counts_as_success(caught) } -> std::convertible_to<bool>;
};

/// Returns whether the tracker takes the exception for a success.
template <class T>
constexpr bool takes_for_success(const T& tracker, const CaughtException& caught) {
    if constexpr (tracks_answers<T>) {
        return static_cast<bool>(tracker.counts_as_success(caught));
    } else {
        return false;
    }
}

/// A tracker that knows exceptions which say nothing of the service.
template <class T>
concept ignores_exceptions = requires(const T& tracker, const CaughtException& caught) {
    { tracker.ignores_exception(caught) } -> std::convertible_to<bool>;
};

/// A tracker that knows results of this type which say nothing of the service.
template <class T, class R>
concept ignores_results = requires(const T& tracker, const R& result) {
    { tracker.ignores_result(result) } -> std::convertible_to<bool>;
};

/// A tracker that judges results of this type, or has some of them ignored.
template <class T, class R>
concept looks_at_results = tracks_results<T, R> || ignores_results<T, R>;

/// Returns whether the tracker has the exception ignored.
template <class T>
constexpr bool ignores(const T& tracker, const CaughtException& caught) {
    if constexpr (ignores_exceptions<T>) {
        return static_cast<bool>(tracker.ignores_exception(caught));
    } else {
        return false;
    }
}

/// Returns whether the tracker has the result ignored.
template <class T, class R>
constexpr bool ignores_result(const T& tracker, const R& result) {
    if constexpr (ignores_results<T, R>) {
        return static_cast<bool>(tracker.ignores_result(result));
    } else {
        return false;
    }
}

/// Returns whether the tracker counts the result as a failure; `otherwise` where it does not judge
/// results of that type.
template <class T, class R>
constexpr bool counts_result(const T& tracker, const R& result, bool otherwise) {
    if constexpr (tracks_results<T, R>) {
        return static_cast<bool>(tracker.counts_result(result));
    } else {
        return otherwise;
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1 {

namespace trackers {

/// Every exception counts as a failure, and no result does.
class All : public tracker_base {
public:
    /// Returns true, in an expression. A breaker that has this tracker alone does not ask it.
    [[nodiscard]] constexpr bool counts_exception(const CaughtException&) const noexcept {
        return true;
    }
};

/// Exceptions of the types `E...`, and of types derived from them, count as failures.
template <class... E>
class TypeOf : public tracker_base {
    static_assert(sizeof...(E) != 0,
                  "fluxgate: TypeOf needs the types that count: TypeOf<NetworkError>{}");
    static_assert((std::same_as<E, std::remove_cvref_t<E>> && ...),
                  "fluxgate: TypeOf takes plain types: write TypeOf<E>, not TypeOf<const E&>");

public:
    /// Returns whether a handler of one of the types would catch it.
    [[nodiscard]] bool counts_exception(const CaughtException& caught) const {
        return (caught.is<E>() || ...);
    }
};

/// Exceptions of the types `E...`, and of types derived from them, are successes: the service has
/// answered, as by "not found". No operand beside it overrules that; it says nothing of others.
///
///     AsSuccess<NotFound>{}                           NotFound succeeds, all else fails
///     AsSuccess<NotFound>{} | TypeOf<NetworkError>{}  NetworkError fails, all else is neutral
template <class... E>
class AsSuccess : public tracker_base {
    static_assert(sizeof...(E) != 0,
                  "fluxgate: AsSuccess needs the types that are answers: AsSuccess<NotFound>{}");
    static_assert((std::same_as<E, std::remove_cvref_t<E>> && ...),
                  "fluxgate: AsSuccess takes plain types: write AsSuccess<E>, not "
                  "AsSuccess<const E&>");

public:
    /// Returns whether a handler of one of the types would catch it.
    [[nodiscard]] bool counts_as_success(const CaughtException& caught) const {
        return (caught.is<E>() || ...);
    }
};

}  // namespace trackers

namespace detail {

/// What `AllOf` and `AnyOf` share: the operands, asked from the left for as long as they say what
/// one without a word would.
template <bool silent, class... Operands>
class TrackerExpression : public tracker_base {
public:
    constexpr explicit TrackerExpression(std::tuple<Operands...> operands)
        : operands_{std::move(operands)} {}

    [[nodiscard]] constexpr bool counts_exception(const CaughtException& caught) const
        requires(tracks_exceptions<Operands> || ...)
    {
        return ask(
            [&](const auto& operand) { return detail::counts_exception(operand, caught, silent); });
    }

    template <class R>
        requires(tracks_results<Operands, R> || ...)
    [[nodiscard]] constexpr bool counts_result(const R& result) const {
        return ask(
            [&](const auto& operand) { return detail::counts_result(operand, result, silent); });
    }

    [[nodiscard]] constexpr bool counts_as_success(const CaughtException& caught) const
        requires(tracks_answers<Operands> || ...)
    {
        return std::apply(
            [&](const Operands&... operand) { return (takes_for_success(operand, caught) || ...); },
            operands_);
    }

    [[nodiscard]] constexpr bool ignores_exception(const CaughtException& caught) const
        requires(ignores_exceptions<Operands> || ...)
    {
        return std::apply(
            [&](const Operands&... operand) { return (detail::ignores(operand, caught) || ...); },
            operands_);
    }

    template <class R>
        requires(ignores_results<Operands, R> || ...)
    [[nodiscard]] constexpr bool ignores_result(const R& result) const {
        return std::apply(
            [&](const Operands&... operand) {
                return (detail::ignores_result(operand, result) || ...);
            },
            operands_);
    }

    [[nodiscard]] constexpr std::tuple<Operands...> operands() && { return std::move(operands_); }

private:
    template <class Counts>
    constexpr bool ask(Counts counts) const {
        return std::apply(
            [&](const Operands&... operand) {
                const bool unanimous = ((counts(operand) == silent) && ...);
                return unanimous ? silent : !silent;
            },
            operands_);
    }

    std::tuple<Operands...> operands_;
};

}  // namespace detail

namespace trackers {

/// Exceptions count as failures when `f` says so.
///
/// `f` takes one parameter: `const E&`, and exceptions that are no `E` do not count; or
/// `std::exception_ptr`. It returns what converts to bool and is called from any thread.
template <class F>
class Custom : public tracker_base {
    using Exception = detail::exception_of<F>;
    static_assert(!std::is_void_v<Exception>,
                  "fluxgate: Custom takes a callable with exactly one parameter of a named type: "
                  "Custom{[](const NetworkError& error) { return ...; }}");
    static_assert(
        std::is_void_v<Exception> || std::is_invocable_r_v<bool, const F&, const Exception&>,
        "fluxgate: the callable of Custom takes const E&, returns a bool and can be called "
        "when const: Custom{[](const NetworkError& error) { return true; }}");

public:
    /// Keeps `f`, and calls it when const.
    constexpr explicit Custom(F f) : f_{std::move(f)} {}

    /// Returns what `f` says; false where it does not take the exception.
    [[nodiscard]] bool counts_exception(const CaughtException& caught) const {
        if constexpr (std::is_same_v<Exception, std::exception_ptr>) {
            return std::invoke(f_, caught.pointer());
        } else {
            return caught.match<Exception>(f_);
        }
    }

private:
    F f_;
};

/// Results count as failures when `pred` says so.
///
/// `pred` takes `const R&` or an `R`, and judges the results that are an `R` or derived from it. A
/// call of a function whose result would have to be converted to an `R`, as an enumerator to an
/// `int`, does not compile. One with a parameter of no certain type, such as `const auto&`, judges
/// every result that it can be called with: `std::same_as<int> auto` leaves all but an `int`
/// unasked. What it is not asked about is a success.
template <class Predicate>
class Result : public tracker_base {
    using Parameter = typename detail::judged_by<Predicate>::type;
    static_assert(
        std::is_void_v<Parameter> ||
            std::is_invocable_r_v<bool, const Predicate&,
                                  std::add_lvalue_reference_t<const Parameter>>,
        "fluxgate: the predicate of Result takes const R&, returns a bool and can be called "
        "when const: Result{[](const Response& response) { return ...; }}");

public:
    /// Keeps the predicate, and calls it when const.
    constexpr explicit Result(Predicate predicate) : predicate_{std::move(predicate)} {}

    /// What the predicate says.
    template <class R>
        requires(std::is_invocable_r_v<bool, const Predicate&, const R&>)
    [[nodiscard]] constexpr bool counts_result(const R& result) const {
        static_assert(detail::is_asked_as_it_is<Parameter, R>,
                      "fluxgate: the predicate of Result would be asked about a conversion of the "
                      "result: give it a parameter of the type that the function returns, or const "
                      "auto&; std::same_as<int> auto leaves results of other types unasked");
        return std::invoke(predicate_, result);
    }

private:
    Predicate predicate_;
};

/// Results and exceptions say nothing of the service when `pred` says so: the call is as if it was
/// not made, also where other operands have it for a failure or a success. So a call that its
/// caller cancelled.
///
/// `pred` takes `const R&` or an `R`. Of the results, it is asked about those that `Result` would
/// ask it about, under the same terms. Of the exceptions, it is asked about those that a handler of
/// `const R&` would catch, where `R` is a class; with `std::exception_ptr` about each, and about no
/// result. Of what it is not asked about it says nothing.
///
///     Neutral{[](const grpc::Status& s) { return s.error_code() == grpc::CANCELLED; }}
///         | Result{[](const grpc::Status& s) { return !s.ok(); }}
template <class Predicate>
class Neutral : public tracker_base {
    using Parameter = typename detail::judged_by<Predicate>::type;
    static constexpr bool takes_pointer = std::is_same_v<Parameter, std::exception_ptr>;
    static_assert(std::is_void_v<Parameter> ||
                      std::is_invocable_r_v<bool, const Predicate&,
                                            std::add_lvalue_reference_t<const Parameter>>,
                  "fluxgate: the predicate of Neutral takes const R&, a result or an exception, "
                  "returns a bool and can be called when const: "
                  "Neutral{[](const Response& response) { return ...; }}");

public:
    /// Keeps the predicate, and calls it when const.
    constexpr explicit Neutral(Predicate predicate) : predicate_{std::move(predicate)} {}

    /// Returns what the predicate says of the exception; false where it does not take it.
    [[nodiscard]] bool ignores_exception(const CaughtException& caught) const
        requires(std::is_class_v<Parameter>)
    {
        if constexpr (takes_pointer) {
            return std::invoke(predicate_, caught.pointer());
        } else {
            return caught.match<Parameter>(predicate_);
        }
    }

    /// Returns what the predicate says of the result.
    template <class R>
        requires(!takes_pointer && std::is_invocable_r_v<bool, const Predicate&, const R&>)
    [[nodiscard]] constexpr bool ignores_result(const R& result) const {
        static_assert(detail::is_asked_as_it_is<Parameter, R>,
                      "fluxgate: the predicate of Neutral would be asked about a conversion of the "
                      "result: give it a parameter of the type that the function returns, or const "
                      "auto&; std::same_as<int> auto leaves results of other types unasked");
        return std::invoke(predicate_, result);
    }

private:
    Predicate predicate_;
};

template <class Predicate>
Neutral(Predicate) -> Neutral<Predicate>;
template <class F>
Custom(F) -> Custom<F>;
template <class Predicate>
Result(Predicate) -> Result<Predicate>;

/// `a & b & ...`: a failure when each operand that judges it says so, asked from the left until one
/// says no.
template <class... Operands>
class AllOf : public detail::TrackerExpression<true, Operands...> {
public:
    using detail::TrackerExpression<true, Operands...>::TrackerExpression;
};

/// `a | b | ...`: a failure when one operand that judges it says so, asked from the left until one
/// says yes.
template <class... Operands>
class AnyOf : public detail::TrackerExpression<false, Operands...> {
public:
    using detail::TrackerExpression<false, Operands...>::TrackerExpression;
};

/// `~a`: the contrary, of what the operand judges. What it takes for a success stays one, and what
/// it ignores is ignored.
template <class Operand>
class Not : public tracker_base {
    static_assert(!detail::is_expression<Neutral, Operand>,
                  "fluxgate: ~Neutral{f} says nothing: negate what f says");
    static_assert(
        !detail::is_expression<AsSuccess, Operand>,
        "fluxgate: ~AsSuccess<E>{} says nothing: write TypeOf<E>{} where these exceptions "
        "are failures");

public:
    /// Makes what `~operand` makes.
    constexpr explicit Not(Operand operand) : operand_{std::move(operand)} {}

    /// Returns the contrary of what the operand says.
    [[nodiscard]] constexpr bool counts_exception(const CaughtException& caught) const
        requires detail::tracks_exceptions<Operand>
    {
        return !operand_.counts_exception(caught);
    }

    /// Returns the contrary of what the operand says.
    template <class R>
        requires detail::tracks_results<Operand, R>
    [[nodiscard]] constexpr bool counts_result(const R& result) const {
        return !operand_.counts_result(result);
    }

    /// Returns what the operand says.
    [[nodiscard]] constexpr bool counts_as_success(const CaughtException& caught) const
        requires detail::tracks_answers<Operand>
    {
        return operand_.counts_as_success(caught);
    }

    /// Returns what the operand says.
    [[nodiscard]] constexpr bool ignores_exception(const CaughtException& caught) const
        requires detail::ignores_exceptions<Operand>
    {
        return operand_.ignores_exception(caught);
    }

    /// Returns what the operand says.
    template <class R>
        requires detail::ignores_results<Operand, R>
    [[nodiscard]] constexpr bool ignores_result(const R& result) const {
        return operand_.ignores_result(result);
    }

private:
    Operand operand_;
};

}  // namespace trackers

/// Counts as a failure what both operands count as one.
template <TrackerPolicy Left, TrackerPolicy Right>
[[nodiscard]] constexpr auto operator&(Left left, Right right) {
    return detail::joined<trackers::AllOf>(std::move(left), std::move(right));
}

/// Counts as a failure what one of the operands counts as one.
template <TrackerPolicy Left, TrackerPolicy Right>
[[nodiscard]] constexpr auto operator|(Left left, Right right) {
    return detail::joined<trackers::AnyOf>(std::move(left), std::move(right));
}

/// Counts as a failure what the operand does not, of what it judges.
template <TrackerPolicy Operand>
[[nodiscard]] constexpr auto operator~(Operand operand) {
    return trackers::Not<Operand>{std::move(operand)};
}

using trackers::AsSuccess;
using trackers::Custom;
using trackers::Neutral;
using trackers::Result;
using trackers::TypeOf;

}  // namespace fluxgate::inline v0_1
