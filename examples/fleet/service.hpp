// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../listening.hpp"

#include <httplib.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace fleet_example {

constexpr std::size_t node_count = 10;

/// An HTTP service that fails for the nodes for which it is told to.
class Service {
public:
    Service() {
        // A connection that is kept has a thread of its own.
        server_.new_task_queue = [] { return new httplib::ThreadPool(2 * node_count); };
        server_.Get("/price/(\\d+)",
                    [this](const httplib::Request& request, httplib::Response& response) {
                        const auto node = std::stoul(request.matches[1].str());
                        if (node < node_count && fails_for_[node]) {
                            ++calls_in_vain_;
                            response.status = 503;
                            return;
                        }
                        response.set_content("42", "text/plain");
                    });
        listening_.emplace(server_, "127.0.0.1", 0);
    }

    [[nodiscard]] int port() const { return listening_->port(); }

    void set_fails(std::size_t node, bool fails) { fails_for_[node] = fails; }
    /// Returns how many calls it has failed so far.
    [[nodiscard]] std::uint64_t calls_in_vain() const { return calls_in_vain_; }

private:
    httplib::Server server_;
    std::array<std::atomic<bool>, node_count> fails_for_{};
    std::atomic<std::uint64_t> calls_in_vain_{0};
    std::optional<http::Listening> listening_;
};

}  // namespace fleet_example
