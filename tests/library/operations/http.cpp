// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include "fleet_in_memory.hpp"
#include "operations.hpp"
#include "server.hpp"

#include <fluxgate/fluxgate.hpp>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using fluxgate::CircuitBreaker;
using fluxgate::Name;
using fluxgate::Registered;
using fluxgate::State;
using nlohmann::json;

namespace {

/// A service that serves on loopback, with no breakers yet.
class Service {
public:
    explicit Service(const operations::Bounds& bounds = {}) : Service{nullptr, bounds} {}
    explicit Service(const fluxgate::Fleet* fleet, const operations::Bounds& bounds = {})
        : operations_{registry_, operations::Token{"s3cret+"}, fleet},
          server_{
              {.port = 0, .names = {"payments.example"}},
              [this](const operations::Request& request) { return operations_.answer(request); },
              bounds} {}

    [[nodiscard]] Registered registered() { return Registered{registry_}; }
    [[nodiscard]] int port() const { return server_.port(); }

    /// What it answers; never without an answer.
    [[nodiscard]] httplib::Response get(const std::string& path) const {
        return answer(client().Get(path));
    }
    /// What it answers to a command for the breaker of that name, which is encoded already.
    [[nodiscard]] httplib::Response post(const std::string& name, const std::string& body,
                                         const std::string& authorization = "Bearer s3cret+",
                                         httplib::Headers headers = {}) const {
        if (!authorization.empty()) {
            headers.emplace("Authorization", authorization);
        }
        return answer(
            client().Post("/circuit-breakers/" + name, headers, body, "application/json"));
    }

private:
    [[nodiscard]] httplib::Client client() const {
        return httplib::Client{"127.0.0.1", server_.port()};
    }
    static httplib::Response answer(const httplib::Result& result) {
        if (!result) {
            throw std::runtime_error{"no answer: " + httplib::to_string(result.error())};
        }
        return *result;
    }

    fluxgate::Registry registry_;
    operations::Operations operations_;
    operations::Server server_;
};

/// A client that sends whatever bytes.
class Wire {
public:
    explicit Wire(int port) : socket_{socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        const timeval most{20, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    ~Wire() { close(socket_); }

    /// Returns whether all was sent.
    bool send(const std::string& bytes) {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    /// Waits for the server to close. Returns false where it has not within this time.
    [[nodiscard]] bool is_closed_within(std::chrono::milliseconds time) const {
        pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
        return poll(&wanted, 1, static_cast<int>(time.count())) != 0;
    }
    /// Reads what comes until the server closes; throws where it does not.
    std::string answer() {
        std::string answer;
        std::array<char, 4096> part{};
        for (;;) {
            const ssize_t size = recv(socket_, part.data(), part.size(), 0);
            if (size < 0 && errno == ECONNRESET) {
                return answer;
            }
            if (size < 0) {
                throw std::runtime_error{"the server leaves the connection open"};
            }
            if (size == 0) {
                return answer;
            }
            answer.append(part.data(), static_cast<std::size_t>(size));
        }
    }

private:
    int socket_;
};

/// What the server answers to these bytes.
std::string answer_to(const Service& service, const std::string& bytes) {
    Wire wire{service.port()};
    REQUIRE(wire.send(bytes));
    return wire.answer();
}

/// How many bytes a client can send until the server will not take more.
std::size_t taken_of(const Service& service, const std::string& begin, const std::string& more) {
    constexpr std::size_t far_too_many = 50'000'000;
    Wire wire{service.port()};
    REQUIRE(wire.send(begin));
    std::size_t sent = 0;
    while (sent < far_too_many && wire.send(more)) {
        sent += more.size();
    }
    return sent;
}

std::string read(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// The names of our metrics in a text.
std::set<std::string> metrics_in(const std::string& text) {
    static const std::regex name{R"(fluxgate_(circuit_breaker|fleet)_\w+)"};
    std::set<std::string> names;
    for (std::sregex_iterator at{text.begin(), text.end(), name}, end; at != end; ++at) {
        names.insert(at->str());
    }
    return names;
}

std::string error_in(const httplib::Response& response) {
    return json::parse(response.body).at("error");
}

const std::string force_open = R"({"command": "force_open"})";

}  // namespace

TEST_CASE("commands are obeyed, and answered with what the breaker is then") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const auto [body, state] = GENERATE(table<std::string, std::string>({
        {R"({"command": "force_open"})", "forced_open"},
        {R"({"command": "disable"})", "disabled"},
        {R"({"command": "metrics_only"})", "metrics_only"},
        {R"({"command": "open_for", "duration_s": 1.5e2})", "open"},
        {R"({"duration_s": 1, "command": "open_for"})", "open"},
        {R"({"command": "reset"})", "closed"},
    }));
    const httplib::Response answer = service.post("payments", body);
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body).at("state") == state);
    CHECK(to_string(breaker.info().state) == state);
    CHECK(breaker.info().last_reason == fluxgate::Reason::command);
}

TEST_CASE("open_for takes its duration in seconds") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    CHECK(service.post("payments", R"({"command": "open_for", "duration_s": 3600})").status == 200);
    const auto left = breaker.info().retry_after.value();
    CHECK(left <= std::chrono::hours{1});
    CHECK(left > std::chrono::minutes{59});
}

