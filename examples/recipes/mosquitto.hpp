// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <mosquitto.h>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

// Mosquitto's MQTT client: a message of QoS 1 is settled when the broker has it. To be copied.
namespace recipes {

/// Returns the breaker of a broker, which is to take a message within half a second.
inline auto make_broker() {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}),
        fluxgate::Name{"mqtt"}};
}
using Broker = decltype(make_broker());

/// Publishes by a client. To be made before its loop starts, and to end after that has stopped.
///
/// The client's own object, which callbacks are given, is this.
class Publisher {
public:
    /// Both must outlive it.
    Publisher(Broker& broker, mosquitto* client) : broker_{broker}, client_{client} {
        mosquitto_user_data_set(client, this);
        mosquitto_publish_callback_set(client, [](mosquitto*, void* self, int id) {
            static_cast<Publisher*>(self)->arrived(id);
        });
        mosquitto_disconnect_callback_set(client, [](mosquitto*, void* self, int reason) {
            static_cast<Publisher*>(self)->lost(reason);
        });
    }
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Publishes a message with QoS 1. Returns whether the client has taken it: then it sends it for
    /// as long as it takes, also where it has no connection now. Returns false, and why, where the
    /// circuit rejects it, or the client does not take it, by `code`: here is the place for a file
    /// that is sent later.
    [[nodiscard]] bool publish(const char* topic, std::string_view message,
                               fluxgate::Rejection& why, int& code) {
        code = MOSQ_ERR_SUCCESS;
        auto call = broker_.try_acquire(why);
        if (!call) {
            return false;
        }
        {
            // Held across the call: its callback may come before it returns.
            const std::lock_guard lock{mutex_};
            int id = 0;
            code = mosquitto_publish(client_, &id, topic, static_cast<int>(message.size()),
                                     message.data(), 1, false);
            if (code == MOSQ_ERR_SUCCESS) {
                under_way_.emplace(id, std::move(*call));
                return true;
            }
        }
        if (code == MOSQ_ERR_NO_CONN || code == MOSQ_ERR_CONN_LOST) {
            call->failed();
            return true;
        }
        return false;  // which says nothing of the broker: neutral
    }

private:
    using Calls = std::unordered_map<int, Broker::Permission>;

    /// Takes some of the calls, which are settled without the lock: listeners may publish.
    template <class F>
    auto take(F f) {
        const std::lock_guard lock{mutex_};
        return f(under_way_);
    }

    void arrived(int id) {
        if (auto call = take([id](Calls& calls) { return calls.extract(id); })) {
            call.mapped().succeeded();
        }
    }
    /// The client sends what was under way once more when it has a connection again. The call has
    /// failed all the same, unless we have disconnected.
    void lost(int reason) {
        for (auto& [id, call] : take([](Calls& calls) { return std::exchange(calls, {}); })) {
            if (reason != 0) {
                call.failed();
            }
        }
    }
    Broker& broker_;
    mosquitto* const client_;
    /// Recursive, as the client may call back from within `mosquitto_publish`.
    std::recursive_mutex mutex_;
    /// Guarded by the mutex. By the numbers of their messages.
    Calls under_way_;
};

}  // namespace recipes
