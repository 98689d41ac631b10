// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "explorer.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace explore {

/// Explores, prints how far it came, and fails the test if anything was found. It ends after the
/// seconds that the environment variable FLUXGATE_EXPLORE_SECONDS gives, else after as many
/// executions as find each mutant twice over: the same ones on each machine.
void explore_in_test(const char* memory, const std::function<std::unique_ptr<World>()>& make,
                     Options options);

/// Explores a program with both memories.
template <class Program>
void explore_program() {
    const auto make = [] { return std::make_unique<Program>(); };
    explore_in_test("sequential", make, {});
    explore_in_test("weak", make, {.weak = true});
}

}  // namespace explore
