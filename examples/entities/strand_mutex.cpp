// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// StrandMutex: serialises sections that cannot suspend.

#include <fluxgate/strand_mutex.hpp>

#include <iostream>

int main() {
    fluxgate::StrandMutex strand;
    int shared = 41;
    std::cout << strand.run([&] { return ++shared; }) << '\n';
}
// 42
