// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "listening.hpp"

#include <curl/curl.h>
#include <httplib.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

// The HTTP plumbing of the quickstart: a client over libcurl, and a server over cpp-httplib that is
// as unwell as it is told to be. Nothing in here knows of circuit breakers.
namespace http {

struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// No answer came: connection refused, cut off, or timed out.
struct NetworkError : Error {
    using Error::Error;
};
/// The server answered that it failed (5xx).
struct ServerError : Error {
    using Error::Error;
};
/// The server answered that the request was wrong (4xx): our mistake, the server is well.
struct RequestError : Error {
    using Error::Error;
};

/// One libcurl handle: for one thread at a time.
class Client {
public:
    /// Talks to this port of the loopback interface; a request that takes longer fails.
    Client(int port, std::chrono::milliseconds timeout)
        : base_url_{"http://127.0.0.1:" + std::to_string(port)} {
        if (!handle_) {
            throw std::runtime_error{"libcurl gave no handle"};
        }
        set(CURLOPT_ERRORBUFFER, error_.data());
        set(CURLOPT_WRITEFUNCTION, &append);
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
        set(CURLOPT_NOSIGNAL, 1L);  // a time-out by signal would hit the wrong thread
        set(CURLOPT_NOPROXY, "*");  // a proxy set for the machine cannot reach this server
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// The body of the answer; throws one of the errors above.
    std::string get(const std::string& path) {
        std::string body;
        set(CURLOPT_URL, (base_url_ + path).c_str());
        set(CURLOPT_WRITEDATA, &body);
        error_.front() = '\0';
        if (const CURLcode code = curl_easy_perform(handle_.get()); code != CURLE_OK) {
            throw NetworkError{error_.front() != '\0' ? error_.data() : curl_easy_strerror(code)};
        }
        long status = 0;
        curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status >= 500) {
            throw ServerError{"HTTP status " + std::to_string(status)};
        }
        if (status >= 400) {
            throw RequestError{"HTTP status " + std::to_string(status)};
        }
        return body;
    }

private:
    /// libcurl's global state, set up before the first handle and torn down at exit.
    struct Library {
        Library() {
            if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
                throw std::runtime_error{"libcurl cannot be initialised"};
            }
        }
        ~Library() { curl_global_cleanup(); }
        Library(const Library&) = delete;
        Library& operator=(const Library&) = delete;
    };

    struct Cleanup {
        void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
    };

    static std::unique_ptr<CURL, Cleanup> make_handle() {
        static const Library library;
        return std::unique_ptr<CURL, Cleanup>{curl_easy_init()};
    }

    static std::size_t append(char* data, std::size_t, std::size_t size, void* body) {
        static_cast<std::string*>(body)->append(data, size);
        return size;
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        if (const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
            code != CURLE_OK) {
            throw std::runtime_error{std::string{"libcurl: "} + curl_easy_strerror(code)};
        }
    }

    std::string base_url_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::unique_ptr<CURL, Cleanup> handle_ = make_handle();
};

enum class Health { healthy, slow, failing, recovered };

constexpr std::string_view to_string(Health health) {
    switch (health) {
        case Health::healthy: return "healthy";
        case Health::slow: return "slow";
        case Health::failing: return "failing";
        case Health::recovered: return "recovered";
    }
    return "unknown";
}

/// Serves GET /price on a loopback port that the system picks, from construction to destruction.
class PriceServer {
public:
    static constexpr std::chrono::milliseconds slow_answer{150};
    static constexpr std::chrono::milliseconds hang{450};

    PriceServer() {
        // Hanging requests keep their threads after the client has gone.
        server_.new_task_queue = [] { return new httplib::ThreadPool{64}; };
        // A connection per request: no idle one holds a thread or delays the end.
        server_.set_keep_alive_max_count(1);
        server_.Get("/price", [this](const httplib::Request&, httplib::Response& response) {
            answer(response);
        });
        listening_.emplace(server_, "127.0.0.1", 0);
    }

    PriceServer(const PriceServer&) = delete;
    PriceServer& operator=(const PriceServer&) = delete;

    [[nodiscard]] int port() const { return listening_->port(); }

    void turn(Health health) { health_ = health; }

    [[nodiscard]] bool broken() const {
        const Health health = health_;
        return health == Health::slow || health == Health::failing;
    }

    /// The requests that reached it while it was broken.
    [[nodiscard]] int load_while_broken() const { return load_while_broken_; }

private:
    void answer(httplib::Response& response) {
        const int nth = broken() ? ++load_while_broken_ : 0;
        switch (health_) {
            case Health::slow: std::this_thread::sleep_for(slow_answer); break;
            case Health::failing:
                // It fails in both ways that servers do: at once, or by never answering.
                if (nth % 2 == 0) {
                    std::this_thread::sleep_for(hang);
                }
                response.status = 500;
                return;
            case Health::healthy:
            case Health::recovered: break;
        }
        response.set_content("9.99", "text/plain");
    }

    std::atomic<Health> health_{Health::healthy};  // written by turn() alone
    std::atomic<int> load_while_broken_{0};        // counted up by the server's threads
    httplib::Server server_;
    std::optional<Listening> listening_;
};

}  // namespace http
