// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/// A wire to a port of this machine that can be cut, slowed down, or made to keep what is sent
/// until later.
class TcpProxy {
    using Clock = std::chrono::steady_clock;

public:
    enum class Mode : int {
        passes,
        /// Connections are reset, and no new ones are made.
        cut,
        /// What clients send is kept, also when they have given up, and what the server answers is
        /// dropped.
        keeps
    };

    explicit TcpProxy(int to_port) : to_port_{to_port} {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (bind(listener_, any, size) != 0 || listen(listener_, 64) != 0 ||
            getsockname(listener_, any, &size) != 0) {
            throw std::runtime_error{"no proxy"};
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { run(); }};
    }
    ~TcpProxy() {
        is_over_ = true;
        thread_.join();
        close(listener_);
    }
    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;

    [[nodiscard]] int port() const { return port_; }
    void set(Mode mode) { mode_ = mode; }
    void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }
    /// Returns how many bytes it keeps.
    [[nodiscard]] std::size_t kept() const { return kept_; }
    /// Returns how many answers it has dropped.
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

private:
    struct Packet {
        std::string bytes;
        Clock::time_point due;
    };
    struct Wire {
        int client = -1;
        int server = -1;
        std::deque<Packet> to_server{};
        std::deque<Packet> to_client{};
        bool is_client_gone = false;
        bool is_over = false;
    };

    static sockaddr_in loopback(int port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<unsigned short>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    void run() {
        while (!is_over_) {
            std::vector<pollfd> polled{{listener_, POLLIN, 0}};
            for (const Wire& wire : wires_) {
                polled.push_back({wire.is_client_gone ? -1 : wire.client, POLLIN, 0});
                polled.push_back({wire.server, POLLIN, 0});
            }
            poll(polled.data(), polled.size(), 2);
            const Mode mode = mode_;
            std::size_t at = 1;
            for (Wire& wire : wires_) {
                const bool from_client = polled[at].revents != 0;
                const bool from_server = polled[at + 1].revents != 0;
                at += 2;
                serve(wire, mode, from_client, from_server);
            }
            if (polled[0].revents != 0) {
                accept_one(mode);
            }
            std::size_t kept = 0;
            for (Wire& wire : wires_) {
                for (const Packet& packet : wire.to_server) {
                    kept += packet.bytes.size();
                }
                if (wire.is_over) {
                    close(wire.client);
                    close(wire.server);
                }
            }
            kept_ = kept;
            wires_.remove_if([](const Wire& wire) { return wire.is_over; });
        }
        for (const Wire& wire : wires_) {
            close(wire.client);
            close(wire.server);
        }
    }

    void accept_one(Mode mode) {
        Wire wire;
        wire.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (mode == Mode::cut) {
            close(wire.client);
            return;
        }
        wire.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(to_port_);
        if (connect(wire.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0) {
            close(wire.client);
            close(wire.server);
            return;
        }
        wires_.push_back(std::move(wire));
    }

    void serve(Wire& wire, Mode mode, bool from_client, bool from_server) {
        if (mode == Mode::cut) {
            wire.is_over = true;
            return;
        }
        const Clock::time_point due = Clock::now() + delay_.load();
        if (from_client && !take(wire.client, wire.to_server, due)) {
            wire.is_client_gone = true;
        }
        if (from_server && !take(wire.server, wire.to_client, due)) {
            wire.is_over = true;
        }
        if (mode == Mode::keeps) {
            dropped_ += wire.to_client.size();
            wire.to_client.clear();
            return;
        }
        pass(wire.server, wire.to_server);
        pass(wire.client, wire.to_client);
        if (wire.is_client_gone && wire.to_server.empty()) {
            wire.is_over = true;
        }
    }

    static bool take(int from, std::deque<Packet>& to, Clock::time_point due) {
        std::array<char, 65536> buffer{};
        const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
        if (size > 0) {
            to.push_back({std::string(buffer.data(), static_cast<std::size_t>(size)), due});
        }
        return size > 0;
    }
    static void pass(int to, std::deque<Packet>& packets) {
        while (!packets.empty() && packets.front().due <= Clock::now()) {
            const std::string& bytes = packets.front().bytes;
            static_cast<void>(send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            packets.pop_front();
        }
    }

    const int to_port_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> is_over_{false};
    std::atomic<Mode> mode_{Mode::passes};
    std::atomic<std::chrono::milliseconds> delay_{std::chrono::milliseconds{0}};
    std::atomic<std::size_t> kept_{0};
    std::atomic<std::size_t> dropped_{0};
    std::list<Wire> wires_;
    std::thread thread_;
};
