// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <ratio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#ifndef __cpp_exceptions
#include <cstdlib>
#endif

// The parameters from which policies are made: numbers, counts, durations and texts that the policy
// checks, since it knows their names. A wrong value throws at construction, naming parameter, value
// and range; in a constant expression the throw is what does not compile.
//
// They are types of the mode, so that a constructor that aborts without exceptions is another
// function than one that throws.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Throws `std::invalid_argument`; without exceptions, prints the sentence and aborts.
[[noreturn]] inline void throw_invalid(const char* parameter, const std::string& value,
                                       const std::string& range) {
    const std::string sentence =
        std::string{"fluxgate: "} + parameter + " must be " + range + ", but is " + value;
#ifdef __cpp_exceptions
    throw std::invalid_argument{sentence};
#else
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::abort();
#endif
}

inline std::string written(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

inline std::string written(std::chrono::nanoseconds value) {
    return written(std::chrono::duration<double>{value}.count()) + " s";
}

template <class...>
inline constexpr bool always_false = false;

/// A real number as a policy's parameter.
class Number {
public:
    constexpr Number(double value) noexcept : value_{value} {}

    /// Returns the value as a share of calls: in (0, 1].
    [[nodiscard]] constexpr double as_ratio(const char* parameter) const {
        // The comparisons are written so that NaN is rejected.
        return checked(value_ > 0.0 && value_ <= 1.0, parameter, "in (0, 1]");
    }

    /// Returns the value as the half-width of a spread around a duration, relative to it: in [0,
    /// 1].
    [[nodiscard]] constexpr double as_jitter(const char* parameter) const {
        return checked(value_ >= 0.0 && value_ <= 1.0, parameter, "in [0, 1]");
    }

    /// Returns the value as the factor from one wait to the next: above 1, and finite.
    [[nodiscard]] constexpr double as_multiplier(const char* parameter) const {
        constexpr double largest = (std::numeric_limits<double>::max)();
        return checked(value_ > 1.0 && value_ <= largest, parameter, "above 1 and finite");
    }

    /// Returns the value, if it is above zero and finite.
    [[nodiscard]] constexpr double as_positive(const char* parameter) const {
        constexpr double largest = (std::numeric_limits<double>::max)();
        return checked(value_ > 0.0 && value_ <= largest, parameter, "above 0 and finite");
    }

    /// Returns the value, if it is zero or above, and finite.
    [[nodiscard]] constexpr double as_not_negative(const char* parameter) const {
        constexpr double largest = (std::numeric_limits<double>::max)();
        return checked(value_ >= 0.0 && value_ <= largest, parameter, "at least 0 and finite");
    }

    /// Returns the value as a random draw: in [0, 1).
    [[nodiscard]] constexpr double as_draw(const char* parameter) const {
        return checked(value_ >= 0.0 && value_ < 1.0, parameter, "in [0, 1)");
    }

private:
    [[nodiscard]] constexpr double checked(bool is_right, const char* parameter,
                                           const char* range) const {
        if (!is_right) {
            throw_invalid(parameter, written(value_), range);
        }
        return value_;
    }

    double value_;
};

/// What a number of calls may be given as. Signed and unsigned alike, so that `-1` is told as such.
template <class T>
concept Integer = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool>;

/// A number of calls as a policy's parameter.
class Count {
public:
    template <Integer T>
    constexpr Count(T value) noexcept
        : is_negative_{std::cmp_less(value, 0)}, value_{static_cast<std::uint64_t>(value)} {}

    /// Returns the value: from 1 to 2^32 - 1.
    [[nodiscard]] constexpr std::uint32_t checked(const char* parameter) const {
        constexpr std::uint64_t most = 0xffffffff;
        if (is_negative_ || value_ == 0 || value_ > most) {
            throw_invalid(parameter, text(), "in [1, 4294967295]");
        }
        return static_cast<std::uint32_t>(value_);
    }

private:
    [[nodiscard]] std::string text() const {
        return is_negative_ ? "-" + std::to_string(std::uint64_t{0} - value_)
                            : std::to_string(value_);
    }

    bool is_negative_;
    std::uint64_t value_;
};

/// A text as a parameter.
class Text {
public:
    template <std::convertible_to<std::string_view> T>
    constexpr Text(const T& text) noexcept : text_{text} {}
    Text(std::nullptr_t) = delete;

    /// Returns the text, if there is any. It lives as long as what this was made of.
    [[nodiscard]] constexpr std::string_view checked(const char* parameter) const {
        if (text_.empty()) {
            throw_invalid(parameter, "empty", "at least one character long");
        }
        return text_;
    }

private:
    std::string_view text_;
};

/// A duration as a policy's parameter: any `std::chrono::duration`, of floating point too.
class Duration {
public:
    template <class Rep, class Period>
    constexpr Duration(std::chrono::duration<Rep, Period> value) {
        using Nanoseconds = std::ratio_divide<Period, std::nano>;
        if constexpr (std::integral<Rep> && Nanoseconds::num <= largest / Nanoseconds::den) {
            set_ticks<Nanoseconds::num, Nanoseconds::den>(value.count());
        } else {
            using Wide = std::common_type_t<Rep, double>;
            set_real(std::chrono::duration<Wide, std::nano>{value}.count());
        }
    }

    template <class T>
        requires std::is_arithmetic_v<T>
    constexpr Duration(T) {
        static_assert(always_false<T>,
                      "fluxgate: a duration needs its unit: write 5s or std::chrono::seconds{5}, "
                      "not 5");
    }

    /// Returns the value, if it is above zero and a number of nanoseconds that 64 bits can hold.
    [[nodiscard]] constexpr std::chrono::nanoseconds checked(const char* parameter) const {
        if (!fits_ || value_ <= std::chrono::nanoseconds::zero()) {
            throw_invalid(parameter, text(), "above 0 s and at most 292 years");
        }
        return value_;
    }

    /// Returns the value, if it is from zero to `most`; `range` says so in words.
    [[nodiscard]] constexpr std::chrono::nanoseconds checked_up_to(std::chrono::nanoseconds most,
                                                                   const char* parameter,
                                                                   const char* range) const {
        if (!fits_ || value_ < std::chrono::nanoseconds::zero() || value_ > most) {
            throw_invalid(parameter, text(), range);
        }
        return value_;
    }

private:
    static constexpr std::int64_t largest = (std::numeric_limits<std::int64_t>::max)();

    /// Sets the value to `ticks` * `Num` / `Den` nanoseconds, without a detour by floating point:
    /// not every platform has a type that is wide enough.
    template <std::int64_t Num, std::int64_t Den, class T>
    constexpr void set_ticks(T ticks) {
        // Characters may count too, but are not compared.
        using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
        const auto wide = static_cast<Wide>(ticks);
        if (std::cmp_greater(wide, largest) || std::cmp_less(wide, -largest)) {
            return;
        }
        const auto count = static_cast<std::int64_t>(wide);
        const std::int64_t whole = count / Den;
        const std::int64_t rest = count % Den * Num / Den;
        if (whole > largest / Num || whole < -(largest / Num)) {
            return;
        }
        const std::int64_t product = whole * Num;
        // The rest has the sign of the product, or that is zero.
        if (product >= 0 ? rest > largest - product : rest < -largest - product) {
            return;
        }
        fits_ = true;
        value_ = std::chrono::nanoseconds{product + rest};
    }

    template <class T>
    constexpr void set_real(T nanoseconds) {
        constexpr T limit = T(9223372036854775808.0);  // 2^63
        fits_ = nanoseconds > -limit && nanoseconds < limit;
        if (fits_) {
            value_ = std::chrono::nanoseconds{static_cast<std::int64_t>(nanoseconds)};
        }
    }

    [[nodiscard]] std::string text() const {
        return fits_ ? written(value_) : "not finite, or too large";
    }

    bool fits_ = false;
    std::chrono::nanoseconds value_{};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