TEST_CASE("who has not the token is refused, and nothing changes") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const std::string authorization =
        GENERATE("", "Bearer", "Bearer ", "Bearer s3cret", "Bearer s3cret+!", "bearers3cret+",
                 "Basic s3cret+", "s3cret+", "Bearer  s3cret+");
    const httplib::Response answer = service.post("payments", force_open, authorization);
    CHECK(answer.status == 401);
    CHECK(answer.get_header_value("WWW-Authenticate") == "Bearer");
    CHECK(error_in(answer) == "a command needs the token, as Authorization: Bearer");
    CHECK(breaker.info().state == State::closed);
    CHECK_FALSE(breaker.info().last_reason);
    // Nor do they learn which breakers there are.
    CHECK(service.post("nobody", force_open, authorization).status == 401);
}

TEST_CASE("a breaker that there is not is not found") {
    Service service;
    const httplib::Response answer = service.post("nobody%22%3Cb%3E%FF", force_open);
    CHECK(answer.status == 404);
    CHECK(error_in(answer) == "no circuit breaker is named \"nobody\"<b>\xef\xbf\xbd\"");
    CHECK(service.post("", force_open).status == 404);
    CHECK(error_in(service.get("/nothing")) == "there is no such path");
    CHECK(service.get("/circuit-breakers/payments").status == 404);
}

TEST_CASE("a body that is no command is answered with what is wrong, and nothing changes") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const std::string no_object =
        R"(the body must be a JSON object with a command, such as {"command": "reset"})";
    const std::string no_json = "the body is not valid JSON, or has a number that is too large";
    const std::string no_duration = "open_for needs a duration_s, a number of seconds";
    const std::string bound =
        "fluxgate: open_for's duration must be above 0 s and at most 292 years, but is ";
    const auto [body, error] = GENERATE_COPY(table<std::string, std::string>({
        {"", no_json},
        {"reset", no_json},
        {"{", no_json},
        {"[]", no_object},
        {"{}", no_object},
        {R"({"command": 1})", no_object},
        {R"({"command": "reset"} more)", no_json},
        {"{\"command\": \"\xff\"}", no_json},
        {R"({"command": "explode"})",
         R"(there is no command "explode": reset, disable, metrics_only, force_open or open_for)"},
        {R"({"command": "reset", "duration_s": 1})", R"(reset has no parameter "duration_s")"},
        {R"({"command": "open_for", "duration_s": 1, "x": 1})", R"(open_for has no parameter "x")"},
        {R"({"command": "open_for"})", no_duration},
        {R"({"command": "open_for", "duration_s": null})", no_duration},
        {R"({"command": "open_for", "duration_s": "1"})", no_duration},
        {R"({"command": "open_for", "duration_s": true})", no_duration},
        {R"({"command": "open_for", "duration_s": 0})", bound + "0 s"},
        {R"({"command": "open_for", "duration_s": -1})", bound + "-1 s"},
        {R"({"command": "open_for", "duration_s": 1e300})", bound + "not finite, or too large"},
        {R"({"command": "open_for", "duration_s": 1e400})", no_json},
        {R"({"command": "open_for", "duration_s": NaN})", no_json},
    }));
    CAPTURE(body);
    const httplib::Response answer = service.post("payments", body);
    CHECK(answer.status == 400);
    CHECK(error_in(answer) == error);
    CHECK_FALSE(breaker.info().last_reason);
}

