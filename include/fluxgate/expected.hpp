// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <version>

// `fluxgate::expected` is `std::expected` where the standard library has it (C++23), else a class
// with the same names: its accessors and no more.

#if defined(__cpp_lib_expected)

#include <expected>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {
using std::bad_expected_access;
using std::expected;
using std::unexpected;
}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

#else

#include <cstdlib>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// What `value()` throws where there is none.
template <class E>
class bad_expected_access : public std::exception {
public:
    explicit bad_expected_access(E error) : error_{std::move(error)} {}

    [[nodiscard]] const char* what() const noexcept override { return "bad access to expected"; }
    [[nodiscard]] const E& error() const& noexcept { return error_; }

private:
    E error_;
};

/// An error, on its way into an `expected`.
template <class E>
class unexpected {
public:
    constexpr explicit unexpected(E error) : error_{std::move(error)} {}

    [[nodiscard]] constexpr const E& error() const& noexcept { return error_; }
    [[nodiscard]] constexpr E&& error() && noexcept { return std::move(error_); }

private:
    E error_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class E>
[[noreturn]] void throw_bad_access([[maybe_unused]] const E& error) {
#ifdef __cpp_exceptions
    throw bad_expected_access<E>{error};
#else
    std::abort();
#endif
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A value, or the error that came in its stead. As for `std::expected`, `*` and `->` need a value,
/// `error()` needs an error, and `value()` throws where there is none.
template <class T, class E>
class expected {
public:
    using value_type = T;
    using error_type = E;

    constexpr expected()
        requires std::is_default_constructible_v<T>
        : content_{std::in_place_index<0>} {}

    template <class U = T>
        requires(!std::is_same_v<std::remove_cvref_t<U>, expected> && std::is_constructible_v<T, U>)
    constexpr expected(U&& value) : content_{std::in_place_index<0>, std::forward<U>(value)} {}

    template <class... Args>
        requires std::is_constructible_v<T, Args...>
    constexpr explicit expected(std::in_place_t, Args&&... args)
        : content_{std::in_place_index<0>, std::forward<Args>(args)...} {}

    constexpr expected(unexpected<E> error)
        : content_{std::in_place_index<1>, std::move(error).error()} {}

    [[nodiscard]] constexpr bool has_value() const noexcept {
        return std::get_if<0>(&content_) != nullptr;
    }
    [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] constexpr T& operator*() & noexcept { return *std::get_if<0>(&content_); }
    [[nodiscard]] constexpr const T& operator*() const& noexcept {
        return *std::get_if<0>(&content_);
    }
    [[nodiscard]] constexpr T&& operator*() && noexcept { return std::move(**this); }

    [[nodiscard]] constexpr T* operator->() noexcept { return std::get_if<0>(&content_); }
    [[nodiscard]] constexpr const T* operator->() const noexcept {
        return std::get_if<0>(&content_);
    }

    [[nodiscard]] constexpr T& value() & {
        require_value();
        return **this;
    }
    [[nodiscard]] constexpr const T& value() const& {
        require_value();
        return **this;
    }
    [[nodiscard]] constexpr T&& value() && {
        require_value();
        return std::move(**this);
    }

    [[nodiscard]] constexpr E& error() & noexcept { return *std::get_if<1>(&content_); }
    [[nodiscard]] constexpr const E& error() const& noexcept { return *std::get_if<1>(&content_); }

    template <class U>
    [[nodiscard]] constexpr T value_or(U&& other) const& {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }
    template <class U>
    [[nodiscard]] constexpr T value_or(U&& other) && {
        return has_value() ? std::move(**this) : static_cast<T>(std::forward<U>(other));
    }

private:
    constexpr void require_value() const {
        if (!has_value()) {
            detail::throw_bad_access(error());
        }
    }

    std::variant<T, E> content_;
};

/// Success without a value, or an error.
template <class T, class E>
    requires std::is_void_v<T>
class expected<T, E> {
public:
    using value_type = T;
    using error_type = E;

    constexpr expected() = default;
    constexpr explicit expected(std::in_place_t) noexcept {}
    constexpr expected(unexpected<E> error) : error_{std::move(error).error()} {}

    [[nodiscard]] constexpr bool has_value() const noexcept { return !error_.has_value(); }
    [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value(); }

    constexpr void operator*() const noexcept {}
    constexpr void value() const {
        if (!has_value()) {
            detail::throw_bad_access(*error_);
        }
    }

    [[nodiscard]] constexpr E& error() & noexcept { return *error_; }
    [[nodiscard]] constexpr const E& error() const& noexcept { return *error_; }

private:
    std::optional<E> error_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

#endif
