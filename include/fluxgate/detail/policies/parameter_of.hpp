// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <type_traits>

// What a callable takes, where it has one parameter of a certain type.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The parameter of a callable that has one, as declared; void if it cannot be told.
template <class F>
struct parameter_of {
    using type = void;
};
template <class F>
    requires requires { &F::operator(); }
struct parameter_of<F> : parameter_of<decltype(&F::operator())> {};
template <class R, class A>
struct parameter_of<R (*)(A)> {
    using type = A;
};
template <class R, class A>
struct parameter_of<R (*)(A) noexcept> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A)> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A) const> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A) noexcept> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A) const noexcept> {
    using type = A;
};

template <class R, class C, class A>
struct parameter_of<R (C::*)(A)&> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A) const&> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A) & noexcept> {
    using type = A;
};
template <class R, class C, class A>
struct parameter_of<R (C::*)(A) const & noexcept> {
    using type = A;
};

/// The `E` of a callable that takes `const E&` or an `E`; void where there is none.
template <class F>
using exception_of = std::remove_cvref_t<typename parameter_of<F>::type>;

/// The type of the results that a predicate judges; void where it takes any.
template <class Predicate>
struct judged_by {
    using type = exception_of<Predicate>;
};
template <class Member, class C>
struct judged_by<Member C::*> {
    using type = C;
};

/// True if the results of type `R` are those that a predicate with this parameter was written for,
/// and none that would have to be converted for it.
template <class Parameter, class R>
inline constexpr bool is_asked_as_it_is =
    std::is_void_v<Parameter> || std::is_same_v<R, Parameter> || std::is_base_of_v<Parameter, R>;

}  // namespace fluxgate::inline v0_1::detail
