// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/unlocked_recorder.hpp>
#include <fluxgate/detail/time_point.hpp>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The buckets of a window, asked without the lock: by the end of the newest one, as the pending
/// successes know it, and by a division where that does not tell.
template <class Recorder, class Pendings>
class Buckets {
public:
    Buckets(UnlockedRecorder<Recorder> recorder, const Pendings& pending) noexcept
        : recorder_{recorder}, pending_{pending} {}

    /// Returns whether two times are the same to the window: in one bucket, or both in none that is
    /// newer than the newest. `earlier` is not after `later`.
    [[nodiscard]] bool are_one(TimePoint earlier, TimePoint later) const noexcept {
        if constexpr (requires { pending_.is_of_newest_bucket(later); }) {
            if (pending_.is_of_newest_bucket(later)) [[likely]] {
                return true;
            }
        }
        if constexpr (requires { recorder_.bucket_of(later); }) {
            return recorder_.bucket_of(earlier) == recorder_.bucket_of(later);
        } else {
            return false;
        }
    }

private:
    UnlockedRecorder<Recorder> recorder_;
    const Pendings& pending_;
};

}  // namespace fluxgate::inline v0_1::detail
