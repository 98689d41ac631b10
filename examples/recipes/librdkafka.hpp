// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

// librdkafka, with a breaker for each topic: a message is settled by its delivery report. To be copied.
namespace recipes {

/// Returns whether a message did not arrive, or the broker says that it is unwell.
inline bool has_failed(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return false;  // answers
        default: return true;
    }
}

/// Returns whether we dropped a message, before anybody could know whether it arrives.
inline bool is_ours(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
           error == RD_KAFKA_RESP_ERR__DESTROY;
}

/// Returns the breaker of a topic, whose messages are to arrive within two seconds.
inline auto make_topic(std::string_view topic) {
    return fluxgate::CircuitBreaker{fluxgate::presets::request_response(std::chrono::seconds{2}),
                                    fluxgate::Name{topic},
                                    fluxgate::Neutral{&is_ours} | fluxgate::Result{&has_failed}};
}
using Topics = fluxgate::KeyedBreakers<decltype(&make_topic)>;

/// Settles the message that a report is of. To be called by the producer's
/// `rd_kafka_conf_set_dr_msg_cb`, with each message that `produce` has sent.
inline void settle(const rd_kafka_message_t& message) {
    const std::unique_ptr<Topics::Permission> call{
        static_cast<Topics::Permission*>(message._private)};
    call->returned(message.err);
}

/// What came of handing a message over.
enum class Produced { yes, rejected, queue_is_full, refused };

/// Hands a copy of a message over to the producer. Where the topic's circuit rejects it, or the
/// producer does not take it, nothing is sent: here is the place for a file that is sent later.
inline Produced produce(Topics& topics, rd_kafka_t* producer, const std::string& topic,
                        std::string_view message) {
    auto permission = topics.try_acquire(topic);
    if (!permission) {
        return Produced::rejected;
    }
    auto call = std::make_unique<Topics::Permission>(std::move(*permission));
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(const_cast<char*>(message.data()), message.size()),  // it is copied
        RD_KAFKA_V_OPAQUE(call.get()), RD_KAFKA_V_END);
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR: call.release(); return Produced::yes;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: return Produced::queue_is_full;  // our own: neutral
        default: return Produced::refused;
    }
}

}  // namespace recipes
