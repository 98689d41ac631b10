// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/subscribed_listeners.hpp>
#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/listeners.hpp>

#include <memory>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// The owner of a listener that came later, which listens as long as the owner lives.
/// `CircuitBreaker::listen` gives it.
///
/// Once it is destroyed or assigned to, the listener is not running and will not run, and its
/// function is destroyed; so it waits for the thread that is in the listener. A listener may end
/// its own subscription, which does not wait. Two that end each other's wait for ever, as those of
/// `std::stop_callback` do.
///
/// It may outlive what it listens to. Used by one thread at a time.
class [[nodiscard(
    "fluxgate: a subscription that is dropped at once takes the listener away: keep it as long as "
    "the listener is to listen")]] Subscription {
public:
    /// Makes one of no listener.
    Subscription() noexcept = default;

    /// Made by breakers and registries; users call `listen`.
    Subscription(std::shared_ptr<detail::LateListeners> all,
                 std::shared_ptr<detail::LateListener> listener) noexcept
        : all_{std::move(all)}, listener_{std::move(listener)} {}

    /// Moves the listener; `other` has none then.
    Subscription(Subscription&& other) noexcept = default;
    /// Moves the listener, and ends the one that this had; `other` has none then.
    Subscription& operator=(Subscription&& other) noexcept {
        // Moved first: it may be this object, or go with the function that ends here.
        Subscription taken{std::move(other)};
        std::swap(all_, taken.all_);
        std::swap(listener_, taken.listener_);
        return *this;
    }

    ~Subscription() {
        if (listener_ != nullptr) {
            all_->remove(*listener_);
            listener_->end();
        }
    }

    /// Returns whether it has a listener.
    [[nodiscard]] explicit operator bool() const noexcept { return listener_ != nullptr; }

private:
    std::shared_ptr<detail::LateListeners> all_;
    std::shared_ptr<detail::LateListener> listener_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Adds a function to those. Throws `std::bad_alloc`.
template <Listener F>
Subscription subscribe(std::shared_ptr<LateListeners> all, F function) {
    static_assert(std::is_void_v<awaited_t<F>> && LeavesNothingUnawaited<F>,
                  "fluxgate: a listener that comes later is a plain function: nobody would await "
                  "what this one returns");
    auto listener = std::make_shared<SubscribedListener<F>>(std::move(function));
    all->add(listener);
    return {std::move(all), std::move(listener)};
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
