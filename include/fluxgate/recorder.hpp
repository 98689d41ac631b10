// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/call_log.hpp>
#include <fluxgate/detail/recording/buffered_call_log.hpp>

#include <cstdint>
#include <memory>
#include <ostream>

// Writes down the calls of circuit breakers, to be replayed; see replay.hpp.
//
//     std::ofstream file{"calls.csv"};
//     fluxgate::CircuitBreaker breaker{fluxgate::Recorder{file}};
//     breaker.metrics_only();  // so that all calls are made, and written down

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Writes down the calls of a breaker: an argument of the constructor, of any breaker. Breakers
/// that each have a `Name` may share one, copies of which write the same stream.
///
/// Each call that is settled is a line of CSV, whatever the state of the circuit:
/// `time_s,latency_ms,ok`, and the breaker's name as `key` where it has one. `time_s` is when it
/// began, in seconds since 1970; `ok` is the tracker's verdict. Calls that were rejected, or came
/// to no verdict, are not written. A first line names the fields. Lines come about in the order in
/// which calls ended. Where the system clock is set, and where the machine has slept, times follow
/// within a tenth of a second; one that is set back by more than a minute needs a reader that
/// takes calls that late.
///
/// It costs a call what reading the clock twice costs, and a few stores in memory that only its
/// thread writes: no lock, and no system call but where a thread settles thousands of calls within
/// a tenth of a second. A thread of its own writes the lines within that time. It takes 130 kB for
/// each thread that calls. A breaker without it pays nothing.
///
/// Where the stream cannot keep up, calls are left out, and a line `# lost N` says how many. A
/// stream that fails, as where the disk is full, is tried again and again: the calls of that while
/// are lost, and when it works, it goes on behind such a line. A line of which it had taken a part
/// ends with two commas; `CallReader` leaves it out, and tells.
///
/// Thread-safe. The stream must outlive the recorder and its breakers, and is used by nobody else
/// until they are gone; what is left is written then. The stream is told to throw nothing. In a
/// process that was forked from the one that made it, no more is recorded; what such a stream has
/// not flushed, it would write a second time at `exit`, as any stream would, so leave the process
/// by `_exit` or `exec`.
class Recorder {
public:
    /// Takes the stream. Throws `std::system_error` where no thread can be started, and
    /// `std::bad_alloc`.
    explicit Recorder(std::ostream& stream) : log_{detail::BufferedCallLog::make(stream)} {}

    /// Writes all calls that were settled before, and flushes the stream; then returns.
    void flush() noexcept { log_->flush(); }

    /// Returns how many calls could not be written: the stream failed or was too slow, there was no
    /// memory, or a thread made them at its very end, from the destructor of a variable of its own.
    /// A call counts as lost, too, where a stream does not say how much of it was written.
    [[nodiscard]] std::uint64_t lost() const noexcept { return log_->lost(); }

    /// Returns the log that breakers tell of their calls.
    [[nodiscard]] std::shared_ptr<detail::CallLog> log() const noexcept { return log_; }

private:
    std::shared_ptr<detail::BufferedCallLog> log_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
