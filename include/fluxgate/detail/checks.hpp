// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#ifndef __cpp_exceptions
#include <cstdlib>
#endif

// Checks of the values that policies are made from. A wrong value throws at construction, naming
// parameter, value and range; in a constant expression the throw is what does not compile.

namespace fluxgate::detail {

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

/// A share of calls: in (0, 1].
constexpr double checked_ratio(double ratio, const char* parameter) {
    if (!(ratio > 0.0 && ratio <= 1.0)) {  // so written that NaN fails
        throw_invalid(parameter, written(ratio), "in (0, 1]");
    }
    return ratio;
}

/// The half-width of a spread around a duration, relative to it: in [0, 1].
constexpr double checked_jitter(double jitter, const char* parameter) {
    if (!(jitter >= 0.0 && jitter <= 1.0)) {
        throw_invalid(parameter, written(jitter), "in [0, 1]");
    }
    return jitter;
}

/// The factor from one wait to the next: above 1, and finite.
constexpr double checked_multiplier(double multiplier, const char* parameter) {
    if (!(multiplier > 1.0 && multiplier <= std::numeric_limits<double>::max())) {
        throw_invalid(parameter, written(multiplier), "above 1 and finite");
    }
    return multiplier;
}

/// What a number of calls may be given as.
template <class T>
concept Count = std::integral<T> && !std::same_as<T, bool>;

/// A number of calls: from 1 to 2^32 - 1. Signed and unsigned alike, so that `-1` is told as such.
template <Count Integer>
constexpr std::uint32_t checked_count(Integer count, const char* parameter) {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    if (std::cmp_less(count, 1) || std::cmp_greater(count, most)) {
        throw_invalid(parameter, std::to_string(count), "in [1, 4294967295]");
    }
    return static_cast<std::uint32_t>(count);
}

template <class...>
inline constexpr bool always_false = false;

/// A duration as a policy's parameter: any `std::chrono::duration`, of floating point too. It is
/// checked by the policy, which knows the parameter's name.
class Duration {
public:
    template <class Rep, class Period>
    constexpr Duration(std::chrono::duration<Rep, Period> value)
        : value_{rounded(std::chrono::duration<long double, std::nano>{value}, value)} {}

    template <class Number>
        requires std::is_arithmetic_v<Number>
    constexpr Duration(Number) {
        static_assert(always_false<Number>,
                      "fluxgate: a duration needs its unit: write 5s or std::chrono::seconds{5}, "
                      "not 5");
    }

    /// The value, if it is above zero and a number of nanoseconds that 64 bits can hold.
    constexpr std::chrono::nanoseconds checked(const char* parameter) const {
        if (!fits_) {
            throw_invalid(parameter, "no finite number within that",
                          "above 0 s and at most 292 years");
        }
        if (value_ <= std::chrono::nanoseconds::zero()) {
            throw_invalid(parameter, written(value_), "above 0 s and at most 292 years");
        }
        return value_;
    }

private:
    template <class Exact>
    constexpr std::chrono::nanoseconds rounded(std::chrono::duration<long double, std::nano> wide,
                                               Exact exact) {
        using std::chrono::nanoseconds;
        constexpr long double limit = 9223372036854775808.0L;  // 2^63
        fits_ = wide.count() > -limit && wide.count() < limit;
        return fits_ ? std::chrono::duration_cast<nanoseconds>(exact) : nanoseconds::zero();
    }

    bool fits_ = false;
    std::chrono::nanoseconds value_{};
};

}  // namespace fluxgate::detail
