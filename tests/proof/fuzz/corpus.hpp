// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// Returns the value of a hexadecimal digit; ends the program where it is none.
inline unsigned digit(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::size_t value = digits.find(c);
    if (value == std::string_view::npos) {
        std::cerr << "a corpus has a character that is no hexadecimal digit: " << c << '\n';
        std::exit(2);
    }
    return static_cast<unsigned>(value);
}

/// Reads a corpus: a line of hexadecimal digits for each input. Ends the program where it cannot be
/// read.
inline std::vector<std::string> read_corpus(const char* path) {
    std::ifstream file{path};
    std::vector<std::string> inputs;
    for (std::string line; std::getline(file, line);) {
        if (line.size() % 2 != 0) {
            std::cerr << path << " has a line with an odd number of digits\n";
            std::exit(2);
        }
        std::string& input = inputs.emplace_back();
        for (std::size_t i = 0; i != line.size(); i += 2) {
            input += static_cast<char>(16 * digit(line[i]) + digit(line[i + 1]));
        }
    }
    if (inputs.empty()) {
        std::cerr << path << " has no inputs, or cannot be read\n";
        std::exit(2);
    }
    return inputs;
}

}  // namespace fuzz
