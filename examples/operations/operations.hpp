// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "page.hpp"
#include "server.hpp"

#include <fluxgate/fleet.hpp>
#include <fluxgate/json.hpp>
#include <fluxgate/prometheus.hpp>
#include <fluxgate/prometheus_fleet.hpp>
#include <fluxgate/registry.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <prometheus/text_serializer.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The breakers of a process over HTTP: metrics, JSON, a page, and commands. One can take it along,
// with server.hpp and server.cpp; it needs Boost, prometheus-cpp, nlohmann-json and OpenSSL.
//
//     GET  /                          the page
//     GET  /metrics                   for Prometheus
//     GET  /circuit-breakers          all breakers, as Registry::to_json() writes them
//     GET  /circuit-breakers/events   the latest transitions, oldest first
//     GET  /fleet                     who shares what; null where nothing is shared
//     POST /circuit-breakers/{name}   {"command": "reset"}, "disable", "metrics_only", "force_open",
//                                     or {"command": "open_for", "duration_s": 30}
namespace operations {

/// A command for a breaker, as a request's body says it.
struct Command {
    std::string_view name;
    std::function<bool(const fluxgate::BreakerView&)> run;
};

/// Reads a command. Throws `std::invalid_argument` with a sentence where it is none.
inline Command parse_command(const std::string& body) {
    using fluxgate::BreakerView;
    static const std::array plain{
        Command{"reset", &BreakerView::reset},
        Command{"disable", &BreakerView::disable},
        Command{"metrics_only", &BreakerView::metrics_only},
        Command{"force_open", &BreakerView::force_open},
    };
    const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) {
        throw std::invalid_argument{
            "the body is not valid JSON, or has a number that is too large"};
    }
    if (!json.is_object() || !json.contains("command") || !json["command"].is_string()) {
        throw std::invalid_argument{
            "the body must be a JSON object with a command, such as {\"command\": \"reset\"}"};
    }
    const auto name = json["command"].get<std::string>();
    const bool is_open_for = name == "open_for";
    for (const auto& member : json.items()) {
        if (member.key() != "command" && !(is_open_for && member.key() == "duration_s")) {
            throw std::invalid_argument{name + " has no parameter \"" + member.key() + '"'};
        }
    }
    if (is_open_for) {
        if (!json.contains("duration_s") || !json["duration_s"].is_number()) {
            throw std::invalid_argument{"open_for needs a duration_s, a number of seconds"};
        }
        const std::chrono::duration<double> duration{json["duration_s"].get<double>()};
        return {"open_for",
                [duration](const BreakerView& breaker) { return breaker.open_for(duration); }};
    }
    const auto* const found = std::ranges::find(plain, name, &Command::name);
    if (found == plain.end()) {
        throw std::invalid_argument{"there is no command \"" + name +
                                    "\": reset, disable, metrics_only, force_open or open_for"};
    }
    return *found;
}

/// Tells the right token from others. That takes as long for one that is nearly right as for any
/// other of its length: hashes are compared, in constant time.
class Token {
public:
    /// Takes letters, digits and any of -._~+/= (RFC 6750), else throws `std::invalid_argument`.
    explicit Token(std::string_view text) : hash_{hash(text)} {
        constexpr std::string_view allowed =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
        if (text.empty() || text.find_first_not_of(allowed) != std::string_view::npos) {
            throw std::invalid_argument{"a token is made of letters, digits and any of -._~+/="};
        }
    }

    /// Returns whether an Authorization header has it, as `Bearer …`.
    [[nodiscard]] bool is_in(std::string_view header) const {
        constexpr std::string_view scheme = "bearer ";
        const auto is_same = [](char given, char wanted) {
            return given == wanted || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == wanted);
        };
        const std::string_view start = header.substr(0, scheme.size());
        if (!std::ranges::equal(start, scheme, is_same)) {
            return false;
        }
        const Hash given = hash(header.substr(scheme.size()));
        return CRYPTO_memcmp(given.data(), hash_.data(), hash_.size()) == 0;
    }

