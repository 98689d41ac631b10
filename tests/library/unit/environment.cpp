// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/environment.hpp>

#include <cstdint>
#include <future>
#include <set>
#include <type_traits>

#if __has_include(<sys/wait.h>)
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#endif
#ifdef __linux__
#include <sys/syscall.h>
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
namespace {

/// Returns what a forked child draws, and what it takes for its number.
struct OfChild {
    double drawn = 0.0;
    std::uint64_t process = 0;
    pid_t child = 0;
};
template <class Fork>
OfChild ask_child(Fork forked) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = forked();
    REQUIRE(child >= 0);
    if (child == 0) {
        const OfChild told{Threaded::uniform(), detail::process_id(), 0};
        const bool written = write(ends[1], &told, sizeof told) == sizeof told;
        _exit(written ? 0 : 1);
    }
    OfChild told;
    CHECK(read(ends[0], &told, sizeof told) == sizeof told);
    told.child = child;
    close(ends[0]);
    close(ends[1]);
    CHECK(waitpid(child, nullptr, 0) == child);
    return told;
}

/// Has children forked in this way, and checks that each draws numbers of its own.
template <class Fork>
void check_draws(Fork forked) {
    std::set<double> drawn{Threaded::uniform()};
    for (int i = 0; i < 4; ++i) {
        const OfChild told = ask_child(forked);
        CHECK(told.process == static_cast<std::uint64_t>(told.child));
        drawn.insert(told.drawn);
    }
    CHECK(detail::process_id() == static_cast<std::uint64_t>(getpid()));
    drawn.insert(Threaded::uniform());
    CHECK(drawn.size() == 6);
}

}  // namespace

TEST_CASE("forked processes draw different numbers, also where their parent has drawn") {
    check_draws([] { return fork(); });
}

#ifdef SYS_clone
TEST_CASE("processes that the system clones, of which no handler hears, draw different numbers") {
    check_draws([] { return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); });
}
#endif
#endif

TEST_CASE("an environment is told by its base and by what it offers") {
    struct Incomplete : environment_base {};
    static_assert(!EnvironmentPolicy<Incomplete>);
    static_assert(std::is_empty_v<SingleThreaded::Mutex>);
    SUCCEED("at compile time");
}
