// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/retries.hpp>

#include <chrono>
#include <variant>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A shipped retry that is known at run time alone.
class AnyRetry : public retry_base {
public:
    template <class Retry>
    explicit AnyRetry(const Retry& retry) noexcept : retry_{retry} {}

    [[nodiscard]] std::chrono::nanoseconds wait(const RetryContext& context) const noexcept {
        return std::visit(
            [&]<class Retry>(const Retry& retry) {
                if constexpr (WaitsByContext<Retry>) {
                    return retry.wait(context);
                } else {
                    return retry.wait(context.reopens, context.u);
                }
            },
            retry_);
    }

private:
    std::variant<Cooldown, Backoff, Linear, SquareRootWait, Always, Never> retry_;
};

}  // namespace fluxgate::inline v0_1::detail
