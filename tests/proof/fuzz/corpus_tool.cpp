// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// corpus unpack FILE FOLDER: writes each input of a corpus to a file of its own, as libFuzzer wants them.
// corpus pack FOLDER FILE: makes a corpus of the files of a folder, the shortest first.

#include "corpus.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

int unpack(const char* path, const std::filesystem::path& folder) {
    int number = 0;
    for (const std::string& input : fuzz::read_corpus(path)) {
        std::ofstream{folder / std::to_string(number), std::ios::binary} << input;
        ++number;
    }
    return 0;
}

int pack(const std::filesystem::path& folder, const char* path) {
    std::vector<std::string> inputs;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        std::ifstream file{entry.path(), std::ios::binary};
        inputs.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
    std::ranges::sort(inputs, [](const std::string& one, const std::string& other) {
        return std::pair{one.size(), one} < std::pair{other.size(), other};
    });
    const auto repeated = std::ranges::unique(inputs);
    inputs.erase(repeated.begin(), repeated.end());
    std::ofstream file{path};
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::string& input : inputs) {
        for (const char c : input) {
            const auto byte = static_cast<unsigned char>(c);
            file << digits[byte / 16] << digits[byte % 16];
        }
        file << '\n';
    }
    file.close();
    return file ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view command = argc == 4 ? argv[1] : "";
    if (command == "unpack") {
        return unpack(argv[2], argv[3]);
    }
    if (command == "pack") {
        return pack(argv[2], argv[3]);
    }
    std::cerr << "usage: corpus unpack FILE FOLDER, or corpus pack FOLDER FILE\n";
    return 2;
}
