// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Task and sync_wait: a coroutine that a thread waits for.

#include <fluxgate/task.hpp>

#include <iostream>
#include <utility>

fluxgate::Task<int> number() {
    co_return 21;
}

fluxgate::Task<int> twice() {
    fluxgate::Task<int> once = number();
    co_return 2 * co_await std::move(once);
}

int main() {
    std::cout << fluxgate::sync_wait(twice()) << '\n';
}
// 42
