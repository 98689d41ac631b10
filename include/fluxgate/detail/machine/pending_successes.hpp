// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/pending.hpp>
#include <fluxgate/detail/machine/spin_wait.hpp>
#include <fluxgate/detail/nothing.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <type_traits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Quick successes that are not in the window yet: the second of the three ways to settle.
///
/// Anybody adds; the holder of the breaker's lock takes, arms and restores. Adding succeeds only
/// between `arm` or `restore` and the next `take`, and only for the period and the bucket that were
/// armed: so whatever is taken belongs to the current period.
///
/// - `arm` and `restore` release the stamp, and `try_add` acquires it: a thread that sees the stamp
///   sees its bucket, or a later one. Where the bucket becomes a later one before the success is
///   added, the success is late, and late ones belong to the newest bucket.
/// - Adding is relaxed: it publishes nothing but the number itself.
/// - `take` is relaxed too: as each addition and each `take` changes the same atomic, none is lost
///   or taken twice, and the lock orders those who take.
template <bool HasBuckets>
class PendingSuccesses {
public:
    /// Adds one, if armed for this period and this bucket, and while there are fewer than `limit`,
    /// and fewer than there is room for.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool try_add(std::uint64_t period,
                                                      [[maybe_unused]] std::int64_t bucket,
                                                      std::uint64_t limit) noexcept {
        const Pending stamp{period};
        const std::uint64_t most = (std::min)(limit, std::uint64_t{Pending::most});
        Pending pending = Pending::from_bits(bits_.load(std::memory_order_acquire));
        if constexpr (HasBuckets) {
            if (bucket_.load(std::memory_order_relaxed) != bucket) {
                return false;
            }
        }
        SpinWait wait;
        while (pending.has_stamp_of(stamp) && pending.count() < most) {
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

    /// Takes all, and disarms.
    [[nodiscard]] Pending take() noexcept {
        return Pending::from_bits(bits_.exchange(Pending{}.bits(), std::memory_order_relaxed));
    }

    /// Lets quick successes of this period and bucket be added. After `take`.
    void arm(std::uint64_t period, [[maybe_unused]] std::int64_t bucket) noexcept {
        if constexpr (HasBuckets) {
            bucket_.store(bucket, std::memory_order_relaxed);
        }
        restore(Pending{period});
    }

    /// Arms again as it was before the `take` that returned `taken`.
    void restore(Pending taken) noexcept {
        bits_.store(taken.emptied().bits(), std::memory_order_release);
    }

private:
    /// The bits of a Pending: an atomic of a class would go through memory at each
    /// compare-exchange.
    std::atomic<std::uint64_t> bits_{};
    /// The armed bucket: the newest one. It only grows.
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<HasBuckets, std::atomic<std::int64_t>, Nothing>
        bucket_{};

    static_assert(sizeof(void*) < 8 || std::atomic_uint64_t::is_always_lock_free,
                  "a call must not wait for a lock to add one to a machine word");
};

}  // namespace fluxgate::inline v0_1::detail
