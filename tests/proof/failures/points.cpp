// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The program's operator new. In a unit of its own, for the compiler is not to see what is behind
// it.

#include "points.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace points {
namespace {

/// What one thread counts.
struct State {
    bool counts = false;
    bool counts_all = false;
    /// How many points are to pass before one fails; below zero, all do.
    long left = -1;
    const char* failed = nullptr;
    long live = 0;
};

thread_local State state;

/// Whether this point fails.
bool fails(const char* name) {
    if (!state.counts || state.left < 0) {
        return false;
    }
    if (state.left-- > 0) {
        return false;
    }
    state.failed = name;
    return true;
}

void* allocate(std::size_t size) {
    if (!fails("an allocation")) {
        if (void* const memory = std::malloc(size)) {
            ++state.live;
            return memory;
        }
    }
    return nullptr;
}

void free(void* memory) {
    if (memory != nullptr) {
        --state.live;
        std::free(memory);
    }
}

}  // namespace

void fail_after(long others, Kinds kinds) {
    state.counts = true;
    state.counts_all = kinds == Kinds::all;
    state.left = others;
    state.failed = nullptr;
}

const char* stop() {
    state.counts = false;
    return state.failed;
}

void point(const char* name) {
    if (state.counts_all && fails(name)) {
        const Paused paused;
        throw Failure{name};
    }
}

Paused::Paused() : counted_{std::exchange(state.counts, false)} {}
Paused::~Paused() {
    state.counts = counted_;
}

long live_allocations() {
    return state.live;
}

}  // namespace points

void* operator new(std::size_t size) {
    if (void* const memory = points::allocate(size)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return points::allocate(size);
}
void operator delete(void* memory) noexcept {
    points::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    points::free(memory);
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
