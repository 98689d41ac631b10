// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Counts the threads that are using something. The thread that ends it waits until the others are
/// done; it may be using it itself.
class Occupancy {
public:
    Occupancy() = default;
    Occupancy(const Occupancy&) = delete;
    Occupancy& operator=(const Occupancy&) = delete;

    /// Says what becomes of a visit when the owner is gone, and the thing is about to end.
    enum class WithoutOwner : std::uint8_t {
        refused,
        /// The end waits for it, so it must be one that waits for nobody.
        allowed
    };

    /// One use by this thread, while the object lives. False where it may not begin: the thing is
    /// closed, or its owner gone. A thread may have several at once.
    class [[nodiscard]] Visit {
    public:
        explicit Visit(Occupancy& occupancy, WithoutOwner without = WithoutOwner::refused)
            : occupancy_{occupancy} {
            const std::lock_guard lock{occupancy_.mutex_};
            owner_ = occupancy_.owner_.lock();
            const bool is_owned = !occupancy_.has_owner_ || owner_ != nullptr;
            if (!occupancy_.is_closed_ && (is_owned || without == WithoutOwner::allowed)) {
                next_ = occupancy_.first_;
                occupancy_.first_ = this;
                is_inside_ = true;
            }
        }
        ~Visit() {
            if (!is_inside_) {
                return;
            }
            const std::lock_guard lock{occupancy_.mutex_};
            Visit** place = &occupancy_.first_;
            while (*place != this) {
                place = &(*place)->next_;
            }
            *place = next_;
            // Under the lock: once it is released, the one that waits may end the occupancy.
            occupancy_.left_.notify_all();
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

        [[nodiscard]] explicit operator bool() const noexcept { return is_inside_; }

    private:
        friend Occupancy;

        Occupancy& occupancy_;
        /// Released once this is no visit any more, as that may end the occupancy. May be null.
        std::shared_ptr<void> owner_;
        Visit* next_ = nullptr;
        const std::thread::id thread_ = std::this_thread::get_id();
        bool is_inside_ = false;
    };

    /// Has each visit share in what owns the thing, those under way too: so the owner goes with the
    /// last of them, and nobody need wait for any but those that are allowed without it.
    void share(const std::shared_ptr<void>& owner) {
        const std::lock_guard lock{mutex_};
        owner_ = owner;
        has_owner_ = true;
        for (Visit* visit = first_; visit != nullptr; visit = visit->next_) {
            visit->owner_ = owner;
        }
    }

    /// Lets nobody in from now on, and waits for the visits of other threads. Returns whether
    /// nobody is inside; else this thread is. Two threads that close what the other one visits wait
    /// for ever.
    bool close() {
        std::unique_lock lock{mutex_};
        is_closed_ = true;
        left_.wait(lock, [this] { return !has_other_visitors(); });
        return first_ == nullptr;
    }

private:
    [[nodiscard]] bool has_other_visitors() const noexcept {
        const auto self = std::this_thread::get_id();
        for (const Visit* visit = first_; visit != nullptr; visit = visit->next_) {
            if (visit->thread_ != self) {
                return true;
            }
        }
        return false;
    }

    std::mutex mutex_;
    std::condition_variable left_;
    // These are guarded by the mutex.
    Visit* first_ = nullptr;
    bool is_closed_ = false;
    bool has_owner_ = false;
    std::weak_ptr<void> owner_;
};

}  // namespace fluxgate::inline v0_1::detail
