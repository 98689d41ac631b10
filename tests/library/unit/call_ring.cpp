// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The queue between a thread that settles calls and the one that writes them.

#include "catch.hpp"

#include <fluxgate/detail/recording/call_ring.hpp>

#include <memory>
#include <vector>

using Ring = fluxgate::detail::CallRing<int, 8>;

namespace {

std::vector<int> taken(Ring& ring) {
    std::vector<int> all;
    ring.take_all([&](int one) { all.push_back(one); });
    return all;
}

}  // namespace

TEST_CASE("a ring of calls is half full from the half on, and full at its end") {
    Ring ring;
    for (int round = 0; round != 5; ++round) {
        for (int i = 0; i != 8; ++i) {
            CHECK(ring.is_half_full() == (i >= 4));
            CHECK(ring.put(i));
        }
        CHECK(ring.is_half_full());
        CHECK_FALSE(ring.put(8));
        CHECK(taken(ring) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
        CHECK(taken(ring).empty());
        CHECK_FALSE(ring.is_half_full());
        CHECK(ring.put(round));  // so that the next round begins elsewhere
        CHECK(taken(ring) == std::vector<int>{round});
    }
}

TEST_CASE("a ring of calls keeps nothing that was taken") {
    fluxgate::detail::CallRing<std::shared_ptr<int>, 4> ring;
    const auto value = std::make_shared<int>(1);
    CHECK(ring.put(value));
    ring.take_all([](const std::shared_ptr<int>&) {});
    CHECK(value.use_count() == 1);
}

TEST_CASE("a ring of calls is closed once, for good") {
    Ring ring;
    CHECK_FALSE(ring.is_closed());
    CHECK(ring.put(1));
    ring.close();
    CHECK(ring.is_closed());
    CHECK(taken(ring) == std::vector<int>{1});
    CHECK(ring.is_closed());
}