private:
    using Hash = std::array<unsigned char, 32>;

    static Hash hash(std::string_view text) {
        Hash hash{};
        if (EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr) !=
            1) {
            throw std::runtime_error{"OpenSSL has no SHA-256"};
        }
        return hash;
    }

    Hash hash_;
};

/// Answers for the breakers of a registry, which must outlive it. Thread-safe.
class Operations {
public:
    /// Takes the token without which no command is obeyed, and the fleet with which breakers are
    /// shared, which may be null and must outlive it.
    Operations(fluxgate::Registry& registry, Token token, const fluxgate::Fleet* fleet = nullptr)
        : registry_{registry}, token_{token}, fleet_{fleet}, collector_{registry} {
        if (fleet_ != nullptr) {
            fleet_collector_.emplace(*fleet_);
        }
    }

    /// Answers a request.
    [[nodiscard]] Answer answer(const Request& request) const {
        if (request.path.starts_with(commands) && request.path.size() > commands.size() &&
            request.method == "POST") {
            return obey(request);
        }
        if (request.method != "GET" && request.method != "HEAD") {
            return refuse(404, "there is no such command");
        }
        if (request.path == "/") {
            return {.type = "text/html; charset=utf-8", .body = std::string{page}};
        }
        if (request.path == "/metrics") {
            return {.type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = prometheus::TextSerializer{}.Serialize(metrics())};
        }
        if (request.path == "/fleet") {
            return {.body = fleet_ != nullptr ? shared() : "null"};
        }
        if (request.path == "/circuit-breakers") {
            return {.body = registry_.to_json()};
        }
        if (request.path == "/circuit-breakers/events") {
            return {.body = fluxgate::to_json(events_)};
        }
        return refuse(404, "there is no such path");
    }

private:
    static constexpr std::string_view commands = "/circuit-breakers/";

    [[nodiscard]] std::vector<prometheus::MetricFamily> metrics() const {
        std::vector<prometheus::MetricFamily> all = collector_.Collect();
        if (fleet_collector_) {
            std::ranges::move(fleet_collector_->Collect(), std::back_inserter(all));
        }
        return all;
    }

    /// Returns how the fleet is, and who shares what.
    [[nodiscard]] std::string shared() const {
        const fluxgate::FleetStatus status = fleet_->status();
        nlohmann::json breakers = nlohmann::json::array();
        for (const fluxgate::SharedBreakerInfo& breaker : fleet_->breakers()) {
            breakers.push_back(
                {{"name", breaker.name}, {"shares", breaker.shares}, {"quorum", breaker.quorum}});
        }
        const nlohmann::json all{{"connected", status.connected},
                                 {"nodes", status.nodes},
                                 {"failures", status.failures},
                                 {"breakers", std::move(breakers)}};
        // A name may be no text.
        return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }

    /// Obeys a command, and answers with the breaker's info.
    [[nodiscard]] Answer obey(const Request& request) const {
        if (!token_.is_in(request.authorization)) {
            Answer answer = refuse(401, "a command needs the token, as Authorization: Bearer");
            answer.headers = {{"WWW-Authenticate", "Bearer"}};
            return answer;
        }
        const std::string name = request.path.substr(commands.size());
        const auto breaker = registry_.find(name);
        try {
            if (breaker && parse_command(request.body).run(*breaker)) {
                return {.body = fluxgate::to_json(breaker->info())};
            }
        } catch (const std::invalid_argument& error) {
            return refuse(400, error.what());
        }
        return refuse(404, "no circuit breaker is named \"" + name + '"');
    }

    fluxgate::Registry& registry_;
    const Token token_;
    /// Null where nothing is shared.
    const fluxgate::Fleet* const fleet_;
    fluxgate::PrometheusCollector collector_;
    std::optional<fluxgate::PrometheusFleetCollector> fleet_collector_;
    fluxgate::EventLog events_{100};
    fluxgate::Subscription subscription_ = registry_.listen(events_);
};

}  // namespace operations
