// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/environment.hpp>

#include <future>
#include <set>
#include <type_traits>

using namespace fluxgate;

TEST_CASE("uniform draws lie from 0 to below 1 and fill that evenly") {
    constexpr int draws = 100'000;
    double sum = 0.0;
    for (int i = 0; i < draws; ++i) {
        const double u = Threaded::uniform();
        REQUIRE(u >= 0.0);
        REQUIRE(u < 1.0);
        sum += u;
    }
    // The mean's standard deviation is 0.0009: ten of them.
    CHECK(sum / draws > 0.49);
    CHECK(sum / draws < 0.51);
}

TEST_CASE("threads draw different numbers") {
    std::set<double> drawn;
    for (int i = 0; i < 8; ++i) {
        drawn.insert(std::async(std::launch::async, [] { return Threaded::uniform(); }).get());
    }
    CHECK(drawn.size() == 8);
}

TEST_CASE("an environment is told by its base and by what it offers") {
    struct Incomplete : environment_base {};
    static_assert(!EnvironmentPolicy<Incomplete>);
    static_assert(std::is_empty_v<SingleThreaded::Mutex>);
    SUCCEED("at compile time");
}
