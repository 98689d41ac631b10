// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <deque>

namespace protection {

/// What succeeded and failed in the last span of time, which goes by in buckets.
class RollingCounts {
public:
    RollingCounts(Time span, Time bucket) : span_{span}, bucket_{bucket} {}

    void add_success(Time now) { ++bucket_of(now).successes; }
    void add_failure(Time now) { ++bucket_of(now).failures; }

    /// Drops the buckets that began a span ago or earlier.
    void forget(Time now) {
        while (!buckets_.empty() && now - buckets_.front().begin >= span_) {
            buckets_.pop_front();
        }
    }

    void clear() { buckets_.clear(); }

    [[nodiscard]] long successes() const {
        long sum = 0;
        for (const Bucket& bucket : buckets_) {
            sum += bucket.successes;
        }
        return sum;
    }
    [[nodiscard]] long failures() const {
        long sum = 0;
        for (const Bucket& bucket : buckets_) {
            sum += bucket.failures;
        }
        return sum;
    }
    [[nodiscard]] long total() const { return successes() + failures(); }

private:
    struct Bucket {
        Time begin;
        long successes = 0;
        long failures = 0;
    };

    Bucket& bucket_of(Time now) {
        const Time begin = now - now % bucket_;
        if (buckets_.empty() || buckets_.back().begin != begin) {
            buckets_.push_back(Bucket{.begin = begin});
        }
        forget(now);
        return buckets_.back();
    }

    Time span_;
    Time bucket_;
    std::deque<Bucket> buckets_;
};

}  // namespace protection
