// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Durations as parameters, and times factors: exact, whatever the platform's long double is.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/retries.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>

using namespace fluxgate;
using namespace std::chrono_literals;
using std::chrono::duration;
using std::chrono::nanoseconds;

namespace {

nanoseconds of(detail::Duration value) {
    return value.checked("the duration");
}

constexpr nanoseconds longest = nanoseconds::max();

}  // namespace

TEST_CASE("a duration of any unit is the same number of nanoseconds") {
    CHECK(of(1500ms) == 1'500'000'000ns);
    CHECK(of(2h) == 7'200'000'000'000ns);
    CHECK(of(duration<std::uint64_t>{3}) == 3s);
    CHECK(of(duration<short, std::milli>{7}) == 7ms);
    CHECK(of(duration<std::int64_t, std::pico>{2'500'000}) == 2500ns);
    CHECK(of(duration<std::int64_t, std::ratio<1, 60>>{90}) == 1500ms);
    CHECK(of(duration<std::int64_t, std::ratio<1, 3>>{1}) == 333'333'333ns);
    CHECK(of(duration<char>{'a'}) == 97s);
    CHECK(of(duration<wchar_t>{L'a'}) == 97s);
    CHECK(of(0.25s) == 250ms);
    CHECK(of(duration<float>{0.5F}) == 500ms);
    CHECK(of(longest) == longest);
    CHECK(of(longest - 1ns) == longest - 1ns);
    static_assert(detail::Duration{longest}.checked("the longest") == longest);
}

TEST_CASE("a duration that is not above zero, or that 64 bits cannot hold, is refused") {
    const auto refused = [](detail::Duration value) {
        return !error_of([&] { of(value); }).empty();
    };
    CHECK(refused(0s));
    CHECK(refused(-1ns));
    CHECK(refused(nanoseconds::min()));
    CHECK(refused(duration<std::int64_t, std::pico>{999}));
    CHECK(refused(duration<std::int64_t, std::ratio<1, 3>>{-1}));
    CHECK(refused(duration<std::int64_t, std::ratio<1, 3>>{-27'670'116'110}));
    CHECK(refused(duration<std::int64_t, std::ratio<1, 3>>{27'670'116'111}));
    CHECK_FALSE(refused(duration<std::int64_t, std::ratio<1, 3>>{27'670'116'110}));
    CHECK(refused(std::chrono::hours{2'600'000}));
    CHECK_FALSE(refused(std::chrono::hours{2'562'047}));
    CHECK(refused(std::chrono::seconds::max()));
    CHECK(refused(std::chrono::seconds::min()));
    CHECK(refused(duration<std::uint64_t, std::nano>{std::numeric_limits<std::uint64_t>::max()}));
    CHECK(refused(duration<double>{1e10}));
    CHECK(refused(duration<double>{std::numeric_limits<double>::infinity()}));
    CHECK(refused(duration<double>{std::numeric_limits<double>::quiet_NaN()}));
    CHECK(
        error_of([] { of(std::chrono::seconds::max()); }) ==
        "fluxgate: the duration must be above 0 s and at most 292 years, but is not finite, or too "
        "large");
}

TEST_CASE("a duration times a factor is exact to the nanosecond, halves up") {
    using detail::scaled;
    CHECK(scaled(10s, 1.0) == 10s);
    CHECK(scaled(10s, 0.1) == 1s);
    CHECK(scaled(3ns, 0.5) == 2ns);
    CHECK(scaled(5ns, 0.5) == 3ns);
    CHECK(scaled(1ns, 0.49999999999999994) == 0ns);
    CHECK(scaled(1s, 0.0) == 0s);
    CHECK(scaled(0s, 1e300) == 0s);
    CHECK(scaled(1ns, std::numeric_limits<double>::denorm_min()) == 0ns);
    // Beyond 53 bits, where a product of doubles is off.
    CHECK(scaled(nanoseconds{9'007'199'254'740'993}, 3.0) == nanoseconds{27'021'597'764'222'979});
    CHECK(scaled(nanoseconds{4'611'686'018'427'387'903}, 2.0) == longest - 1ns);
    CHECK(scaled(nanoseconds{4'611'686'018'427'387'905}, 0.5) ==
          nanoseconds{2'305'843'009'213'693'953});
    // Large factors.
    CHECK(scaled(1ns, 0x1p60) == nanoseconds{std::int64_t{1} << 60});
    CHECK(scaled(3ns, 0x1p53) == nanoseconds{3 * (std::int64_t{1} << 53)});
    CHECK(scaled(1ns, 1e150) == longest - 1ns);
    CHECK(scaled(longest, 1.0) == longest - 1ns);
    CHECK(scaled(longest, 1.7) == longest - 1ns);
    static_assert(scaled(10s, 1.5) == 15s);
}

TEST_CASE("a backoff keeps to the nanosecond up to its longest wait") {
    constexpr Backoff backoff{nanoseconds{1'000'000'001}, 3.0, longest - 1ns};
    CHECK(backoff.wait(20, 0.0) == nanoseconds{3'486'784'404'486'784'401});
    CHECK(backoff.wait(21, 0.0) == longest - 1ns);
    constexpr Backoff thirds{10s, 1.5, 1h};
    CHECK(thirds.wait(4, 0.0) == 50'625'000'000ns);
    static_assert(thirds.wait(1, 0.0) == 15s);
}
