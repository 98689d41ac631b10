// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a section of a StrandMutex cannot suspend: await outside of it

#include <fluxgate/fluxgate.hpp>

fluxgate::Task<> work() {
    co_return;
}

int main() {
    fluxgate::StrandMutex<> strand;
    auto section = strand.run(work);
}
