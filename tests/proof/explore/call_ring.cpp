// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The ring between a thread that settles calls and one that writes them down.

#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/detail/recording/call_ring.hpp>

#include <functional>
#include <vector>

using namespace explore;

namespace {

using Ring = fluxgate::detail::CallRing<plain_data<int>, 2>;

/// Puts in as long as there is room; takes out twice, and the rest at the end.
class PutAndTaken final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    for (int number = 1; number <= 3; ++number) {
                        if (ring_.put(plain_data<int>{number})) {
                            put_.push_back(number);
                        }
                    }
                    ring_.close();
                },
                [this] {
                    take();
                    const bool was_closed = ring_.is_closed();
                    take();
                    took_all_ = was_closed;
                    taken_before_end_ = taken_.size();
                }};
    }
    void check() override {
        take();
        if (taken_ != put_) {
            report("what was taken is not what was put in");
        }
        if (took_all_ && taken_before_end_ != put_.size()) {
            report("something is left in a ring that was closed before it was emptied");
        }
        if (put_.size() < 2) {
            report("a ring that has room takes nothing");
        }
    }

    void take() {
        ring_.take_all([this](const plain_data<int>& number) { taken_.push_back(number); });
    }

    Ring ring_;
    std::vector<int> put_;
    std::vector<int> taken_;
    bool took_all_ = false;
    std::vector<int>::size_type taken_before_end_ = 0;
};

}  // namespace

TEST_CASE("a ring of calls is filled by one thread and emptied by another") {
    explore_program<PutAndTaken>();
}
