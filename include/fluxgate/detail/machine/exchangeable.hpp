// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <atomic>
#include <type_traits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A value of a breaker's policies that anybody reads and the holder of the breaker's lock changes
/// with them. `get` acquires what `set` releases: a thread that sees the value of new policies sees
/// as well that the period of the old ones is over.
template <class T>
class Exchangeable {
public:
    explicit Exchangeable(T value) noexcept : value_{value} {}
    /// Copies and assigns the value. Under the lock, where the other one may be changed.
    Exchangeable(const Exchangeable& other) noexcept : Exchangeable{other.get()} {}
    Exchangeable& operator=(const Exchangeable& other) noexcept {
        set(other.get());
        return *this;
    }
    ~Exchangeable() = default;

    [[nodiscard]] FLUXGATE_ALWAYS_INLINE T get() const noexcept {
        return value_.load(std::memory_order_acquire);
    }
    void set(T value) noexcept { value_.store(value, std::memory_order_release); }

private:
    std::atomic<T> value_;
};

/// Holds a value of policies that never change, for code that serves both kinds.
template <class T>
class Fixed {
public:
    explicit constexpr Fixed(T value) noexcept : value_{value} {}

    [[nodiscard]] constexpr T get() const noexcept { return value_; }

private:
    T value_;
};

/// The holder of a value of policies, exchangeable or fixed.
template <bool Changes, class T>
using exchangeable_if = std::conditional_t<Changes, Exchangeable<T>, Fixed<T>>;

}  // namespace fluxgate::inline v0_1::detail
