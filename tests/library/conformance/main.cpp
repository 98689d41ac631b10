// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// conformance FILE...: plays vectors of the reference's behaviour. Exits 0 with a count, or 1 with
// the first mismatch and its line. The format is described in player.hpp, sync_player.hpp and
// async_player.hpp.

#include "async_player.hpp"
#include "configurations.hpp"
#include "sync_player.hpp"
#include "vectors.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <utility>

namespace {

/// Plays a vector with the breaker that it is for, made of these policies. How many steps it had.
template <class... Policies>
int play_with(conformance::Reader& reader, Policies... policies) {
    if (reader.word(1, 6) == "sync") {
        return conformance::SyncPlayer<Policies...>{reader, std::move(policies)...}.play();
    }
    if (reader.word(1, 6) == "async") {
        const auto cap = static_cast<std::uint32_t>(reader.number(reader.word(5, 6)));
        return conformance::AsyncPlayer<Policies...>{reader, cap, std::move(policies)...}.play();
    }
    reader.fail("is for no breaker that there is");
}

/// Plays a vector, on whose opening line the reader stands. How many steps it had.
int play(conformance::Reader& reader) {
    if (!reader.at("vector")) {
        reader.fail("is no opening of a vector");
    }
    int steps = 0;
    const auto play_it = [&](auto... policies) {
        steps = play_with(reader, std::move(policies)...);
    };
    if (!conformance::with_configuration(std::string{reader.word(2, 6)}, play_it)) {
        reader.fail("names an unknown configuration");
    }
    return steps;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: conformance FILE...\n");
        return 2;
    }
    int vectors = 0;
    int steps = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        std::ifstream file{name};
        if (!file) {
            std::fprintf(stderr, "conformance: cannot read %s\n", name.c_str());
            return 2;
        }
        conformance::Reader reader{file, name};
        try {
            reader.next();
            while (!reader.at_end()) {
                steps += play(reader);
                ++vectors;
            }
        } catch (const conformance::Mismatch& mismatch) {
            std::fprintf(stderr, "%s\n", mismatch.what());
            return 1;
        }
    }
    std::printf("conformance: %d vectors of %d steps match\n", vectors, steps);
    return vectors == 0 ? 1 : 0;
}
