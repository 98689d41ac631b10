// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/cheap_clock.hpp>
#include <fluxgate/detail/machine/overdue_ring.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/metrics.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// An object that is always there, in the place of a pointer. What it points to is as const as the
/// pointer would have it: not at all.
template <class T>
class Present {
public:
    template <class... Args>
    explicit Present(const Args&... args) : object_{args...} {}

    [[nodiscard]] T* operator->() const noexcept { return &object_; }

private:
    mutable T object_;
};

/// The watch over calls that may be overdue: over which calls it is, by which clock they are timed,
/// and the ring that counts them. A call that is counted in is counted out once: by its own end, or
/// as overdue.
///
/// Anybody calls what is const, the holder of the breaker's lock the rest; the ring has the orders.
/// `TimesCalls` says whether somebody else wants the duration of each call, so that its clock has
/// to be precise.
///
/// Where policies may be exchanged (`Changes`), a word says whether the calls that find it are
/// watched. There is a ring from the first time on that they are.
template <EnvironmentPolicy Environment, bool TimesCalls, bool Changes>
class OverdueWatch {
    using Ring = OverdueRing<!std::same_as<typename Environment::Mutex, NoMutex>, Changes>;
    using RingHolder = std::conditional_t<Changes, std::unique_ptr<Ring>, Present<Ring>>;
    /// True if the coarse clock may say when a call begins and ends, where the ring bears that.
    static constexpr bool may_be_coarse = (!TimesCalls || Changes) && HasCoarseClock<Environment>;

public:
    /// A ring that is made before it is needed, without the lock.
    using Spare = std::unique_ptr<Ring>;

    /// Begins in this period; without a ring where there is no threshold.
    OverdueWatch(std::optional<std::chrono::nanoseconds> threshold, std::uint64_t period)
        : ring_{make_ring(threshold)} {
        restart(period);
    }

    /// Returns whether calls that find this word are watched.
    [[nodiscard]] static constexpr bool is_over([[maybe_unused]] Word word) noexcept {
        if constexpr (Changes) {
            return word.is_watched();
        } else {
            return true;
        }
    }

    /// Returns the time by the clock of the calls that find this word.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE TimePoint now(Environment& environment,
                                                       [[maybe_unused]] Word word) const {
        if constexpr (may_be_coarse) {
            if (!(Changes && word.is_timed()) && ring_->bears_error()) [[likely]] {
                return environment.coarse_now();
            }
        }
        return environment.now();
    }

    /// Returns a time in the current one of these buckets, where the clock of the calls has just said
    /// `now`.
    template <class Buckets>
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE TimePoint time_in_bucket(Environment& environment,
                                                                  const Buckets& buckets,
                                                                  TimePoint now) const {
        if constexpr (may_be_coarse) {
            if (ring_->bears_error()) {
                return detail::time_in_bucket(environment, buckets, now);
            }
        }
        return now;
    }

    /// Counts in a call of this period. Returns zero where that needs the lock.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE Ticket begin(std::uint64_t period,
                                                      TimePoint now) const noexcept {
        return ring_->begin(period, now);
    }

    /// Counts out a call. Returns false where `end_under_lock` is to say what became of it.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool end(Ticket ticket) const noexcept {
        return ring_->end(ticket);
    }

    /// Returns whether calls may be overdue.
    [[nodiscard]] bool is_due(TimePoint now) const noexcept { return ring_->is_due(now); }
    /// Returns whether a call that began and ended at these times of the calls' clock was overdue.
    [[nodiscard]] bool is_late(TimePoint began, TimePoint ended) const noexcept {
        return ring_->is_late(began, ended);
    }
    /// Returns what there is to record of a call that is overdue.
    [[nodiscard]] Record record(TimePoint now) const noexcept {
        return {.success = false, .duration = ring_->threshold(), .at = now};
    }

    // The rest, which is not const, is called under the breaker's lock.

    /// Counts in a call as `begin` does, and begins a slice for it where that is over.
    [[nodiscard]] Ticket begin_slice(std::uint64_t period, TimePoint now) noexcept {
        ring_->prepare(period, now);
        return ring_->begin(period, now);
    }

    /// Counts out a call whose slice was being put away, or that began before the threshold was
    /// changed. Returns false where it was taken as overdue, or its period is over.
    [[nodiscard]] bool end_under_lock(Ticket ticket) noexcept {
        if (ring_->end(ticket) || is_past(ticket)) {
            return true;
        }
        ring_->end_taken(ticket);
        return false;
    }

    /// Takes a call that is overdue, in the period of this word. Empty where there is none.
    [[nodiscard]] auto take_overdue(Word word, TimePoint now) noexcept {
        return is_over(word) ? ring_->take_overdue(now) : std::nullopt;
    }

    /// Returns the time after which a call is overdue.
    [[nodiscard]] std::chrono::nanoseconds threshold() const noexcept { return ring_->threshold(); }

    /// Has calls looked for at this time too, in the period of this word.
    void look_at(TimePoint due, Word word) noexcept {
        if (is_over(word)) {
            ring_->look_at(due);
        }
    }

    /// Returns how many calls of the period of this word are under way; empty where that is not
    /// known.
    [[nodiscard]] std::optional<std::uint64_t> calls_under_way(Word word) const noexcept {
        return is_over(word) ? std::optional{ring_->under_way()} : std::nullopt;
    }

    /// Returns the shorter of the two: the lease, and the time after which a call that finds this
    /// word is overdue.
    [[nodiscard]] std::chrono::nanoseconds shorter(std::chrono::nanoseconds lease,
                                                   Word word) noexcept {
        return is_over(word) ? (std::min)(lease, ring_->threshold()) : lease;
    }

    /// Begins a period, in which nothing has begun.
    void restart(std::uint64_t period) noexcept {
        if (has_ring()) {
            ring_->restart(period);
        }
    }

    /// Goes on in another period, with the calls under way.
    void go_on(std::uint64_t period) noexcept
        requires Changes
    {
        if (has_ring()) {
            ring_->go_on(period);
        }
    }

    /// Makes a ring, where there is a threshold. Without the lock.
    [[nodiscard]] static Spare make_spare(std::optional<std::chrono::nanoseconds> threshold)
        requires Changes
    {
        return threshold ? std::make_unique<Ring>(*threshold, error_of(*threshold)) : nullptr;
    }

    /// Makes room for `change`. Throws `std::bad_alloc`.
    void prepare_change()
        requires Changes
    {
        if (has_ring()) {
            ring_->prepare_change();
        }
    }

    /// Takes the spare ring where there is none yet: before a word says that calls are watched.
    void take(Spare& spare) noexcept
        requires Changes
    {
        if (!has_ring()) {
            ring_ = std::move(spare);
        }
    }

    /// Takes another threshold, or none, in the period that has just begun; `old` is the word of
    /// the one before. Returns whether it is another.
    bool change(std::optional<std::chrono::nanoseconds> overdue, Word old,
                std::uint64_t period) noexcept
        requires Changes
    {
        if (!has_ring()) {
            return false;
        }
        const auto threshold = overdue.value_or(ring_->threshold());
        const bool is_other =
            is_over(old) != overdue.has_value() || threshold != ring_->threshold();
        if (is_other) {
            since_ = period;
            ring_->change(threshold, error_of(threshold), period);
        }
        return is_other;
    }

    /// Returns whether a call that was granted in this period and ends now is overdue by the current
    /// threshold; false if the period is older than that threshold.
    [[nodiscard]] bool is_late_by_now(std::uint64_t period, TimePoint began, TimePoint now) noexcept
        requires Changes
    {
        return period >= since_ && ring_->is_late(began, now);
    }

