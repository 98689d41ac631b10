// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/nothing.hpp>

#include <cstddef>
#include <type_traits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Two bytes that are so far apart never lie on one cache line, wherever the object begins. (An
/// object that is aligned to a cache line would need less, but compilers place it wrongly in the
/// frames of coroutines.)
#if defined(__s390x__)
inline constexpr std::size_t line_size = 256;
#elif defined(__powerpc64__) || (defined(__APPLE__) && defined(__aarch64__))
inline constexpr std::size_t line_size = 128;
#else
inline constexpr std::size_t line_size = 64;
#endif

template <std::size_t Size>
struct PaddingOf {
    std::byte bytes[Size];
};

/// The least room that these members take; an empty one takes none.
template <class... Members>
inline constexpr std::size_t least_size =
    (std::size_t{0} + ... + (std::is_empty_v<Members> ? 0 : sizeof(Members)));

/// The bytes that these members lack to keep what is before them and what is behind them on
/// different cache lines.
template <class... Members>
inline constexpr std::size_t padding_size =
    least_size<Members...> < line_size ? line_size - least_size<Members...> : 0;

/// Those bytes, where a breaker is shared by threads.
template <bool IsShared, class... Members>
using Padding = std::conditional_t<IsShared && padding_size<Members...> != 0,
                                   PaddingOf<padding_size<Members...>>, Nothing>;

}  // namespace fluxgate::inline v0_1::detail
