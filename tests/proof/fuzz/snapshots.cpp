// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Texts of snapshots: any bytes, also with a right checksum, are read to what is written the same,
// or are told to be wrong; and what is read is taken by a breaker, which saves the same.

#include "input.hpp"

#include <fluxgate/fluxgate.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace fluxgate;
using fuzz::require;

namespace {

void restore(const Snapshot& snapshot) {
    testing::VirtualTime time;
    try {
        const CircuitBreaker breaker{testing::Virtual{time}, FailureScore{}, SquareRootWait{},
                                     Totals{}, Restored{snapshot}};
        const Snapshot again = breaker.save();
        require(again.state == snapshot.state && again.reopens == snapshot.reopens &&
                    again.streak == snapshot.streak && again.score == snapshot.score &&
                    again.last_reason == snapshot.last_reason &&
                    again.changed_at == snapshot.changed_at &&
                    again.totals == snapshot.totals.value_or(TotalCounts{}),
                "what is restored");
    } catch (const std::invalid_argument&) {
        require(snapshot.saved_at > time.wall_clock(), "whether it can be restored");
    }
}

void read(const std::string& text) {
    Snapshot snapshot;
    try {
        snapshot = parse_snapshot(text);
    } catch (const std::invalid_argument&) {
        return;
    }
    require(parse_snapshot(to_string(snapshot)) == snapshot, "what is read");
    restore(snapshot);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    read(text);
    read(text + " check=" + std::to_string(detail::checksum(text)));
    return 0;
}
