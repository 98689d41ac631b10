// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "calls.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/recorder.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ucontext.h>

using namespace fluxgate;

namespace {

/// A function on a stack of its own.
class Fiber {
public:
    explicit Fiber(std::function<void(Fiber&)> run) : run_{std::move(run)} {
        getcontext(&self_);
        self_.uc_stack.ss_sp = stack_.data();
        self_.uc_stack.ss_size = stack_.size();
        // makecontext passes ints, of which two make a pointer.
        const auto address = reinterpret_cast<std::uintptr_t>(this);
        makecontext(&self_, reinterpret_cast<void (*)()>(&enter), 2,
                    static_cast<unsigned>(address & 0xffffffffU),
                    static_cast<unsigned>(static_cast<std::uint64_t>(address) >> 32U));
    }
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Runs it until it suspends, or is done.
    void resume() {
        ucontext_t here{};
        back_ = &here;
        swapcontext(&here, &self_);
    }
    /// Leaves it until it is resumed. Called by its function.
    [[gnu::noinline]] void suspend() { swapcontext(&self_, back_); }

    [[nodiscard]] bool is_done() const { return is_done_; }

private:
    static void enter(unsigned low, unsigned high) {
        const auto address = std::uint64_t{low} | (std::uint64_t{high} << 32U);
        auto& self = *reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(address));
        self.run_(self);
        self.is_done_ = true;
        for (;;) {
            self.suspend();
        }
    }

    std::function<void(Fiber&)> run_;
    ucontext_t self_{};
    ucontext_t* back_ = nullptr;
    std::vector<char> stack_ = std::vector<char>(std::size_t{256} * 1024);
    bool is_done_ = false;
};

std::uint64_t lines(const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

Counted calls_of_moving_fibers() {
    constexpr std::uint64_t calls = 20'000;
    constexpr std::uint64_t fibers = 8;
    constexpr int threads = 4;
    std::ostringstream stream;
    Recorder recorder{stream};
    CircuitBreaker breaker{FailureStreak{5}, Totals{}};
    CircuitBreaker recorded{FailureStreak{5}, recorder};
    std::mutex mutex;
    std::deque<Fiber*> ready;
    std::atomic<std::uint64_t> left{fibers};
    std::vector<std::unique_ptr<Fiber>> all;
    for (std::uint64_t i = 0; i != fibers; ++i) {
        all.push_back(std::make_unique<Fiber>([&](Fiber& self) {
            for (std::uint64_t call = 0; call != calls; ++call) {
                breaker.call([&] { self.suspend(); });
                if (call % 100 == 0) {
                    recorded.call([&] { self.suspend(); });
                }
            }
        }));
        ready.push_back(all.back().get());
    }
    const auto run = [&] {
        while (left.load() != 0) {
            Fiber* fiber = nullptr;
            {
                const std::lock_guard lock{mutex};
                if (!ready.empty()) {
                    fiber = ready.front();
                    ready.pop_front();
                }
            }
            if (fiber == nullptr) {
                std::this_thread::yield();
                continue;
            }
            fiber->resume();
            if (fiber->is_done()) {
                --left;
                continue;
            }
            const std::lock_guard lock{mutex};
            ready.push_back(fiber);
        }
    };
    std::vector<std::thread> pool;
    for (int i = 0; i != threads; ++i) {
        pool.emplace_back(run);
    }
    for (std::thread& thread : pool) {
        thread.join();
    }
    recorder.flush();
    return {calls * fibers, breaker.info().totals->succeeded,
            lines(stream.str()) - 1 + recorder.lost()};
}

Counted calls_after_the_thread() {
    constexpr std::uint64_t calls = 10;
    constexpr int threads = 16;
    std::ostringstream stream;
    Recorder recorder{stream};
    CircuitBreaker breaker{FailureStreak{5}, Totals{}, recorder};
    Fiber fiber{[&](Fiber& self) {
        for (std::uint64_t call = 0; call != calls; ++call) {
            breaker.call([&] { self.suspend(); });
        }
    }};
    {
        std::vector<std::thread> pool;
        std::latch all{threads};
        for (int i = 0; i != threads; ++i) {
            pool.emplace_back([&, i] {
                if (i == 0) {
                    fiber.resume();
                    fiber.resume();
                }
                all.arrive_and_wait();
            });
        }
        for (std::thread& thread : pool) {
            thread.join();
        }
    }
    while (!fiber.is_done()) {
        fiber.resume();
    }
    recorder.flush();
    return {calls, breaker.info().totals->succeeded, lines(stream.str()) - 1 + recorder.lost()};
}
