// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "page.hpp"

#include <fluxgate/json.hpp>
#include <fluxgate/prometheus.hpp>
#include <fluxgate/registry.hpp>

#include <httplib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <prometheus/text_serializer.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

// The breakers of a process over HTTP: metrics, JSON, a page, and commands. A header that one can
// take along; it needs cpp-httplib, prometheus-cpp, nlohmann-json and OpenSSL.
//
//     GET  /                          the page
//     GET  /metrics                   for Prometheus
//     GET  /circuit-breakers          all breakers, as Registry::to_json() writes them
//     GET  /circuit-breakers/events   the latest transitions, oldest first
//     POST /circuit-breakers/{name}   {"command": "reset"}, "disable", "metrics_only", "force_open",
//                                     or {"command": "open_for", "duration_s": 30}
namespace operations {

/// What is answered where something is wrong.
struct Refusal {
    int status;
    std::string error;
};

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

    /// Returns whether the request has it, as `Authorization: Bearer …`.
    [[nodiscard]] bool is_in(const httplib::Request& request) const {
        constexpr std::string_view scheme = "bearer ";
        const std::string header = request.get_header_value("Authorization");
        const auto is_same = [](char given, char wanted) {
            return given == wanted || (given >= 'A' && given <= 'Z' && given - 'A' + 'a' == wanted);
        };
        const std::string_view start = std::string_view{header}.substr(0, scheme.size());
        if (!std::ranges::equal(start, scheme, is_same)) {
            return false;
        }
        const Hash given = hash(std::string_view{header}.substr(scheme.size()));
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

/// Answers for the breakers of a registry. It must outlive the servers that it is mounted on, and
/// the registry must outlive it. Thread-safe.
class Operations {
public:
    /// Takes the token without which no command is obeyed.
    Operations(fluxgate::Registry& registry, Token token)
        : registry_{registry}, token_{token}, collector_{registry} {}

    /// Adds its paths to a server that does not listen yet. The server is for this alone: the
    /// headers of all its answers, how it answers errors and how much it lets clients send become
    /// ours.
    void mount(httplib::Server& server) {
        constexpr std::size_t longest_body = 4096;
        server.set_payload_max_length(longest_body);
        server.set_read_timeout(std::chrono::seconds{5});
        // A request a connection: those that watch the page hold no thread in between, and no body
        // that was left unread is taken for the next request.
        server.set_keep_alive_max_count(1);
        server.new_task_queue = [] { return new httplib::ThreadPool{32}; };
        server.set_pre_routing_handler(
            [](const httplib::Request& request, httplib::Response& response) {
                const std::optional<Refusal> refusal = refuse_form(request);
                if (!refusal) {
                    return httplib::Server::HandlerResponse::Unhandled;
                }
                refuse(response, *refusal);
                return httplib::Server::HandlerResponse::Handled;
            });
        server.set_default_headers({
            {"Cache-Control", "no-store"},
            {"X-Content-Type-Options", "nosniff"},
            {"Referrer-Policy", "no-referrer"},
            {"Content-Security-Policy",
             "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; "
             "script-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
             "form-action 'none'"},
        });
        get(server, "/", "text/html; charset=utf-8", [] { return std::string{page}; });
        get(server, "/metrics", "text/plain; version=0.0.4; charset=utf-8",
            [this] { return prometheus::TextSerializer{}.Serialize(collector_.Collect()); });
        get(server, "/circuit-breakers", "application/json",
            [this] { return registry_.to_json(); });
        get(server, "/circuit-breakers/events", "application/json",
            [this] { return fluxgate::to_json(events_); });
        // A name may have any character in it, which a dot would not match.
        server.Post(R"(/circuit-breakers/([\s\S]+))",
                    [this](const httplib::Request& request, httplib::Response& response) {
                        if (const std::optional<Refusal> refusal = obey(request, response)) {
                            refuse(response, *refusal);
                        }
                    });
        server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
            if (response.body.empty()) {
                refuse(response, {response.status, explain(response.status)});
            }
        });
    }

private:
    template <class Read>
    static void get(httplib::Server& server, const char* path, const char* type, Read read) {
        server.Get(path, [type, read](const httplib::Request&, httplib::Response& response) {
            response.set_content(read(), type);
        });
    }

    /// Obeys a command, and answers with the breaker's info; returns what is wrong, if something
    /// is.
    [[nodiscard]] std::optional<Refusal> obey(const httplib::Request& request,
                                              httplib::Response& response) const {
        if (!token_.is_in(request)) {
            response.set_header("WWW-Authenticate", "Bearer");
            return Refusal{401, "a command needs the token, as Authorization: Bearer"};
        }
        const std::string name = request.matches[1];
        const auto breaker = registry_.find(name);
        const Refusal unknown{404, "no circuit breaker is named \"" + name + '"'};
        if (!breaker) {
            return unknown;
        }
        try {
            if (!parse_command(request.body).run(*breaker)) {
                return unknown;
            }
        } catch (const std::invalid_argument& error) {
            return Refusal{400, error.what()};
        }
        response.set_content(fluxgate::to_json(breaker->info()), "application/json");
        return std::nullopt;
    }

    /// Returns what is wrong with how a request is sent: a bound to its length is one to what it
    /// says, and a part of an answer would be cut out of it after its command was obeyed.
    [[nodiscard]] static std::optional<Refusal> refuse_form(const httplib::Request& request) {
        for (const char* const header : {"Range", "Transfer-Encoding", "Content-Encoding"}) {
            if (request.has_header(header)) {
                return Refusal{400, std::string{header} + " is not understood"};
            }
        }
        return std::nullopt;
    }

    static void refuse(httplib::Response& response, const Refusal& refusal) {
        using nlohmann::json;
        response.status = refusal.status;
        response.set_content(
            json{{"error", refusal.error}}.dump(-1, ' ', false, json::error_handler_t::replace),
            "application/json");
    }

    static const char* explain(int status) {
        switch (status) {
            case 404: return "there is no such path";
            case 413: return "the body is longer than any command";
            default: return "the request cannot be answered";
        }
    }

    fluxgate::Registry& registry_;
    const Token token_;
    fluxgate::PrometheusCollector collector_;
    fluxgate::EventLog events_{100};
    fluxgate::Subscription subscription_ = registry_.listen(events_);
};

}  // namespace operations
