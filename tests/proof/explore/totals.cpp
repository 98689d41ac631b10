// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Totals that are read while threads count, while breakers come and go, and where cells move.

#include "breakers.hpp"
#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/fluxgate.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

using Breaker = decltype(CircuitBreaker{std::declval<Explored>(), std::declval<FailureStreak>(),
                                        std::declval<Totals>()});

TotalCounts totals(const Breaker& breaker) {
    return breaker.info().totals.value();
}

void expect(bool is_right, const char* what) {
    if (!is_right) {
        report(what);
    }
}

class ReadWhileCounted final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { succeed(); }, [this] { succeed(); },
                [this] { expect(totals(breaker_).succeeded <= 2, "a total is too large"); }};
    }
    void check() override { expect(totals(breaker_).succeeded == 2, "a success is not counted"); }

    void succeed() { breaker_.try_acquire().value().succeeded(); }

    Breaker breaker_{Explored{}, FailureStreak{9}, Totals{}};
};

class CellsMove final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    early_.try_acquire().value().succeeded();
                    late_.try_acquire().value().succeeded();  // for whose cell there is no room
                    early_.try_acquire().value().failed();
                },
                [this] { expect(totals(early_).succeeded <= 1, "a total is too large"); }};
    }
    void check() override {
        expect(totals(early_) == TotalCounts{.succeeded = 1, .failed = 1}, "a count is lost");
        expect(totals(late_) == TotalCounts{.succeeded = 1}, "a count is elsewhere");
    }

    Breaker early_{Explored{}, FailureStreak{9}, Totals{}};
    Breaker others_[3]{{Explored{}, FailureStreak{9}, Totals{}},
                       {Explored{}, FailureStreak{9}, Totals{}},
                       {Explored{}, FailureStreak{9}, Totals{}}};
    Breaker late_{Explored{}, FailureStreak{9}, Totals{}};
};

class SlotIsUsedAgain final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    first_->try_acquire().value().succeeded();
                    first_.reset();
                    second_.emplace(Explored{}, FailureStreak{9}, Totals{});
                    second_->try_acquire().value().failed();
                },
                [this] { other_.try_acquire().value().succeeded(); }};
    }
    void check() override {
        expect(totals(*second_) == TotalCounts{.failed = 1}, "a slot has counts of before");
        expect(totals(other_) == TotalCounts{.succeeded = 1}, "a count is elsewhere");
    }

    std::optional<Breaker> first_{std::in_place, Explored{}, FailureStreak{9}, Totals{}};
    std::optional<Breaker> second_;
    Breaker other_{Explored{}, FailureStreak{9}, Totals{}};
};

}  // namespace

TEST_CASE("totals are read while two threads count") {
    explore_program<ReadWhileCounted>();
}

TEST_CASE("totals are read while the cells of a thread move") {
    explore_program<CellsMove>();
}

TEST_CASE("a slot of totals is used again while others count") {
    explore_program<SlotIsUsedAgain>();
}
