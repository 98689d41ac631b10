// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/pending.hpp>
#include <fluxgate/detail/machine/spin_wait.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <type_traits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Quick successes that are not in the window yet: the second of the three ways to settle.
///
/// Anybody adds; the holder of the breaker's lock takes, arms and restores. Adding succeeds only
/// between `arm` or `restore` and the next `take`, only for the period that was armed, only before
/// the end of its newest bucket, and only so often as was said: so whatever is taken belongs to the
/// current period.
///
/// The count begins at what leaves just that room below `Pending::most`, so that a call compares it
/// with a constant.
///
/// - `arm` and `restore` release the stamp, and `try_add` acquires it: a thread that sees the stamp
///   sees the end of its bucket, or a later one. A success of an earlier bucket than the newest is
///   late, and late ones belong to the newest bucket.
/// - Adding is relaxed: it publishes nothing but the number itself.
/// - `take` is relaxed too: as each addition and each `take` changes the same atomic, none is lost
///   or taken twice, and the lock orders those who take.
template <bool HasBuckets>
class PendingSuccesses {
public:
    /// Returns whether a time is before the end of the newest bucket, as far as is known here. The
    /// bucket of such a time is the newest one, or an earlier one that is late.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool is_of_newest_bucket(
        [[maybe_unused]] TimePoint time) const noexcept {
        if constexpr (HasBuckets) {
            return time < end_of_bucket_.load(std::memory_order_relaxed);
        } else {
            return true;
        }
    }

    /// Adds one, if armed for this period, before the end of the bucket, and while there is room.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool try_add(std::uint64_t period,
                                                      TimePoint time) noexcept {
        const Pending stamp{period};
        Pending pending = Pending::from_bits(bits_.load(std::memory_order_acquire));
        if (!is_of_newest_bucket(time)) {
            return false;
        }
        SpinWait wait;
        while (pending.has_stamp_of(stamp) && pending.count() < Pending::most) {
            std::uint64_t bits = pending.bits();
            if (bits_.compare_exchange_weak(bits, pending.plus_one().bits(),
                                            std::memory_order_relaxed)) {
                return true;
            }
            pending = Pending::from_bits(bits);
            wait();
        }
        return false;
    }

    // The rest is called under the breaker's lock.

    /// What was taken.
    struct Taken {
        std::uint64_t count = 0;
        /// What arms again for the room that is left.
        Pending rest;
    };

    /// Takes all, and disarms.
    [[nodiscard]] Taken take() noexcept {
        const Pending pending =
            Pending::from_bits(bits_.exchange(Pending{}.bits(), std::memory_order_relaxed));
        if (!pending.is_armed()) {
            return {};
        }
        const std::uint64_t count = pending.count() - begun_at_;
        begun_at_ = pending.count();
        return {count, pending};
    }

    /// Lets quick successes of this period be added, before the end of the newest bucket, and so
    /// many as there is room for, at most `Pending::most`. After `take`.
    void arm(std::uint64_t period, [[maybe_unused]] TimePoint end_of_bucket,
             std::uint64_t room) noexcept {
        if constexpr (HasBuckets) {
            end_of_bucket_.store(end_of_bucket, std::memory_order_relaxed);
        }
        begun_at_ = Pending::most - (std::min)(room, std::uint64_t{Pending::most});
        offer(Pending{period}.with_count(begun_at_));
    }

    /// Arms again as it was before the `take` that returned `taken`.
    void restore(const Taken& taken) noexcept { offer(taken.rest); }

    /// Forgets where the newest bucket ends: other buckets come. Before a period of theirs begins.
    void forget_bucket() noexcept {
        if constexpr (HasBuckets) {
            end_of_bucket_.store((TimePoint::min)(), std::memory_order_relaxed);
        }
    }

private:
    void offer(Pending pending) noexcept { bits_.store(pending.bits(), std::memory_order_release); }

    [[nodiscard]] static constexpr auto initial_end() noexcept {
        if constexpr (HasBuckets) {
            return (TimePoint::min)();
        } else {
            return Nothing{};
        }
    }

    /// The bits of a Pending: an atomic of a class would go through memory at each
    /// compare-exchange.
    std::atomic<std::uint64_t> bits_{};
    /// The count with which it was armed, or that it had when it was last taken. Guarded by the
    /// lock.
    std::uint64_t begun_at_ = 0;
    /// When the newest bucket ends. It only grows, until other buckets come.
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<HasBuckets, std::atomic<TimePoint>, Nothing>
        end_of_bucket_ = initial_end();

    static_assert(sizeof(void*) < 8 || std::atomic_uint64_t::is_always_lock_free,
                  "a call must not wait for a lock to add one to a machine word");
};

}  // namespace fluxgate::inline v0_1::detail
