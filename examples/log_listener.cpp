// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Transitions in the program's log, by spdlog: bad news as warnings.

#include <fluxgate/fluxgate.hpp>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

/// A listener that writes to a logger, which may be shared.
class LogTo {
public:
    LogTo(std::string name, std::shared_ptr<spdlog::logger> logger)
        : name_{std::move(name)}, logger_{std::move(logger)} {}

    void operator()(const fluxgate::Signal& signal) const {
        const bool bad = signal.new_state == fluxgate::State::open;
        logger_->log(bad ? spdlog::level::warn : spdlog::level::info, "{}: {}", name_,
                     to_string(signal));
    }

private:
    std::string name_;
    std::shared_ptr<spdlog::logger> logger_;
};

int main() {
    std::ostringstream log;
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log);
    const auto logger = std::make_shared<spdlog::logger>("breakers", sink);
    logger->set_pattern("[%l] %v");

    fluxgate::CircuitBreaker breaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}),
        fluxgate::Listeners{LogTo{"payments", logger}}};
    for (int i = 0; i < 7; ++i) {
        breaker.call_with_fallback([] { throw std::runtime_error{"down"}; }, [] {});
    }
    breaker.reset();

    std::cout << log.str();
    return log.str() ==
                   "[warning] payments: closed -> open (tripped): 7 calls, 7 failures (100%)\n"
                   "[info] payments: open -> closed (command): 0 calls, 0 failures\n"
               ? 0
               : 1;
}
