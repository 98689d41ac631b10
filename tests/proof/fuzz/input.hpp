// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace fuzz {

/// The bytes that say what a target does; zeros follow their end.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : bytes_{data, size} {}

    [[nodiscard]] bool is_over() const { return bytes_.empty(); }

    std::uint8_t byte() {
        if (bytes_.empty()) {
            return 0;
        }
        const std::uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }

    /// Returns a number below `count`, which is at most 256.
    std::size_t below(std::size_t count) { return byte() % count; }

private:
    std::span<const std::uint8_t> bytes_;
};

/// Ends the program unless both agree: the fuzzer keeps what led there.
inline void require(bool agree, const char* what) {
    if (!agree) {
        std::fprintf(stderr, "mismatch: %s\n", what);
        std::abort();
    }
}

}  // namespace fuzz
