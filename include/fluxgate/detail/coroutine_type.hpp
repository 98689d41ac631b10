// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>

namespace fluxgate::detail {

/// A coroutine type that a function returns, whatever its arguments are.
template <class R>
concept CoroutineType = requires { typename std::coroutine_traits<R>::promise_type; };

}  // namespace fluxgate::detail
