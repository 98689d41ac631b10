// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <tuple>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// Arguments of a breaker in one. Each stands where none of its kind is named beside it.
template <class... Parts>
class Preset {
public:
    /// Holds these.
    constexpr explicit Preset(Parts... parts) : parts_{std::move(parts)...} {}

    /// Returns the arguments.
    [[nodiscard]] constexpr const std::tuple<Parts...>& parts() const& noexcept { return parts_; }
    /// Returns the arguments, to be moved from.
    [[nodiscard]] constexpr std::tuple<Parts...> parts() && { return std::move(parts_); }

private:
    std::tuple<Parts...> parts_;
};

}  // namespace fluxgate::inline v0_1
