// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <exception>
#include <utility>

// Functions on the path of every call are marked inline: GCC's inliner weighs a template without
// the keyword lower.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// True if the tracker counts every exception as a failure, so that none needs to be looked at.
template <class Tracker>
inline constexpr bool counts_every_exception =
    std::same_as<Tracker, trackers::All> ||
    !(tracks_exceptions<Tracker> || tracks_answers<Tracker> || ignores_exceptions<Tracker>);

/// A granted call, from its beginning to its outcome: the one way to settle it, which the first
/// outcome uses up. Without an outcome it is neutral: nothing is recorded.
template <class Core>
class Call {
public:
    /// Makes one that is settled: it stands for no call.
    Call() = default;

    /// Takes over a call that has begun.
    Call(Core& core, const typename Core::Grant& grant) noexcept : core_{&core}, grant_{grant} {}
    /// Begins a call that was admitted, in its place: to copy what is granted would wait for it to
    /// be stored.
    Call(Core& core, const typename Core::Admission& admission)
        : core_{&core}, grant_{core.begin(admission)} {}
    /// Begins one that was admitted with this slot, which the machine may take.
    Call(Core& core, const typename Core::Admission& admission, typename Core::Slot& slot)
        : core_{&core}, grant_{core.begin(admission, slot)} {}

    /// Moves the way to settle; `other` is settled then.
    Call(Call&& other) noexcept
        : core_{std::exchange(other.core_, nullptr)}, grant_{other.grant_} {}
    /// Moves the way to settle; `other` is settled then. The call that this was is neutral, unless
    /// it is settled.
    Call& operator=(Call&& other) noexcept {
        abandon();
        core_ = std::exchange(other.core_, nullptr);
        grant_ = other.grant_;
        return *this;
    }

    FLUXGATE_ALWAYS_INLINE ~Call() { abandon(); }

    /// Returns whether an outcome was given, or the call was moved from.
    [[nodiscard]] bool is_settled() const noexcept { return core_ == nullptr; }

    /// Settles by an outcome. Throws nothing but what unwinds a listener.
    FLUXGATE_ALWAYS_INLINE void settle(bool success) {
        if (Core* const core = std::exchange(core_, nullptr)) {
            core->settle(grant_, success);
        }
    }

    /// Ends the call without an outcome: it is as if it was not made.
    void settle_as_neutral() noexcept {
        abandon();
        core_ = nullptr;
    }

    /// Settles by the tracker's verdict on a result. Throws what the tracker throws; the call is
    /// then neutral.
    template <class Tracker, class R>
    inline void settle_by_result(const Tracker& tracker, const R& result) {
        if constexpr (!looks_at_results<Tracker, R>) {
            settle(true);
        } else if (!is_settled()) {
            const NeutralAtEnd end{*this};
            if (!ignores_result(tracker, result)) {
                const bool failed = counts_result(tracker, result, false);
                settle(!failed);
            }
        }
    }

    /// Settles as succeeded: no tracker judges a call that returns void.
    template <class Tracker>
    inline void settle_by_result(const Tracker&, const Done&) {
        settle(true);
    }

    /// Settles by the tracker's verdict on the exception being handled, which unwinds no stack by
    /// force. What the tracker throws is reported, as the call's own exception is to go on; the
    /// call is then neutral.
    template <class Tracker>
    void settle_by_exception(const Tracker& tracker, const CaughtException& caught) {
        if (is_settled()) {
            return;
        }
        Call call{std::move(*this)};
        const CancellationDeferred deferred;
        bool succeeded = false;
        bool failed = false;
        guarded<typename Core::Unwinding>(
            [&] {
                if (!ignores(tracker, caught)) {
                    succeeded = takes_for_success(tracker, caught);
                    failed = !succeeded && counts_exception(tracker, caught, true);
                }
            },
            [&] { call.core_->relations().report("a tracker"); });
        if (succeeded || failed) {
            call.settle(succeeded);
        }
    }

#ifdef __cpp_exceptions
    /// Settles by the tracker's verdict on an exception that is not being handled.
    template <class Tracker>
    void settle_by_exception(const Tracker& tracker, const std::exception_ptr& exception) {
        if (is_settled()) {
            return;
        }
        if constexpr (counts_every_exception<Tracker>) {
            settle(false);
        } else {
            try {
                std::rethrow_exception(exception);
            } catch (const std::exception& caught) {
                settle_by_exception(tracker, CaughtException{caught});
            } catch (...) {
                settle_by_exception(tracker, CaughtException{});
            }
        }
    }
#endif

private:
    /// Settles the call at the end of a scope: it is neutral, unless it has an outcome.
    class NeutralAtEnd {
    public:
        explicit NeutralAtEnd(Call& call) noexcept : call_{call} {}
        NeutralAtEnd(const NeutralAtEnd&) = delete;
        NeutralAtEnd& operator=(const NeutralAtEnd&) = delete;
        FLUXGATE_ALWAYS_INLINE ~NeutralAtEnd() { call_.settle_as_neutral(); }

    private:
        Call& call_;
    };

    /// Ends the call without an outcome, unless it is settled.
    FLUXGATE_ALWAYS_INLINE void abandon() noexcept {
        if (core_ != nullptr) {
            core_->abandon(grant_);
        }
    }

    /// Null once settled.
    Core* core_ = nullptr;
    typename Core::Grant grant_{};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
