// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "in_test.hpp"

#include "catch.hpp"
#include "explorer.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace explore {
namespace {

/// The mutant that is the hardest to find takes 9,693.
constexpr std::uint64_t usual_executions = 20'000;

std::chrono::nanoseconds seconds_of(const char* seconds) {
    const double value = std::atof(seconds);
    if (value <= 0) {
        throw std::invalid_argument{"FLUXGATE_EXPLORE_SECONDS is no number above zero: " +
                                    std::string{seconds}};
    }
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>{value});
}

}  // namespace

void explore_in_test(const char* memory, const std::function<std::unique_ptr<World>()>& make,
                     Options options) {
    if (const char* const seconds = std::getenv("FLUXGATE_EXPLORE_SECONDS")) {
        options.time = seconds_of(seconds);
    } else {
        options.executions = usual_executions;
    }
    const Result result = explore(make, options);
    std::cout << memory << ": " << result.executions << " executions";
    if (result.failure.empty()) {
        std::cout << (result.is_exhaustive ? ", which are all"
                                           : ", and it was cut off before all were made");
    }
    std::cout << '\n';
    if (!result.failure.empty()) {
        FAIL("the explorer found, in execution " << result.executions << " (" << memory
                                                 << "): " << result.failure << '\n'
                                                 << result.trace);
    }
    CHECK(result.executions > 1);
}

}  // namespace explore
