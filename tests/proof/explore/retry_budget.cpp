// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The counts of a retry budget, where threads are in different slices of time.

#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/detail/retrying/slices.hpp>
#include <fluxgate/detail/retrying/sliding_count.hpp>
#include <fluxgate/detail/retrying/sliding_limit.hpp>

#include <cstdint>
#include <functional>
#include <vector>

using namespace explore;
using fluxgate::detail::Slice;

namespace {

using Count = fluxgate::detail::SlidingCount<2>;
using Limit = fluxgate::detail::SlidingLimit<2>;

constexpr Slice first = Limit::first;

/// Two may be admitted in two slices; one is already, in the first.
class AskedAcrossSlices final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { ask(first); }, [this] { ask(first + 1); }, [this] { ask(first + 1); }};
    }
    void check() override {
        if (admitted_ != 2) {
            report("not as many are admitted as the limit allows");
        }
    }

    void ask(Slice slice) {
        if (limit_.try_admit(slice, [](std::uint64_t count, Slice) { return count <= 2; })) {
            ++admitted_;
        }
    }

    Limit limit_;
    int admitted_ = limit_.try_admit(first, [](std::uint64_t, Slice) { return true; }) ? 1 : 0;
};

/// Events of two slices, the first of which has a cell that an earlier slice used.
class CountedAcrossSlices final : public World {
public:
    CountedAcrossSlices() { count_.count(first); }

private:
    std::vector<std::function<void()>> threads() override {
        return {[this] { count_.count(now); }, [this] { count_.count(now); },
                [this] { count_.count(now + 1); },
                [this] {
                    if (count_.sum(now) > 2) {
                        report("events are counted twice");
                    }
                }};
    }
    void check() override {
        if (count_.sum(now + 1) != 3) {
            report("an event is lost");
        }
    }

    static constexpr Slice now = first + fluxgate::detail::cells_for(2);

    Count count_;
};

}  // namespace

TEST_CASE("threads of two slices ask a limit for its last place") {
    explore_program<AskedAcrossSlices>();
}

TEST_CASE("threads of two slices count") {
    explore_program<CountedAcrossSlices>();
}
