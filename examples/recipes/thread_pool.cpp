// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for a pool of threads, tried on a service that answers, fails, and hangs so that no
// worker is left.

#include "thread_pool.hpp"

#include "checks.hpp"

#include <asio/thread_pool.hpp>

#include <chrono>
#include <future>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using recipes::check;
using recipes::submit;

int main() {
    asio::thread_pool pool{4};
    fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(100ms),
                                     fluxgate::Cooldown{1h}};

    check(submit(pool, breaker, [] { return 995; }).get().value() == 995, "a result comes back");

    int failed = 0;
    for (bool rejected = false; !rejected;) {
        auto result = submit(pool, breaker, []() -> int { throw std::runtime_error{"down"}; });
        try {
            rejected = !result.get();
        } catch (const std::runtime_error&) {
            ++failed;
        }
    }
    check(failed < 20, "a service that fails is left alone after a few calls");
    std::cout << "rejected after " << failed << " failures\n";

    breaker.reset();
    std::promise<void> answers;
    const std::shared_future<void> answer = answers.get_future().share();
    std::vector<std::future<fluxgate::expected<void, fluxgate::Rejection>>> calls;
    for (int i = 0; i != 6; ++i) {
        calls.push_back(submit(pool, breaker, [answer] { answer.wait(); }));
    }
    while (breaker.info().state == fluxgate::State::closed) {
        std::this_thread::sleep_for(10ms);
    }
    check(breaker.info().last_reason == fluxgate::Reason::overdue,
          "four workers that hang open the circuit, although no fifth call can begin");
    answers.set_value();
    int rejected = 0;
    for (auto& call : calls) {
        rejected += call.get() ? 0 : 1;
    }
    check(rejected == 2, "those that waited in the queue are rejected then");
    std::cout << "opened by four workers that hung\n";
    pool.join();
}
