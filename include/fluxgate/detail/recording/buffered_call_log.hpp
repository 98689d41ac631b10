// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/call_log.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/process_id.hpp>
#include <fluxgate/detail/recording/call_ring.hpp>
#include <fluxgate/detail/recording/call_writer.hpp>
#include <fluxgate/detail/signals_blocked.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/name.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>
#include <vector>

// Recorded calls on their way to a stream: a ring for each thread that settles calls, and a thread
// that writes what is in the rings.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Writes calls to a stream as lines of CSV.
///
/// A call that is settled is put into the ring of its thread, which takes no lock but for the first
/// one of a thread. A ring that is full means that the stream is too slow: what then comes is
/// counted as lost, and the stream says how many.
class BufferedCallLog final : public CallLog {
    struct Call {
        SharedName name;
        std::int64_t at;
        std::int64_t duration;
        bool is_ok;
    };
    using Ring = CallRing<Call, 2048>;

public:
    /// How long a call waits until it is written, at most, where the stream keeps up.
    static constexpr std::chrono::milliseconds interval{100};

    /// Returns one that writes to this stream. Throws `std::system_error` where there can be no
    /// thread, and `std::bad_alloc`.
    [[nodiscard]] static std::shared_ptr<BufferedCallLog> make(std::ostream& stream) {
        auto log = std::make_unique<BufferedCallLog>(stream);
        // In a process that was forked, there is no writer to wait for: all is left as it is.
        const auto end = [](BufferedCallLog* ended) {
            if (ended->is_of_this_process()) {
                const std::unique_ptr<BufferedCallLog> owner{ended};
            }
        };
        return {log.release(), end};
    }

    /// Made by `make`.
    explicit BufferedCallLog(std::ostream& stream) : writer_{stream} {
        const SignalsBlocked blocked;
        thread_ = std::thread{[this] { write_again_and_again(); }};
    }

    /// Writes the rest.
    ~BufferedCallLog() override {
        {
            const std::lock_guard lock{waking_};
            is_over_ = true;
        }
        wake_.notify_one();
        thread_.join();
        flush();
        for (const std::shared_ptr<Ring>& ring : rings_) {
            ring->close();
        }
    }

    void join(bool has_name) override {
        if (!is_of_this_process()) {
            return;  // nothing is recorded there, and the lock may be held for ever
        }
        const std::lock_guard lock{joining_};
        if (has_names_.value_or(has_name) != has_name) {
            throw_invalid("the Recorder of a circuit breaker",
                          "one of another breaker, and one of the two has no Name",
                          "its own, or shared by breakers each of which has a Name");
        }
        has_names_ = has_name;
    }

    void log_call(const SharedName& name, std::chrono::nanoseconds at,
                  std::chrono::nanoseconds duration, bool is_ok) noexcept override {
        Ring* const ring = ring_of_this_thread();
        if (ring == nullptr || !ring->put({name, at.count(), duration.count(), is_ok})) {
            writer_.count_lost(1);
        } else if (ring->is_half_full() && !is_wanted_.exchange(true, std::memory_order_relaxed)) {
            wake_.notify_one();
        }
    }

    /// Writes what was settled before, and flushes the stream.
    void flush() noexcept {
        if (!is_of_this_process()) {
            return;
        }
        const CancellationDeferred deferred;
#ifdef __cpp_exceptions
        try {
            write_all();
        } catch (const std::bad_alloc&) {
            return;  // what is in the rings stays there, to be written the next time
        }
#else
        write_all();
#endif
    }

    /// Returns how many calls could not be written.
    [[nodiscard]] std::uint64_t lost() const noexcept { return writer_.lost(); }

private:
    /// The rings of one thread, each with the log that it is of.
    struct Own {
        std::uint64_t log;
        std::shared_ptr<Ring> ring;
    };
    struct ThisThread {
        /// Null where it has none yet, and none any more.
        std::vector<Own>* rings;
        bool has_ended;
    };

    [[nodiscard]] static ThisThread& this_thread() noexcept {
        static constinit thread_local ThisThread self{};
        return self;
    }

