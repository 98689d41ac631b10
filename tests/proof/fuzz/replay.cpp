// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// replay FILE: runs a target on each input of its corpus.

#include "corpus.hpp"

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: replay FILE\n";
        return 2;
    }
    int inputs = 0;
    for (const std::string& input : fuzz::read_corpus(argv[1])) {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
        ++inputs;
    }
    std::cout << inputs << " inputs agree\n";
    return 0;
}
