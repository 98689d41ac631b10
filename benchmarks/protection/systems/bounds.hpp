// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <optional>

// Between these two lies every system.
namespace protection {

/// Admits every attempt.
class NoBreaker : public Guard {
public:
    std::optional<Ticket> admit(Time /*now*/, const Prospect& /*prospect*/) override {
        return Ticket{};
    }
    void settle(Ticket /*ticket*/, Time /*now*/, Outcome /*outcome*/, Time /*took*/) override {}
};

/// Knows which attempts would be answered, and admits those.
class Omniscient : public NoBreaker {
public:
    std::optional<Ticket> admit(Time /*now*/, const Prospect& prospect) override {
        return prospect.would_be_answered ? std::optional{Ticket{}} : std::nullopt;
    }
};

}  // namespace protection
