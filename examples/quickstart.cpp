// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A shop asks a price server over real HTTP. The server turns slow, then fails, then recovers. The
// same traffic runs twice, without a circuit breaker and with one; a table compares the two.

#include "http.hpp"
#include "report.hpp"
#include "traffic.hpp"

#include <fluxgate/fluxgate.hpp>

#include <atomic>
#include <chrono>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using traffic::Price;

namespace {

/// How long the shop's customers can bear to wait for a price.
constexpr auto bearable = 100ms;

Price get_price(http::Client& client) {
    return {client.get("/price")};
}

/// What the shop shows while the breaker lets no call through: a price it remembers.
Price remembered_price(const fluxgate::CallNotPermittedError&) {
    return {.amount = "9.95", .from_server = false};
}

std::string describe(const fluxgate::Metrics& metrics) {
    if (metrics.total_count == 0) {
        return "no calls";
    }
    const char* const calls = metrics.total_count == 1 ? " call, " : " calls, ";
    std::ostringstream text;
    text << std::fixed << std::setprecision(0) << metrics.total_count << calls
         << 100 * *metrics.failure_rate() << " % failed or late";
    return text.str();
}

traffic::Tally run_without() {
    traffic::print_line("Without a circuit breaker");
    http::PriceServer server;
    const traffic::Log log;
    return traffic::run(server, log, get_price);
}

traffic::Tally run_with() {
    traffic::print_line("\nWith a circuit breaker");
    http::PriceServer server;
    const traffic::Log log;
    std::atomic<int> openings{0};

    fluxgate::CircuitBreaker breaker{
        // Opens after a few calls that fail or take longer than that; tries again one call at a
        // time, the more rarely the longer the server is down.
        fluxgate::presets::request_response(bearable),
        // A server without an answer or with a 5xx has failed; a 4xx would be our own mistake.
        fluxgate::TypeOf<http::NetworkError, http::ServerError>{},
        fluxgate::Listeners{[&](const fluxgate::Signal& signal) {
            if (signal.reason == fluxgate::Reason::tripped) {
                ++openings;
            }
            log("  ", signal.old_state, " -> ", signal.new_state, " (", signal.reason,
                "): ", describe(signal.metrics));
        }}};

    const traffic::Tally tally = traffic::run(server, log, [&](http::Client& client) {
        return breaker.call_with_fallback(get_price, remembered_price, client);
    });

    if (openings == 0) {
        throw std::runtime_error{"the breaker did not open"};
    }
    if (breaker.info().state != fluxgate::State::closed) {
        throw std::runtime_error{"the breaker did not recover"};
    }
    return tally;
}

}  // namespace

int main() {
    return traffic::compare("quickstart", run_without, run_with);
}
