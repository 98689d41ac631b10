// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "mutants.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace explore {
namespace {

constexpr std::array names{
#include <mutant_names.inc>
};

int number_of_active_mutant() {
    const char* const name = std::getenv("FLUXGATE_MUTANT");
    if (name == nullptr) {
        return -1;
    }
    const auto* const found = std::find(names.begin(), names.end(), std::string_view{name});
    if (found == names.end()) {
        std::fprintf(stderr, "FLUXGATE_MUTANT names no mutant of mutants.cmake: %s\n", name);
        std::exit(2);
    }
    return static_cast<int>(found - names.begin());
}

}  // namespace

const int active_mutant = number_of_active_mutant();

}  // namespace explore
