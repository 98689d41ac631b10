// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for cpp-httplib, tried on a server that answers, fails, and is gone.

#include "httplib.hpp"

#include "../listening.hpp"
#include "checks.hpp"

#include <atomic>
#include <iostream>
#include <optional>

using recipes::check;

int main() {
    std::atomic<int> status{200};
    httplib::Server server;
    server.set_keep_alive_max_count(1);
    server.Get("/", [&](const httplib::Request&, httplib::Response& response) {
        response.status = status;
        response.set_content("9.99", "text/plain");
    });
    std::optional<http::Listening> listening{std::in_place, server, "127.0.0.1", 0};
    httplib::Client client{"127.0.0.1", listening->port()};

    recipes::HttpHosts hosts{&recipes::make_http_host};
    const auto get = [&] { return hosts.try_call("prices", [&] { return client.Get("/"); }); };

    check(get().value()->body == "9.99", "an answer comes as it is");
    status = 404;
    check(get().value()->status == 404, "so does one that says no");
    const auto refused = hosts.try_call(
        "prices", [&] { return client.Get("/", [](const char*, std::size_t) { return false; }); });
    check(refused.value().error() == httplib::Error::Canceled, "our own end of a call is told");
    check(hosts["prices"]->info().metrics.failure_count == 0, "none of that is a failure");

    status = 503;
    int arrived = 0;
    while (get()) {
        ++arrived;
    }
    check(arrived < 20, "a server that fails is left alone after a few calls");
    std::cout << "rejected after " << arrived << " failures\n";

    listening.reset();
    hosts["prices"]->reset();
    int refusals = 0;
    while (get()) {
        ++refusals;
    }
    check(refusals < 20, "so is one that is gone");
    std::cout << "rejected after " << refusals << " refused connections\n";
}
