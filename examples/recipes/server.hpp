// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../listening.hpp"

#include <httplib.h>

#include <atomic>
#include <optional>
#include <string>

namespace recipes {

/// A server of cpp-httplib on loopback: it answers with a status, or, while it is mute, not at all.
class Server {
public:
    static constexpr int mute = 0;

    Server() {
        server_.new_task_queue = [] { return new httplib::ThreadPool{64}; };
        server_.set_keep_alive_max_count(1);
        server_.Get("/", [this](const httplib::Request&, httplib::Response& response) {
            int status = status_;
            while (status == mute) {
                status_.wait(mute);
                status = status_;
            }
            response.status = status;
            response.set_content("9.99", "text/plain");
        });
        listening_.emplace(server_, "127.0.0.1", 0);
    }
    ~Server() { answer(200); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void answer(int status) {
        status_ = status;
        status_.notify_all();
    }
    [[nodiscard]] int port() const { return listening_->port(); }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port()) + '/';
    }

private:
    std::atomic<int> status_{200};
    httplib::Server server_;
    std::optional<http::Listening> listening_;
};

}  // namespace recipes
