// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A client of three services whose policies are in a file, and are taken over on SIGHUP while it
// calls: circuits keep their state. A file that is wrong, or lacks what it had, is reported, and
// changes nothing.

#include "configuration.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

using namespace std::chrono_literals;

namespace {

constexpr std::array<std::string_view, 3> names{"orders", "prices", "mail"};

/// A service, and who calls it all the time.
class Service {
public:
    Service(std::string_view name, const fluxgate::Policies& policies)
        : name_{name}, breaker_{policies, fluxgate::Name{name}, fluxgate::Totals{}} {}
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service() {
        is_over_ = true;
        caller_.join();
    }

    void reconfigure(const fluxgate::Policies& policies) { breaker_.reconfigure(policies); }

    void print() const {
        const fluxgate::CircuitBreakerInfo info = breaker_.info();
        std::cout << name_ << ": " << to_string(info.state) << ", "
                  << info.totals->succeeded + info.totals->failed << " calls, "
                  << to_string(breaker_.policies()) << '\n';
    }

private:
    void call_again_and_again() {
        while (!is_over_) {
            try {
                breaker_.call([this] { call(); });
            } catch (const std::exception&) {
                // A failure, or a rejection: a real client answers in another way.
            }
            std::this_thread::sleep_for(5ms);
        }
    }

    void call() const {
        if (name_ == "mail") {
            throw std::runtime_error{"connection refused"};
        }
    }

    const std::string_view name_;
    fluxgate::AnyCircuitBreaker<> breaker_;
    std::atomic<bool> is_over_{false};
    std::thread caller_{[this] { call_again_and_again(); }};
};

/// The signals that end this program, and the one that has it read its file again. Blocked in all
/// threads, so that the main one can wait for them.
sigset_t blocked_signals() {
    sigset_t signals{};
    sigemptyset(&signals);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGALRM}) {
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void serve(const std::string& file, const sigset_t& signals) {
    configuration::Configuration current = configuration::read(file, names);
    std::list<Service> services;
    for (const std::string_view name : names) {
        services.emplace_back(name, current.policies.find(name)->second);
    }
    const auto print_all = [&] {
        std::ranges::for_each(services, &Service::print);
        std::cout << std::flush;
    };
    std::cout << "kill -HUP " << getpid() << " reads " << file << " again\n";
    print_all();
    for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) {
        try {
            // All of it is read before anything changes.
            current = configuration::read_again(file, names, current);
            auto service = services.begin();
            for (const std::string_view name : names) {
                service->reconfigure(current.policies.find(name)->second);
                ++service;
            }
            std::cout << "read again\n";
        } catch (const std::exception& error) {
            std::cout << error.what() << "\nignored: the policies are as before\n";
        }
        print_all();
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Calls three services through breakers whose policies are in a TOML file."};
    std::string file;
    unsigned seconds = 0;
    app.add_option("file", file, "The file of policies")->required();
    app.add_option("--seconds", seconds, "End after so long; else at SIGINT or SIGTERM");
    CLI11_PARSE(app, argc, argv);

    const sigset_t signals = blocked_signals();
    if (seconds != 0) {
        alarm(seconds);
    }
    try {
        serve(file, signals);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
