// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a permit's judge takes a const TrialContext& and a bool

#include <fluxgate/fluxgate.hpp>

struct Late : fluxgate::permit_base {
    bool admits(const fluxgate::TrialContext&) const { return true; }
    fluxgate::Judgement judge(const fluxgate::TrialContext&) const {
        return fluxgate::Judgement::opens;
    }
};

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Preset{Late{}}};
}