TEST_CASE("a body of a megabyte is refused") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    std::string body = force_open;
    body.resize(1'000'000, ' ');
    const httplib::Response answer = service.post("payments", body);
    CHECK(answer.status == 413);
    CHECK(error_in(answer) == "the body is longer than any command");
    CHECK_FALSE(breaker.info().last_reason);
    CHECK(service.post("payments", force_open).status == 200);
}

TEST_CASE("a name may have any character in it") {
    Service service;
    const std::string name = "a/b?c#d%25 <i>\n\xc3\xa9+\"";
    const CircuitBreaker breaker{Name{name}, service.registered()};
    const httplib::Response answer =
        service.post("a%2Fb%3Fc%23d%2525%20%3Ci%3E%0A%C3%A9%2B%22", force_open);
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body).at("name") == name);
    CHECK(breaker.info().state == State::forced_open);
}

TEST_CASE("breakers and events are read as JSON, metrics as Prometheus has them") {
    Service service;
    CHECK(json::parse(service.get("/circuit-breakers").body) == json::array());
    CHECK(json::parse(service.get("/circuit-breakers/events").body) == json::array());
    CircuitBreaker breaker{Name{"payments"}, service.registered()};
    breaker.disable();
    breaker.reset();

    const httplib::Response breakers = service.get("/circuit-breakers");
    CHECK(breakers.get_header_value("Content-Type") == "application/json");
    CHECK(json::parse(breakers.body).at(0).at("name") == "payments");
    const json events = json::parse(service.get("/circuit-breakers/events").body);
    REQUIRE(events.size() == 2);
    CHECK(events.at(0).at("new_state") == "disabled");
    CHECK(events.at(1).at("new_state") == "closed");
    const httplib::Response metrics = service.get("/metrics");
    CHECK(metrics.get_header_value("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(metrics.body.find(R"(from="closed",to="disabled",reason="command"} 1)") !=
          std::string::npos);
}

TEST_CASE(
    "every metric of the board and of the alerts is exported, and every exported one is on the "
    "board") {
    MemoryOfFleets memory;
    const FleetInMemory fleet{memory, "one"};
    Service service{&fleet};
    const std::set<std::string> exported = metrics_in(service.get("/metrics").body);
    CHECK(exported.size() == 19);
    const std::string board = read(DOCS "grafana-board.json");
    CHECK(json::parse(board).at("panels").size() > 5);
    CHECK(metrics_in(board) == exported);
    const std::set<std::string> watched = metrics_in(read(DOCS "alerts.yml"));
    CHECK(watched.size() >= 5);
    CHECK(std::ranges::includes(exported, watched));
}

TEST_CASE("it is told who shares what, where anything is shared") {
    MemoryOfFleets memory;
    const FleetInMemory fleet{memory, "one"};
    const FleetInMemory other{memory, "two"};
    Service service{&fleet};
    const fluxgate::CircuitBreaker payments{Name{"payments"}, service.registered(),
                                            fluxgate::Shared{fleet, fluxgate::share::Commands{}}};
    const fluxgate::CircuitBreaker refunds{Name{"refunds"}, service.registered(),
                                           fluxgate::Shared{fleet, fluxgate::share::Votes{3}}};
    while (fleet.status().nodes != 2) {
        std::this_thread::yield();
    }
    json shared = json::parse(service.get("/fleet").body);
    CHECK(shared == json{{"connected", true},
                         {"nodes", 2},
                         {"failures", 0},
                         {"breakers",
                          {{{"name", "payments"}, {"shares", "commands"}, {"quorum", 0}},
                           {{"name", "refunds"}, {"shares", "votes"}, {"quorum", 3}}}}});
    CHECK(service.get("/metrics").body.find("fluxgate_fleet_nodes{fleet=\"fluxgate\"} 2") !=
          std::string::npos);
    memory.set_there(false);
    while (fleet.status().connected) {
        std::this_thread::yield();
    }
    shared = json::parse(service.get("/fleet").body);
    CHECK(shared.at("connected") == false);
    CHECK(shared.at("failures") > 0);
    CHECK(Service{}.get("/fleet").body == "null");
}

