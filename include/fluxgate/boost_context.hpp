// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/environment.hpp>

#include <boost/context/detail/exception.hpp>

#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The environment of breakers that are called in fibers of Boost.Context, so of Boost.Fiber,
/// Boost.Coroutine2 and Asio's `spawn` too: `CircuitBreaker breaker{OnFibers{}};`. It is
/// `Environment` else.
///
/// A fiber that is destroyed while it is suspended has its stack unwound by an exception of
/// Boost's, which must go on. In this environment it does, and a call that it ends is neutral.
///
/// Each signal reaches the listeners in the fiber that made the transition, or in one that is
/// telling them already.
template <EnvironmentPolicy Environment = Threaded>
class OnFibers : public Environment {
public:
    /// The exception by which Boost.Context unwinds a stack.
    using unwinding = unwinding_types<boost::context::detail::forced_unwind>;

    /// Wraps a default environment.
    OnFibers()
        requires std::is_default_constructible_v<Environment>
    = default;
    /// Wraps this environment.
    explicit OnFibers(Environment environment) : Environment{std::move(environment)} {}
};

OnFibers() -> OnFibers<>;
template <EnvironmentPolicy Environment>
OnFibers(Environment) -> OnFibers<Environment>;

}  // namespace fluxgate::inline v0_1
