// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for libcurl, tried on a server that answers, turns mute and recovers.

#include "libcurl.hpp"

#include "checks.hpp"
#include "server.hpp"

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using recipes::check;
using recipes::Server;

namespace {

struct EndsHandle {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
using Handle = std::unique_ptr<CURL, EndsHandle>;

std::size_t drop(char*, std::size_t, std::size_t size, void*) {
    return size;
}
std::size_t refuse(char*, std::size_t, std::size_t, void*) {
    return 0;
}

Handle handle_for(const std::string& url) {
    Handle handle{curl_easy_init()};
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &drop);
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, 300L);
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "*");
    return handle;
}

void try_easy(Server& server) {
    recipes::Hosts hosts{&recipes::make_host};
    const Handle handle = handle_for(server.url());
    const auto get = [&] { return recipes::perform(hosts, "prices", handle.get()); };
    for (const int status : {200, 404, 404, 200}) {
        server.answer(status);
        check(get().value().status == status, "an answer comes as it is");
    }
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &refuse);
    check(get().value().code == CURLE_WRITE_ERROR, "our own end of a transfer is told");
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &drop);
    check(hosts["prices"]->info().metrics.failure_count == 0, "none of that is a failure");

    server.answer(503);
    int arrived = 0;
    while (get()) {
        ++arrived;
    }
    check(arrived < 20, "a server that fails is left alone after a few calls");
    check(get().error().retry_after.has_value(), "a rejection says when to come back");
    std::cout << "easy: rejected after " << arrived << " failures\n";
    server.answer(200);
    while (!get()) {
        std::this_thread::sleep_for(10ms);
    }
    check(hosts["prices"]->info().state == fluxgate::State::closed, "it recovers");
}

void try_multi(Server& server) {
    recipes::Hosts hosts{&recipes::make_host};
    CURLM* const multi = curl_multi_init();
    {
        recipes::Transfers transfers{hosts, multi};
        int ok = 0;
        int failed = 0;
        int rejected = 0;
        std::vector<Handle> handles;
        const auto burst = [&] {
            ok = failed = rejected = 0;
            for (int i = 0; i != 4; ++i) {  // of more, the server leaves some waiting
                handles.push_back(handle_for(server.url()));
                fluxgate::Rejection why;
                const auto done = [&](CURL*, const recipes::Transferred& transferred) {
                    ++(transferred.has_failed() ? failed : ok);
                };
                if (!transfers.start("prices", handles.back().get(), done, why)) {
                    ++rejected;
                }
            }
            while (transfers.perform()) {
                curl_multi_poll(multi, nullptr, 0, 50, nullptr);
            }
        };
        for (int i = 0; i != 5; ++i) {
            burst();
            check(ok == 4, "all of a burst are answered");
        }
        server.answer(Server::mute);
        int timed_out = 0;
        do {
            burst();
            timed_out += failed;
        } while (rejected != 4);
        check(timed_out < 20, "a mute server is left alone after a few time-outs");
        std::cout << "multi: rejected after " << timed_out << " time-outs\n";
        server.answer(200);
        while (rejected != 0) {
            std::this_thread::sleep_for(10ms);
            burst();
        }
        handles.push_back(handle_for(server.url()));
        fluxgate::Rejection why;
        check(transfers.start(
                  "prices", handles.back().get(), [](CURL*, const auto&) {}, why),
              "it recovers");
    }
    check(hosts["prices"]->info().calls_under_way == 0U, "a transfer that nobody ends is neutral");
    curl_multi_cleanup(multi);
}

}  // namespace

int main() {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    Server server;
    try_easy(server);
    try_multi(server);
    curl_global_cleanup();
}
