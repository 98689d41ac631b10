// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The calls that were taken for overdue and have not come back: each is evidence anew whenever it
/// has lasted another threshold. So connections that hang all at once open the circuit, however few
/// they are, although no further call can begin.
///
/// Calls that began in the same slice have the same ticket, and are one entry. There is room for a
/// few entries, made when the first call hangs; where it is full, or there is no memory, a further
/// call is not watched on: those that are suffice as evidence. Not thread-safe: the core keeps it
/// under its lock.
class HangingCalls {
public:
    /// Watches a call on, which is to be looked at again at `due`; with others of its slice, when
    /// they are.
    void add(Ticket ticket, TimePoint due) noexcept {
        if (entries_ == nullptr) {
            entries_ = std::unique_ptr<Entry[]>{new (std::nothrow) Entry[most]{}};
        }
        if (Entry* const found = find(ticket)) {
            ++found->count;
        } else if (Entry* const free = find_if([](const Entry& one) { return one.count == 0; })) {
            *free = {due, key_of(ticket), 1};
        }
    }

    /// Forgets a call that has come back, if it is watched.
    void remove(Ticket ticket) noexcept {
        Entry* const found = find(ticket);
        if (found != nullptr) {
            --found->count;
        }
    }

    /// Returns how many thresholds they have lasted beyond those that were told before, in all.
    /// Complexity: constant.
    [[nodiscard]] std::uint64_t take(TimePoint now, std::chrono::nanoseconds threshold) noexcept {
        std::uint64_t taken = 0;
        for (Entry& entry : entries()) {
            if (entry.count != 0 && entry.due <= now) {
                const std::int64_t passed = 1 + time_between(entry.due, now) / threshold;
                entry.due = time_after(entry.due, threshold * passed);
                taken += std::uint64_t{entry.count} * static_cast<std::uint64_t>(passed);
            }
        }
        return taken;
    }

    /// Returns when one is to be looked at again; the end of time where there is none.
    [[nodiscard]] TimePoint first_due() const noexcept {
        TimePoint first = (TimePoint::max)();
        for (const Entry& entry : entries()) {
            first = entry.count != 0 ? (std::min)(first, entry.due) : first;
        }
        return first;
    }

    /// Has all of them looked at again at `due`.
    void postpone(TimePoint due) noexcept {
        for (Entry& entry : entries()) {
            entry.due = due;
        }
    }

    /// Forgets all.
    void clear() noexcept {
        for (Entry& entry : entries()) {
            entry.count = 0;
        }
    }

private:
    /// The lower half of a ticket. Two calls with the same one would be 2^32 tickets apart, and one
    /// of them might be watched on for longer or shorter than it hangs.
    using Key = std::uint32_t;
    [[nodiscard]] static constexpr Key key_of(Ticket ticket) noexcept {
        return static_cast<Key>(ticket);
    }

    struct Entry {
        TimePoint due{};
        Key key = 0;
        /// Zero where there is no call.
        std::uint32_t count = 0;
    };
    static constexpr std::size_t most = 8;

    [[nodiscard]] std::span<Entry> entries() const noexcept {
        return {entries_.get(), entries_ != nullptr ? most : 0};
    }
    /// Returns null where there is none.
    template <class F>
    [[nodiscard]] Entry* find_if(F is_right) const noexcept {
        const auto found = std::ranges::find_if(entries(), is_right);
        return found != entries().end() ? &*found : nullptr;
    }
    [[nodiscard]] Entry* find(Ticket ticket) const noexcept {
        return find_if(
            [&](const Entry& entry) { return entry.count != 0 && entry.key == key_of(ticket); });
    }

    /// `most` of them; null until a call hangs.
    std::unique_ptr<Entry[]> entries_;
};

/// No such calls, where nobody keeps a score.
class NoHangingCalls {
public:
    static void remove(Ticket) noexcept {}
    static void clear() noexcept {}
};

}  // namespace fluxgate::inline v0_1::detail