    /// The end of a thread that has rings.
    struct EndOfThread {
        ~EndOfThread() {
            ThisThread& self = this_thread();
            if (self.rings == nullptr) {
                return;  // MinGW clears a thread's storage before it destroys what is in it
            }
            for (const Own& own : *self.rings) {
                own.ring->close();
            }
            const std::unique_ptr<std::vector<Own>> owner{self.rings};
            self = {.rings = nullptr, .has_ended = true};
        }
    };

    /// Returns a number that no other log has.
    [[nodiscard]] static std::uint64_t next_number() noexcept {
        static std::atomic<std::uint64_t> latest{0};  // a number alone: relaxed
        return latest.fetch_add(1, std::memory_order_relaxed) + 1;
    }

    [[nodiscard]] bool is_of_this_process() const noexcept { return process_id() == process_; }

    /// Returns the ring of this thread; null where it is at its end or there is no memory.
    [[nodiscard]] Ring* ring_of_this_thread() noexcept {
        const ThisThread& self = this_thread();
        if (self.rings != nullptr) {
            for (const Own& own : *self.rings) {
                if (own.log == number_) {
                    return own.ring.get();
                }
            }
        }
        // A lock may be held for ever in a process that was forked.
        return self.has_ended || !is_of_this_process() ? nullptr : add_ring();
    }

    [[nodiscard]] FLUXGATE_NOINLINE Ring* add_ring() noexcept {
#ifdef __cpp_exceptions
        try {
            return add_ring_or_throw();
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
#else
        return add_ring_or_throw();
#endif
    }

    [[nodiscard]] Ring* add_ring_or_throw() {
        ThisThread& self = this_thread();
        if (self.rings == nullptr) {
            self.rings = std::make_unique<std::vector<Own>>().release();
            static thread_local const EndOfThread end;
            static_cast<void>(end);
        }
        // Those of logs that are gone.
        std::erase_if(*self.rings, [](const Own& own) { return own.ring->is_closed(); });
        self.rings->reserve(self.rings->size() + 1);
        auto ring = std::make_shared<Ring>();
        {
            const std::lock_guard lock{joining_};
            rings_.push_back(ring);
        }
        self.rings->push_back({number_, std::move(ring)});
        return self.rings->back().ring.get();
    }

    void write_again_and_again() {
        std::unique_lock lock{waking_};
        while (!is_over_) {
            // A ring that becomes half full just before the wait begins waits for its end.
            wake_.wait_for(lock, interval, [this] {
                return is_over_ || is_wanted_.load(std::memory_order_relaxed);
            });
            is_wanted_.store(false, std::memory_order_relaxed);
            lock.unlock();
            flush();
            lock.lock();
        }
    }

    void write_all() {
        const std::lock_guard writing{writing_};
        // Whatever ends this, what was added is written.
        struct Written {
            explicit Written(CallWriter& its_writer) noexcept : writer{its_writer} {}
            Written(const Written&) = delete;
            Written& operator=(const Written&) = delete;
            ~Written() { writer.write(); }
            CallWriter& writer;
        };
        const Written written{writer_};
        bool has_names = false;
        {
            const std::lock_guard lock{joining_};
            has_names = has_names_.value_or(false);
            being_written_ = rings_;
        }
        for (const std::shared_ptr<Ring>& ring : being_written_) {
            const bool is_closed = ring->is_closed();
            ring->take_all([&](const Call& call) {
                writer_.add(call.name.view(), has_names, call.at, call.duration, call.is_ok);
                if (writer_.is_full()) {
                    writer_.write();
                }
            });
            if (is_closed) {
                const std::lock_guard lock{joining_};
                std::erase(rings_, ring);
            }
        }
        being_written_.clear();
    }

    const std::uint64_t number_ = next_number();
    const std::uint64_t process_ = process_id();

    // True from when a ring is half full until the writer wakes up. It says nothing of what is in
    // the ring, so relaxed.
    std::atomic<bool> is_wanted_{false};

    /// Held by who takes from the rings and writes. Guards what follows, but for what is lost.
    std::mutex writing_;
    CallWriter writer_;
    std::vector<std::shared_ptr<Ring>> being_written_;

    /// Held for short sections. Guards what follows.
    std::mutex joining_;
    std::vector<std::shared_ptr<Ring>> rings_;
    /// Empty before a breaker has joined.
    std::optional<bool> has_names_;

    /// Guards what follows.
    std::mutex waking_;
    std::condition_variable wake_;
    bool is_over_ = false;

    std::thread thread_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
