// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A library that calls back: the permission travels with the callback and is settled there, in
// whatever thread that is. A callback that never comes drops it, and nothing is recorded.

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <future>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>

using namespace std::chrono_literals;

/// What such a library looks like: it returns at once and calls back from a thread of its own.
template <class Callback>
std::future<void> async_get(bool server_is_up, Callback callback) {
    return std::async(std::launch::async, [server_is_up, callback = std::move(callback)]() mutable {
        if (server_is_up) {
            callback(std::error_code{}, std::string{"the answer"});
        } else {
            callback(std::make_error_code(std::errc::timed_out), std::string{});
        }
    });
}

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(500ms)};
    int rejections = 0;

    for (int number = 0; number < 10; ++number) {
        const bool server_is_up = number == 0 || number == 9;
        auto permission = breaker.try_acquire();
        if (!permission) {
            ++rejections;
            std::cout << "rejected\n";
            continue;
        }
        auto done = async_get(server_is_up, [permission = std::move(*permission)](
                                                std::error_code error, std::string body) mutable {
            error ? permission.failed() : permission.succeeded();
            std::cout << (error ? error.message() : body) << '\n';
        });
        done.get();
    }
    std::cout << breaker.info() << '\n';
    return rejections != 0 ? 0 : 1;  // two, unless the machine stands still for half a second
}
