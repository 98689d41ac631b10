// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Each of the texts is exchanged for each other one in each state that a circuit can be in, and the
// breaker goes on as the plain one does: with calls under way, and with trials that have ended.

#include "drive.hpp"
#include "input.hpp"
#include "texts.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/testing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <random>
#include <span>
#include <string_view>
#include <vector>

using namespace fluxgate;

namespace {

// Steps of `fuzz::Drive`: the kind in the lower half of a byte, its detail in the upper one.
constexpr std::uint8_t acquires = 6;
constexpr std::uint8_t succeeds = 7;
constexpr std::uint8_t fails = 8;
constexpr std::uint8_t commands = 11;
constexpr std::uint8_t looks = 12;
constexpr std::uint8_t draws = 13;
constexpr std::uint8_t waits_seconds = 15;

std::uint8_t step(std::uint8_t kind, std::size_t detail = 0) {
    return static_cast<std::uint8_t>(kind | (detail << 4U));
}

using Bytes = std::vector<std::uint8_t>;

/// Steps that lead to a state: in half-open to one in which trials have ended and others are under
/// way.
std::vector<Bytes> ways_to_states() {
    const Bytes under_way{step(acquires, 1), step(acquires, 2), step(acquires, 3)};
    std::vector<Bytes> ways{{}, under_way};
    for (std::size_t command = 1; command != 5; ++command) {  // disabled to open
        ways.push_back(under_way);
        ways.back().push_back(step(commands, command));
    }
    Bytes half_open{step(draws), 0, step(commands, 4), step(waits_seconds), 2};
    ways.push_back(half_open);
    for (const std::uint8_t ends : {succeeds, fails}) {
        Bytes trials = half_open;
        for (std::size_t trial = 1; trial != 6; ++trial) {
            trials.push_back(step(acquires, trial));
            if (trial <= 3) {
                trials.push_back(step(ends, trial));
            }
        }
        ways.push_back(trials);
    }
    return ways;
}

}  // namespace

int main() {
    constexpr std::size_t runs_of_each = 3;
    constexpr std::size_t steps_behind = 60;
    std::mt19937 random{1};
    std::size_t runs = 0;
    for (const std::string_view from : fuzz::texts) {
        for (const std::string_view to : fuzz::texts) {
            const std::array<std::string_view, 2> both{from, to};
            for (const Bytes& way : ways_to_states()) {
                for (std::size_t run = 0; run != runs_of_each; ++run) {
                    Bytes bytes = way;
                    bytes.push_back(step(commands, 5));  // which exchanges
                    bytes.push_back(1);
                    bytes.push_back(step(looks));
                    for (std::size_t i = 0; i != steps_behind; ++i) {
                        bytes.push_back(static_cast<std::uint8_t>(random()));
                    }
                    fuzz::Drive<testing::Virtual, Policies> drive{
                        "", fuzz::Input{bytes.data(), bytes.size()}, parse_policies(from)};
                    drive.may_exchange(both);
                    drive.run();
                    ++runs;
                }
            }
        }
    }
    std::cout << runs << " runs agree\n";
}
