// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The program's operator new. In a unit of its own, for the compiler is not to see what is behind
// it.

#include "memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

thread_local long allocations_left = -1;

void* operator new(std::size_t size) {
    if (allocations_left == 0) {
        throw std::bad_alloc{};
    }
    if (allocations_left > 0) {
        --allocations_left;
    }
    if (void* const memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
// The sanitizers have their own of these, which do not come to those above.
void* operator new[](std::size_t size) {
    return operator new(size);
}
void operator delete[](void* memory) noexcept {
    operator delete(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    operator delete(memory);
}