TEST_CASE("the page asks for nothing outside, and no browser lets it") {
    Service service;
    const httplib::Response page = service.get("/");
    CHECK(page.status == 200);
    CHECK(page.get_header_value("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.body.find("http://") == std::string::npos);
    CHECK(page.body.find("https://") == std::string::npos);
    const std::string policy = page.get_header_value("Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") == 0);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(page.get_header_value("Cache-Control") == "no-store");
}

TEST_CASE("a token that no client can send is an error") {
    const std::string token = GENERATE("", "two words", "per%20cent", "line\n", "t\xc3\xb6ken");
    CHECK(error_of([&] { (void)operations::Token{token}; }) ==
          "a token is made of letters, digits and any of -._~+/=");
}

TEST_CASE("what would get around the bound, or cut the answer, is refused, and nothing changes") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const auto [header, value] =
        GENERATE(table<std::string, std::string>({{"Range", "bytes=99999-"},
                                                  {"Transfer-Encoding", "chunked"},
                                                  {"Content-Encoding", "gzip"}}));
    const httplib::Response answer =
        service.post("payments", force_open, "Bearer s3cret+", {{header, value}});
    CHECK(answer.status >= 400);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a connection is for one request") {
    Service service;
    CHECK(service.get("/metrics").get_header_value("Connection") == "close");
}

TEST_CASE("the scheme of the authorization may be in any case") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    CHECK(service.post("payments", force_open, "bearer s3cret+").status == 200);
    CHECK(service.post("payments", force_open, "BEARER S3CRET+").status == 401);
}

TEST_CASE("a command is obeyed by POST alone") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const std::string method = GENERATE("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET");
    const std::string answer =
        answer_to(service, method + " /circuit-breakers/payments HTTP/1.1\r\nHost: localhost\r\n" +
                               "Authorization: Bearer s3cret+\r\nContent-Length: " +
                               std::to_string(force_open.size()) + "\r\n\r\n" + force_open);
    CHECK(answer.starts_with("HTTP/1.1 404 "));
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("HEAD is answered with the header alone") {
    Service service;
    const std::string answer =
        answer_to(service, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ends_with("\r\n\r\n"));
    CHECK(answer.find("Content-Length: 0") == std::string::npos);
}

TEST_CASE("only the hosts that it was told, and those of loopback, are answered") {
    Service service;
    const auto status_for = [&](const std::string& header) {
        return answer_to(service, "GET /circuit-breakers HTTP/1.1\r\n" + header + "\r\n")
            .substr(9, 3);
    };
    for (const char* const right : {"127.0.0.1", "localhost", "LocalHost:80", "[::1]:9464",
                                    "payments.example", "payments.example:9464"}) {
        CHECK(status_for("Host: " + std::string{right} + "\r\n") == "200");
    }
    for (const char* const wrong : {"evil.example", "evil.example:9464", "localhost.evil.example",
                                    "127.0.0.1.evil.example", "", "localhost:x", "::1"}) {
        CHECK(status_for("Host: " + std::string{wrong} + "\r\n") == "421");
    }
    CHECK(status_for("") == "421");
    CHECK(status_for("Host: localhost\r\nHost: evil.example\r\n") != "200");
}

