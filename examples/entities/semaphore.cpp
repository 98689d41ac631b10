// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Semaphore: first come, first served, for coroutines and plain code.

#include <fluxgate/semaphore.hpp>

#include <iostream>

int main() {
    fluxgate::Semaphore semaphore{1};
    {
        const fluxgate::Semaphore::Slot slot = semaphore.try_acquire();
        std::cout << static_cast<bool>(slot) << static_cast<bool>(semaphore.try_acquire()) << '\n';
    }
    std::cout << static_cast<bool>(semaphore.try_acquire()) << '\n';
}
// 10
// 1
