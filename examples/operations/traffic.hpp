// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../listening.hpp"

#include <fluxgate/fleet.hpp>
#include <fluxgate/fluxgate.hpp>

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Real traffic: a server on loopback with a path that is healthy, one that turns slow and one that
// fails now and then, and clients that ask each of them through a circuit breaker.
namespace traffic {

using namespace std::chrono_literals;

/// Clients of a server of prices, each a thread with a breaker of its own, from construction to
/// destruction.
class Clients {
public:
    /// Its breakers are known to the registry, by the name of what they ask for, and share commands
    /// with the fleet, which may be null.
    explicit Clients(fluxgate::Registry& registry, fluxgate::Fleet* fleet = nullptr)
        : fleet_{fleet} {
        server_.Get("/healthy", [](const httplib::Request&, httplib::Response& response) {
            response.set_content("9.99", "text/plain");
        });
        server_.Get("/slow", [this](const httplib::Request&, httplib::Response& response) {
            std::this_thread::sleep_for(is_unwell(20s) ? 300ms : 20ms);
            response.set_content("9.99", "text/plain");
        });
        server_.Get("/failing", [this](const httplib::Request&, httplib::Response& response) {
            response.status = is_unwell(15s) ? 503 : 200;
        });
        listening_.emplace(server_, "127.0.0.1", 0);

        const fluxgate::Registered registered{registry};
        start("/healthy", [registered] {
            return fluxgate::CircuitBreaker{fluxgate::presets::request_response(1s),
                                            fluxgate::Name{"healthy"}, registered};
        });
        start("/slow", [registered] {
            return fluxgate::CircuitBreaker{fluxgate::CountWindow{20},
                                            (fluxgate::MinRequests{10} | fluxgate::HalfOpened{}) &
                                                fluxgate::SlowRate{0.5, 200ms},
                                            fluxgate::Cooldown{5s}, fluxgate::Name{"slow"},
                                            registered};
        });
        start("/failing", [registered] {
            return fluxgate::CircuitBreaker{fluxgate::presets::request_response(1s),
                                            fluxgate::Name{"failing"}, registered};
        });
    }

    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    ~Clients() {
        is_over_ = true;
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

private:
    /// Returns whether a path is unwell now: it is in every other spell, from the first on.
    [[nodiscard]] bool is_unwell(std::chrono::seconds spell) const {
        return (std::chrono::steady_clock::now() - begin_) / spell % 2 == 0;
    }

    template <class MakeBreaker>
    void start(const char* path, MakeBreaker make_breaker) {
        threads_.emplace_back([this, path, make_breaker] {
            auto breaker = make_breaker();
            fluxgate::FleetMembership membership;
            if (fleet_ != nullptr) {
                membership = fleet_->join(breaker, fluxgate::share::Commands{});
            }
            httplib::Client client{"127.0.0.1", listening_->port()};
            while (!is_over_) {
                try {
                    breaker.call([&] { return get(client, path); });
                } catch (const std::runtime_error&) {
                    // It failed or was rejected; the breaker knows, and this client has no user.
                }
                std::this_thread::sleep_for(40ms);
            }
        });
    }

    static std::string get(httplib::Client& client, const char* path) {
        const httplib::Result answer = client.Get(path);
        if (!answer || answer->status != 200) {
            throw std::runtime_error{"no price"};
        }
        return answer->body;
    }

    fluxgate::Fleet* const fleet_;
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    httplib::Server server_;
    std::optional<http::Listening> listening_;
    std::atomic<bool> is_over_{false};  // set once, by the destructor
    std::vector<std::thread> threads_;
};

}  // namespace traffic
