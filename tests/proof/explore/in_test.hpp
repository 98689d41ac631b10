// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "explorer.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace explore {

/// Returns how long one exploration may take: what the environment variable
/// FLUXGATE_EXPLORE_SECONDS says, else two seconds.
[[nodiscard]] std::chrono::nanoseconds budget();

/// Explores, prints how far it came, and fails the test if anything was found.
void explore_in_test(const char* memory, const std::function<std::unique_ptr<World>()>& make,
                     const Options& options);

/// Explores a program with both memories.
template <class Program>
void explore_program() {
    const auto make = [] { return std::make_unique<Program>(); };
    explore_in_test("sequential", make, {.budget = budget()});
    explore_in_test("weak", make, {.weak = true, .budget = budget()});
}

}  // namespace explore
