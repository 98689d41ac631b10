// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for Mosquitto, tried on a broker that takes messages, is stopped and goes on.

#include "mosquitto.hpp"

#include "../fleet/child_process.hpp"
#include "checks.hpp"

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using recipes::check;

namespace {

constexpr int port = 18'831;

struct EndsClient {
    void operator()(mosquitto* client) const noexcept { mosquitto_destroy(client); }
};

/// The client's own thread, from which it calls back.
class Loop {
public:
    explicit Loop(mosquitto* client) : client_{client} { mosquitto_loop_start(client); }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop() {
        mosquitto_disconnect(client_);
        mosquitto_loop_stop(client_, false);
    }

private:
    mosquitto* const client_;
};

bool is_there(mosquitto* client) {
    return mosquitto_connect(client, "127.0.0.1", port, 5) == MOSQ_ERR_SUCCESS;
}
void connect(mosquitto* client) {
    for (int i = 0; i != 500; ++i) {
        if (is_there(client)) {
            return;
        }
        std::this_thread::sleep_for(10ms);
    }
    check(false, "the broker starts");
}

void try_it(const char* program) {
    mosquitto_lib_init();
    auto breaker = recipes::make_broker();
    const auto info = [&] { return breaker.info(); };
    const std::unique_ptr<mosquitto, EndsClient> client{mosquitto_new(nullptr, true, nullptr)};
    recipes::Publisher publisher{breaker, client.get()};
    check(!is_there(client.get()), "nobody else is at the port");
    const ChildProcess broker{{program, "-p", std::to_string(port)}};
    connect(client.get());
    const Loop loop{client.get()};

    fluxgate::Rejection why;
    int code = 0;
    const auto publish = [&] { return publisher.publish("prices", "995", why, code); };
    for (int i = 0; i != 20; ++i) {
        check(publish(), "a message is taken");
    }
    check(!publisher.publish("prices/#", "995", why, code) && code == MOSQ_ERR_INVAL,
          "a message that is wrong is told");
    for (int i = 0; i != 1'000 && info().metrics.total_count != 20; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    check(info().metrics.total_count == 20, "messages arrive");
    check(info().metrics.failure_count == 0, "none of that is a failure");

    broker.signal(SIGSTOP);
    int taken = 0;
    while (publish()) {
        ++taken;
        std::this_thread::sleep_for(10ms);
    }
    check(code == MOSQ_ERR_SUCCESS, "the circuit rejects, and not the client");
    check(taken < 200, "a broker that hangs is left alone");
    std::cout << "rejected after " << taken << " messages without an answer\n";

    broker.signal(SIGCONT);
    while (info().state != fluxgate::State::closed) {
        static_cast<void>(publish());
        std::this_thread::sleep_for(10ms);
    }
    check(publish(), "it recovers");
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: recipe_mosquitto MOSQUITTO\n";
        return 2;
    }
    return recipes::run([&] { try_it(arguments[1]); });
}
