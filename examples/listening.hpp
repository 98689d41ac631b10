// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <httplib.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>

namespace http {

/// Has a server of cpp-httplib listen in a thread, from construction to destruction.
class Listening {
public:
    /// Takes a server that has its paths, and a port; 0 is one that the system picks. Throws
    /// `std::runtime_error` where the server cannot listen there.
    Listening(httplib::Server& server, const std::string& host, int port) : server_{server} {
        // In place of cpp-httplib's SO_REUSEPORT, by which two processes would share the port.
        server_.set_socket_options([](auto socket) {
            const int yes = 1;
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, reinterpret_cast<const char*>(&yes),
                       sizeof yes);
        });
        const std::string place = host + ", port " + std::to_string(port);
        if (port == 0) {
            port_ = server_.bind_to_any_port(host.c_str());
        } else if (server_.bind_to_port(host.c_str(), port)) {
            port_ = port;
        }
        if (port_ <= 0) {
            throw std::runtime_error{"the server cannot bind " + place};
        }
        listening_ = std::async(std::launch::async, [this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {
            if (listening_.wait_for(std::chrono::milliseconds{1}) == std::future_status::ready) {
                throw std::runtime_error{"the server cannot listen on " + place};
            }
        }
    }

    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

    ~Listening() {
        server_.stop();
        listening_.wait();
    }

    [[nodiscard]] int port() const { return port_; }

private:
    httplib::Server& server_;
    int port_ = 0;
    std::future<void> listening_;
};

}  // namespace http
