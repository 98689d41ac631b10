// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A service whose circuit breakers are watched and steered over HTTP, with traffic behind them. See
// docs/operating.md.

#include "operations.hpp"
#include "server.hpp"
#include "traffic.hpp"

#include <fluxgate/fleet.hpp>
#ifdef HAS_REDIS
#include <fluxgate/redis.hpp>
#endif

#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace {

volatile std::sig_atomic_t is_interrupted = 0;

extern "C" void interrupt(int) {
    is_interrupted = 1;
}

/// 128 bits, as the system draws them.
std::string draw_token() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device device;
    std::uniform_int_distribution<std::size_t> draw{0, digits.size() - 1};
    std::string token;
    for (int i = 0; i != 32; ++i) {
        token += digits[draw(device)];
    }
    return token;
}

}  // namespace

int main(int argc, char** argv) {
    // A range contains what is no number.
    const CLI::Validator is_number{
        [](const std::string& text) { return std::string{text == "nan" ? "is no number" : ""}; },
        ""};
    const CLI::Validator is_given{
        [](const std::string& text) { return std::string{text.empty() ? "is empty" : ""}; }, ""};
    CLI::App app{"A service whose circuit breakers are watched and steered over HTTP."};
    operations::Place place;
    double seconds = 0.0;
    std::string token;
    app.add_option("--host", place.host, "the address to listen on")
        ->check(is_given)
        ->capture_default_str();
    app.add_option("--port", place.port, "the port to listen on; 0 for one that is free")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str();
    app.add_option("--name", place.names,
                   "a name by which clients may call it, such as a scraper's; may be given several "
                   "times. It answers to its address and to those of loopback anyway, and to no "
                   "others")
        ->check(is_given);
    app.add_option("--seconds", seconds, "ends after so long; 0 for when it is interrupted")
        ->check(CLI::Range(0.0, 1e6) & is_number);
    app.add_option("--token", token,
                   "allows commands; drawn where there is none. Others may see command lines, so "
                   "rather set FLUXGATE_TOKEN")
        ->envname("FLUXGATE_TOKEN");
#ifdef HAS_REDIS
    int redis_port = 0;
    app.add_option(
           "--redis-port", redis_port,
           "commands are shared with other such services by way of the Redis at this port of "
           "this machine")
        ->check(CLI::Range(1, 65535));
#endif
    CLI11_PARSE(app, argc, argv);

    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    try {
        const bool is_drawn = token.empty();
        if (is_drawn) {
            token = draw_token();
        }
        fluxgate::Registry registry;
#ifdef HAS_REDIS
        std::optional<fluxgate::RedisFleet> shared;
        if (redis_port != 0) {
            fluxgate::RedisOptions options;
            options.port = redis_port;
            options.on_error = [](std::string_view error) {
                std::cerr << "operations: the fleet: " << error << '\n';
            };
            shared.emplace(options);
        }
        fluxgate::Fleet* const fleet = shared ? &*shared : nullptr;
#else
        fluxgate::Fleet* const fleet = nullptr;
#endif
        const operations::Operations operations{registry, operations::Token{token}, fleet};
        const traffic::Clients clients{registry, fleet};
        const operations::Server server{
            place, [&](const operations::Request& request) { return operations.answer(request); }};
        const bool is_ipv6 = place.host.find(':') != std::string::npos;
        std::cout << "http://" << (is_ipv6 ? '[' + place.host + ']' : place.host) << ':'
                  << server.port() << "/\n";
        if (is_drawn) {
            std::cout << "The token for commands: " << token << '\n';
        }
        std::cout << std::flush;

        const auto begin = std::chrono::steady_clock::now();
        const auto is_over = [&] {
            return seconds > 0.0 && std::chrono::steady_clock::now() - begin >
                                        std::chrono::duration<double>{seconds};
        };
        while (is_interrupted == 0 && !is_over()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    } catch (const std::exception& error) {
        std::cerr << "operations: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
