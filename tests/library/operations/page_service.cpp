// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The service that page.py looks at: the example's, with breakers that are hard to show, one of
// which is shared; and with `--many N` so many more, a dozen of which are open. It ends with its
// standard input, of which a line takes the fleet's store away.

#include "fleet_in_memory.hpp"
#include "operations.hpp"
#include "server.hpp"
#include "traffic.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

using fluxgate::CircuitBreaker;
using fluxgate::Name;
using fluxgate::Registered;
using fluxgate::Shared;
using namespace std::chrono_literals;

int main(int count, char** arguments) {
    fluxgate::Registry registry;
    MemoryOfFleets memory;
    FleetInMemory fleet{memory, "one"};
    const FleetInMemory other{memory, "other"};
    const operations::Operations operations{registry, operations::Token{"secret"}, &fleet};
    const CircuitBreaker markup{Name{"<img src=x onerror=\"document.title='run'\"><b>bold</b>"},
                                Registered{registry}};
    const CircuitBreaker hard{Name{"a/b?c#d%25 \xc3\xa9"}, Registered{registry}};
    const CircuitBreaker no_text{Name{"\xff"}, Registered{registry}};
    const CircuitBreaker no_text_either{Name{"\xfe"}, Registered{registry}};
    const CircuitBreaker idle{Name{"idle"}, Registered{registry},
                              Shared{fleet, fluxgate::share::Votes{3}}};
    fluxgate::KeyedBreakers many{[&](std::string_view name) {
        return CircuitBreaker{fluxgate::presets::request_response(1s), Name{name},
                              Registered{registry}};
    }};
    const int number = count == 3 ? std::stoi(arguments[2]) : 0;
    for (int i = 0; i != number; ++i) {
        const bool hangs = i % 167 == 0;
        const auto breaker = many["service-" + std::to_string(i) + (hangs ? "-hangs" : "")];
        breaker->call([] {});
        if (hangs) {
            breaker->open_for(1h);
        }
    }
    const traffic::Clients clients{registry};
    const operations::Server server{{.port = 0}, [&](const operations::Request& request) {
                                        return operations.answer(request);
                                    }};
    std::cout << "http://127.0.0.1:" << server.port() << '/' << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
        memory.set_there(line != "lose the store");
    }
}
