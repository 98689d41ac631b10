// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// One breaker a host: a host that is down does not keep calls from the others.
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <iostream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

auto make_breaker() {
    return fluxgate::CircuitBreaker{fluxgate::presets::request_response(500ms)};
}

class Client {
public:
    std::string get(const std::string& host) {
        return breaker_of(host).call([&] { return fetch(host); });
    }

private:
    using Breaker = decltype(make_breaker());

    // A breaker is built in its place in the map, and stays there: references to it hold.
    Breaker& breaker_of(const std::string& host) {
        const std::lock_guard lock{mutex_};
        return breakers_.try_emplace(host, fluxgate::presets::request_response(500ms))
            .first->second;
    }

    static std::string fetch(const std::string& host) {
        if (host == "down.example") {
            throw std::runtime_error{"connection refused"};
        }
        return "hello from " + host;
    }

    std::mutex mutex_;
    std::map<std::string, Breaker> breakers_;
};

int main() {
    int rejections = 0;
    Client client;
    for (int i = 0; i < 10; ++i) {
        for (const char* const host : {"up.example", "down.example"}) {
            try {
                std::cout << client.get(host) << '\n';
            } catch (const fluxgate::CallNotPermittedError&) {
                ++rejections;
            } catch (const std::exception& error) {
                std::cout << host << ": " << error.what() << '\n';
            }
        }
    }
    return rejections == 3 ? 0 : 1;
}
