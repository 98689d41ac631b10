// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/any/policy_source.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/policy_text.hpp>

#include <memory>
#include <utility>

// One text for many breakers, which is exchanged for all of them at once.
//
//     fluxgate::SharedPolicies policies{fluxgate::parse_policies(text)};
//     fluxgate::AnyCircuitBreaker payments{policies, fluxgate::Name{"payments"}};
//     fluxgate::KeyedBreakers hosts{[&](std::string_view host) {
//         return fluxgate::AnyCircuitBreaker{policies, fluxgate::Name{host}};
//     }};
//     policies.exchange(fluxgate::parse_policies(changed_text));

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// The policies of any number of `AnyCircuitBreaker`s and `AnyAsyncCircuitBreaker`s, which are given
/// it in the place of `Policies`.
///
/// A copy is the same: what is exchanged through one holds for the breakers of all. Breakers may
/// outlive it. Thread-safe.
class SharedPolicies {
public:
    /// Begins with these. Throws `std::bad_alloc`.
    explicit SharedPolicies(Policies policies)
        : source_{std::make_shared<detail::PolicySource>(std::move(policies))} {}

    /// Exchanges the policies: each breaker has them exchanged as by `reconfigure`, once, those
    /// among them that are being made at this moment. Of two exchanges at one time, the earlier may
    /// be passed over. Complexity: linear in the number of breakers.
    ///
    /// It may be called by listeners, who hear of a transition to the `state` of the text. Where it
    /// meets a thread that is just exchanging a breaker's policies, that thread goes on to these.
    ///
    /// Throws `std::bad_alloc`: at once, where nothing has changed, or because a breaker found no
    /// memory, once all others have theirs. That one has them with the next exchange.
    void exchange(Policies policies) { source_->exchange(std::move(policies)); }

    /// Returns the policies. Throws `std::bad_alloc`.
    [[nodiscard]] Policies get() const { return source_->current()->policies; }

    /// Returns what breakers know of it.
    [[nodiscard]] const std::shared_ptr<detail::PolicySource>& source() const noexcept {
        return source_;
    }

private:
    /// Never null.
    std::shared_ptr<detail::PolicySource> source_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
