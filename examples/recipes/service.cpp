// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What a service has once, tried with the clients of two kinds and a text that changes.

#include "service.hpp"

#include "checks.hpp"

#include <exception>
#include <fstream>
#include <iostream>
#include <string>

using recipes::check;

namespace {

void write(const std::string& file, const char* policies) {
    std::ofstream{file} << policies;
}

}  // namespace

int main() {
    const std::string file = "recipe_service.policies";
    write(file, "trip = failure_streak(5); wait = cooldown(30s)");
    recipes::Service service{file};
    auto hosts =
        service.breakers("http/", fluxgate::Result{[](int status) { return status >= 500; }});
    auto files =
        service.breakers("file/", fluxgate::Result{[](bool is_written) { return !is_written; }});

    int arrived = 0;
    while (hosts.try_call("prices", [&] {
        ++arrived;
        return 503;
    })) {
    }
    check(arrived == 5, "the breakers have the policies of the file");
    check(files.try_call("orders.db", [] { return true; }).has_value(), "another is well");

    write(file, "trip = failure_streak(2); wait = cooldown(30s)");
    service.reload();
    for (int i = 0; i != 2; ++i) {
        check(!files.try_call("orders.db", [] { return false; }).value(), "its calls fail");
    }
    check(!files.try_call("orders.db", [] { return true; }), "it has those that are read anew");

    for (const char* const wrong : {"trip = failure_streak(0)", ""}) {
        write(file, wrong);
        bool is_refused = false;
        try {
            service.reload();
        } catch (const std::exception& error) {
            is_refused = true;
            std::cout << "refused: " << error.what() << '\n';
        }
        check(is_refused, "a text that is wrong is refused");
    }
    check(service.metrics().find("circuit_breaker_state{name=\"http/prices\",state=\"open\"} 1") !=
              std::string::npos,
          "the metrics tell of all");
}
