// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// EventLog and to_json: the latest transitions, for a page or a script.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/event_log.hpp>
#include <fluxgate/json.hpp>

#include <iostream>
#include <string>

int main() {
    fluxgate::EventLog events{10};
    fluxgate::CircuitBreaker breaker{fluxgate::Listeners{events}};
    breaker.force_open();

    const std::string json = fluxgate::to_json(events);
    std::cout << json.substr(0, json.find(",\"timestamp\"")) << '\n';
}
// [{"name":null,"old_state":"closed","new_state":"forced_open","reason":"command"