private:
    struct Always {};

    [[nodiscard]] static RingHolder make_ring(
        [[maybe_unused]] std::optional<std::chrono::nanoseconds> threshold) {
        if constexpr (Changes) {
            return make_spare(threshold);
        } else {
            return RingHolder{*threshold, error_of(*threshold)};
        }
    }

    [[nodiscard]] bool has_ring() const noexcept {
        if constexpr (Changes) {
            return ring_ != nullptr;
        } else {
            return true;
        }
    }

    /// Returns how far the clock of the calls may be behind.
    [[nodiscard]] static std::chrono::nanoseconds error_of(
        [[maybe_unused]] std::chrono::nanoseconds threshold) noexcept {
        if constexpr (may_be_coarse) {
            if (Ring::bears(threshold, Environment::coarse_error)) {
                return Environment::coarse_error;
            }
        }
        return {};
    }

    [[nodiscard]] bool is_past([[maybe_unused]] Ticket ticket) noexcept {
        if constexpr (Changes) {
            return ring_->end_past(ticket);
        } else {
            return false;
        }
    }

    /// Where the threshold may change, null until calls are watched for the first time.
    RingHolder ring_;
    /// The first period of the current threshold.
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<Changes, std::uint64_t, Always> since_{};
};

/// No watch, where no call may be overdue.
class NoWatch {
public:
    struct Spare {};

    NoWatch(std::optional<std::chrono::nanoseconds>, std::uint64_t) noexcept {}

    [[nodiscard]] static constexpr bool is_over(Word) noexcept { return false; }
    [[nodiscard]] static std::optional<std::uint64_t> calls_under_way(Word) noexcept {
        return std::nullopt;
    }
    template <class Environment, class Buckets>
    [[nodiscard]] static TimePoint time_in_bucket(Environment&, const Buckets&,
                                                  TimePoint now) noexcept {
        return now;
    }
    [[nodiscard]] static constexpr std::chrono::nanoseconds shorter(std::chrono::nanoseconds lease,
                                                                    Word) noexcept {
        return lease;
    }
    static void restart(std::uint64_t) noexcept {}
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
