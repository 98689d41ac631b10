// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

// Points at which a program can fail: its allocations, and what calls `point`. One of them can be
// made to fail. For one thread.

namespace points {

/// What a point throws that is no allocation.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Which points count.
enum class Kinds { allocations, all };

/// From now on, the point after so many others fails, once.
void fail_after(long others, Kinds kinds = Kinds::allocations);

/// From now on, no point fails. Returns the name of the one that has failed since the last
/// `fail_after`, or null.
const char* stop();

/// Throws `Failure`, if this is the point that is to fail.
void point(const char* name);

/// Lets points pass while it lives: for what is the test's own.
class Paused {
public:
    Paused();
    Paused(const Paused&) = delete;
    Paused& operator=(const Paused&) = delete;
    ~Paused();

private:
    bool counted_;
};

/// How many allocations have not been freed.
[[nodiscard]] long live_allocations();

}  // namespace points
