// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// conformance FILE...: plays vectors of the reference's behaviour. Exits 0 with a count, or 1 with
// the first mismatch and its line. The format is described in player.hpp, sync_player.hpp and
// async_player.hpp.

#include "configurations.hpp"
#include "vectors.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

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
                steps += conformance::play(reader);
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