TEST_CASE("a length that is none is refused") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const std::string length =
        GENERATE("-1", "99999999999999999999999", "23abc", "0x17", "23\r\nContent-Length: 5");
    const std::string answer =
        answer_to(service,
                  "POST /circuit-breakers/payments HTTP/1.1\r\nHost: localhost\r\n"
                  "Authorization: Bearer s3cret+\r\nContent-Length: " +
                      length + "\r\n\r\n" + force_open);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("two tokens are none") {
    Service service;
    const CircuitBreaker breaker{Name{"payments"}, service.registered()};
    const std::string answer =
        answer_to(service,
                  "POST /circuit-breakers/payments HTTP/1.1\r\nHost: localhost\r\n"
                  "Authorization: Bearer no\r\nAuthorization: Bearer s3cret+\r\nContent-Length: " +
                      std::to_string(force_open.size()) + "\r\n\r\n" + force_open);
    CHECK(answer.starts_with("HTTP/1.1 401 "));
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("nobody can make it read without end") {
    const Service service;
    const std::string block(65'536, 'x');
    // What the system's buffers hold is sent, and no more.
    constexpr std::size_t buffers = 8'000'000;
    const std::string post = "POST /circuit-breakers/a HTTP/1.1\r\nHost: localhost\r\n";
    CHECK(taken_of(service, post + "\r\n", block) < buffers);
    CHECK(taken_of(service, post + "Content-Length: 1000000000\r\n\r\n", block) < buffers);
    CHECK(taken_of(service, "GET /", block) < buffers);
    CHECK(taken_of(service, "GET / HTTP/1.1\r\n", "X-A: " + block + "\r\n") < buffers);
    CHECK(taken_of(service, "GET / HTTP/1.1\r\n", "A:b\r\nC:d\r\nE:f\r\n") < buffers);
    CHECK(answer_to(service, "GET /circuit-breakers HTTP/1.1\r\nHost: localhost\r\n\r\n")
              .starts_with("HTTP/1.1 200 "));
}

TEST_CASE("clients that are slow stop nobody, and are cut off") {
    const Service service{{.time = std::chrono::seconds{1}}};
    std::vector<std::unique_ptr<Wire>> slow;
    for (int i = 0; i != 100; ++i) {
        slow.push_back(std::make_unique<Wire>(service.port()));
        REQUIRE(slow.back()->send("GET / HTTP/1.1\r\nX-A: "));
    }
    CHECK(answer_to(service, "GET /circuit-breakers HTTP/1.1\r\nHost: localhost\r\n\r\n")
              .starts_with("HTTP/1.1 200 "));
    // However often they send a byte, the whole request is late.
    while (!slow.front()->is_closed_within(std::chrono::milliseconds{50})) {
        static_cast<void>(slow.front()->send("x"));
    }
    for (const std::unique_ptr<Wire>& one : slow) {
        CHECK(one->answer().empty());
    }
}

TEST_CASE("connections beyond the bound are closed, and free again when others end") {
    const Service service{{.connections = 2}};
    {
        Wire first{service.port()};
        Wire second{service.port()};
        REQUIRE(first.send("G"));
        REQUIRE(second.send("G"));
        Wire third{service.port()};
        CHECK(third.answer().empty());
    }
    std::string answer;
    while (answer.empty()) {  // until the server has seen those end
        Wire next{service.port()};
        static_cast<void>(next.send("GET /circuit-breakers HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        answer = next.answer();
    }
    CHECK(answer.starts_with("HTTP/1.1 200 "));
}

TEST_CASE("where a server cannot listen it says so") {
    const auto answer = [](const operations::Request&) { return operations::Answer{}; };
    const operations::Server first{{.port = 0}, answer};
    using Catch::Matchers::StartsWith;
    CHECK_THROWS_WITH((operations::Server{{.port = first.port()}, answer}),
                      StartsWith("the server cannot listen on 127.0.0.1, port "));
    CHECK_THROWS_WITH((operations::Server{{.host = "256.0.0.1"}, answer}),
                      StartsWith("the server cannot listen on 256.0.0.1, port 9464: "));
}
