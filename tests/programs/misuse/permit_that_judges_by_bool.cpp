// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a permit's judge takes a const TrialContext& and a bool, is const and returns a Judgement

#include <fluxgate/fluxgate.hpp>

struct Mine : fluxgate::permit_base {
    bool admits(const fluxgate::TrialContext&) const { return true; }
    bool judge(const fluxgate::TrialContext&, bool success) const { return success; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
