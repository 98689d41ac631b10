// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: try_call cannot tell which coroutine type of this family

#include <fluxgate/async_circuit_breaker.hpp>

#include <coroutine>

struct Job {
    struct promise_type {
        Job get_return_object() { return {}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
    bool await_ready() const { return true; }
    void await_suspend(std::coroutine_handle<>) const {}
    void await_resume() const {}
};

Job work() {
    co_return;
}

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(breaker.try_call(work));
}
