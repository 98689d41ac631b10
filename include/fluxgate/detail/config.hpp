// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// What depends on the compiler and on how a unit is compiled.

#ifdef FLUXGATE_SINGLE_HEADER
#error "fluxgate: the single header and <fluxgate/...> are included in one unit: include either"
#include <fluxgate/stops_here_with_two_copies>
#endif

// An #error does not end the compilation, and hundreds of others would follow. A header that is
// missing does end it.
#if defined(_MSVC_LANG)
#if _MSVC_LANG < 202002L
#define FLUXGATE_NEEDS_CXX20
#endif
#elif __cplusplus < 202002L
#define FLUXGATE_NEEDS_CXX20
#endif
#ifdef FLUXGATE_NEEDS_CXX20
#error "fluxgate: C++20 is needed: compile with -std=c++20 (MSVC: /std:c++20)"
#include <fluxgate/stops_here_without_cxx20>
#endif

// Programs link units that were compiled in different ways, and a function that is compiled in two
// ways must not have one name: the linker would keep either. So there are three places for a name:
//
//     fluxgate::v0_1                  what is the same in all units of this version
//     fluxgate::v0_1::FLUXGATE_MODE   what is compiled differently without exceptions or RTTI
//     fluxgate::v0_1::detail, and the same with FLUXGATE_MODE, for what users do not spell
//
// All are inline, so users write `fluxgate::`. A policy is one type in all units; what its
// constructor throws, or aborts for, depends on the mode, so the constructor's parameters are types
// of the mode. What differs with C++23 is told by return types that are spelled out.
//
// Such a namespace is tagged, so that functions that return one of its types, and variables of
// such a type, have names of their own too: to share a breaker between modes fails to link.
#if defined(__GNUC__)
#define FLUXGATE_ABI_TAG(tag) __attribute__((abi_tag(tag)))
#else
#define FLUXGATE_ABI_TAG(tag)
#endif
#if defined(__cpp_exceptions) && defined(__cpp_rtti)
#define FLUXGATE_MODE standard
#define FLUXGATE_MODE_TAG
#elif defined(__cpp_exceptions)
#define FLUXGATE_MODE no_rtti
#define FLUXGATE_MODE_TAG FLUXGATE_ABI_TAG("fluxgate_no_rtti")
#elif defined(__cpp_rtti)
#define FLUXGATE_MODE no_exceptions
#define FLUXGATE_MODE_TAG FLUXGATE_ABI_TAG("fluxgate_no_exceptions")
#else
#define FLUXGATE_MODE no_exceptions_no_rtti
#define FLUXGATE_MODE_TAG FLUXGATE_ABI_TAG("fluxgate_no_exceptions_no_rtti")
#endif

namespace fluxgate::inline v0_1 {
inline namespace FLUXGATE_MODE FLUXGATE_MODE_TAG {}

namespace detail {
inline namespace FLUXGATE_MODE {
/// The default argument of functions whose parameters do not tell the mode.
struct Mode {};
}  // namespace FLUXGATE_MODE
}  // namespace detail
}  // namespace fluxgate::inline v0_1

/// Makes the rest of a header a system header: Clang's -Weverything has warnings that no code
/// can heed, such as those for padding and for what C++98 lacked. Our own programs show them.
#if defined(__clang__) && !defined(FLUXGATE_SHOWS_WARNINGS)
#define FLUXGATE_SYSTEM_HEADER _Pragma("clang system_header")
#else
#define FLUXGATE_SYSTEM_HEADER
#endif

/// Keeps a function out of line: what is rarely run, out of the way of what is often run.
#if defined(__GNUC__)
#define FLUXGATE_NOINLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define FLUXGATE_NOINLINE __declspec(noinline)
#else
#define FLUXGATE_NOINLINE
#endif

/// Has a function inlined where the compiler would rather not: in what is rarely run, so that what
/// is often run keeps its values in registers.
#if defined(__GNUC__)
#define FLUXGATE_ALWAYS_INLINE __attribute__((always_inline))
#elif defined(_MSC_VER)
#define FLUXGATE_ALWAYS_INLINE __forceinline
#else
#define FLUXGATE_ALWAYS_INLINE
#endif

/// Lets an empty member take no room. MSVC ignores the standard's attribute.
#if defined(_MSC_VER)
#define FLUXGATE_NO_UNIQUE_ADDRESS [[msvc::no_unique_address]]
#else
#define FLUXGATE_NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif
