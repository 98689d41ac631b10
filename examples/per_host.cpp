// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// One breaker a host: a host that is down does not keep calls from the others.
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

inline auto make_breaker(std::string_view host) {
    return fluxgate::CircuitBreaker{fluxgate::presets::request_response(500ms),
                                    fluxgate::Name{host}};
}

class Client {
public:
    std::string get(const std::string& host) {
        return breakers_.call(host, [&] { return fetch(host); });
    }

private:
    static std::string fetch(const std::string& host) {
        if (host == "down.example") {
            throw std::runtime_error{"connection refused"};
        }
        return "hello from " + host;
    }

    // At most a thousand hosts; beyond that, the breaker that was not used for the longest time
    // goes.
    fluxgate::KeyedBreakers<decltype(&make_breaker)> breakers_{&make_breaker,
                                                               fluxgate::MaxBreakers{1000}};
};

int main() {
    int rejections = 0;
    Client client;
    for (int i = 0; i < 10; ++i) {
        for (const char* const host : {"up.example", "down.example"}) {
            try {
                std::cout << client.get(host) << '\n';
            } catch (const fluxgate::CallNotPermittedError& error) {
                std::cout << error.what() << '\n';
                ++rejections;
            } catch (const std::exception& error) {
                std::cout << host << ": " << error.what() << '\n';
            }
        }
    }
    return rejections != 0 ? 0 : 1;  // three, unless the machine stands still for half a second
}
