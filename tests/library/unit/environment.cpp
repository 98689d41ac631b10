// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/environment.hpp>

#include <future>
#include <set>
#include <type_traits>

#if __has_include(<sys/wait.h>)
#include <sys/wait.h>
#include <unistd.h>
#endif

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

#if __has_include(<sys/wait.h>)
TEST_CASE("forked processes draw different numbers, also where their parent has drawn") {
    std::set<double> drawn{Threaded::uniform()};
    for (int i = 0; i < 4; ++i) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const double u = Threaded::uniform();
            const bool written = write(ends[1], &u, sizeof u) == sizeof u;
            _exit(written ? 0 : 1);
        }
        double u = 0.0;
        CHECK(read(ends[0], &u, sizeof u) == sizeof u);
        drawn.insert(u);
        close(ends[0]);
        close(ends[1]);
        CHECK(waitpid(child, nullptr, 0) == child);
    }
    drawn.insert(Threaded::uniform());
    CHECK(drawn.size() == 6);
}
#endif

TEST_CASE("an environment is told by its base and by what it offers") {
    struct Incomplete : environment_base {};
    static_assert(!EnvironmentPolicy<Incomplete>);
    static_assert(std::is_empty_v<SingleThreaded::Mutex>);
    SUCCEED("at compile time");
}
