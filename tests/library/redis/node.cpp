// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "node.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

// A node as a process: it does what the lines of its input say, and answers each with a line.
//
//     node PORT NAME commands|votes|pool

namespace {

template <class Mode>
int serve(int port, const std::string& name, Mode mode) {
    Node<Mode> node{port, name, mode};
    auto trial = node.breaker.try_acquire();
    trial.reset();
    for (std::string line; std::getline(std::cin, line);) {
        if (line == "fail") {
            node.call(false, 5);
        } else if (line == "succeed") {
            node.call(true);
        } else if (line == "begin") {
            trial = node.breaker.try_acquire();
        } else if (line == "force_open") {
            node.breaker.force_open();
        } else if (line == "reset") {
            node.breaker.reset();
        } else if (line == "connected") {
            eventually([&] { return node.fleet.status().connected; });
        }
        std::cout << fluxgate::to_string(node.state()) << std::endl;
    }
    return EXIT_SUCCESS;
}

}  // namespace

int main(int, char** arguments) {
    const int port = std::stoi(arguments[1]);
    const std::string name = arguments[2];
    const std::string mode = arguments[3];
    if (mode == "votes") {
        return serve(port, name, fluxgate::share::Votes{quorum});
    }
    if (mode == "pool") {
        return serve(port, name, fluxgate::share::Pool{});
    }
    return serve(port, name, fluxgate::share::Commands{});
}
