// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The service that page.py looks at: the example's, with breakers that are hard to show. It ends
// with its standard input.

#include "operations.hpp"
#include "traffic.hpp"

#include <fluxgate/fluxgate.hpp>

#include <iostream>
#include <string>

using fluxgate::CircuitBreaker;
using fluxgate::Name;
using fluxgate::Registered;

int main() {
    fluxgate::Registry registry;
    operations::Operations operations{registry, operations::Token{"secret"}};
    const CircuitBreaker markup{Name{"<img src=x onerror=\"document.title='run'\"><b>bold</b>"},
                                Registered{registry}};
    const CircuitBreaker hard{Name{"a/b?c#d%25 \xc3\xa9"}, Registered{registry}};
    const CircuitBreaker no_text{Name{"\xff"}, Registered{registry}};
    const CircuitBreaker no_text_either{Name{"\xfe"}, Registered{registry}};
    const CircuitBreaker idle{Name{"idle"}, Registered{registry}};
    httplib::Server server;
    operations.mount(server);
    const traffic::Clients clients{registry};
    const http::Listening listening{server, "127.0.0.1", 0};
    std::cout << "http://127.0.0.1:" << listening.port() << '/' << std::endl;
    std::string line;
    while (std::getline(std::cin, line)) {
    }
}
