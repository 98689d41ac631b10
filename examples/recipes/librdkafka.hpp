// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <librdkafka/rdkafkacpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

// librdkafka, with a breaker for each topic: a message is settled by its delivery report. To be
// copied.
namespace recipes {

/// Returns whether a message did not arrive, or the broker says that it is unwell.
inline bool has_failed(RdKafka::ErrorCode error) {
    switch (error) {
        case RdKafka::ERR_NO_ERROR:
        case RdKafka::ERR_MSG_SIZE_TOO_LARGE:
        case RdKafka::ERR_INVALID_RECORD:
        case RdKafka::ERR_INVALID_TIMESTAMP:
        case RdKafka::ERR_POLICY_VIOLATION:
        case RdKafka::ERR_UNKNOWN_TOPIC_OR_PART:
        case RdKafka::ERR__UNKNOWN_TOPIC:
        case RdKafka::ERR_TOPIC_AUTHORIZATION_FAILED:
        case RdKafka::ERR_CLUSTER_AUTHORIZATION_FAILED: return false;  // answers
        default: return true;
    }
}

/// Returns whether we dropped a message, before anybody could know whether it arrives.
inline bool is_ours(RdKafka::ErrorCode error) {
    return error == RdKafka::ERR__PURGE_QUEUE || error == RdKafka::ERR__PURGE_INFLIGHT ||
           error == RdKafka::ERR__DESTROY;
}

/// Returns the breaker of a topic, whose messages are to arrive within two seconds.
inline auto make_topic(std::string_view topic) {
    return fluxgate::CircuitBreaker{fluxgate::presets::request_response(std::chrono::seconds{2}),
                                    fluxgate::Name{topic},
                                    fluxgate::Neutral{&is_ours} | fluxgate::Result{&has_failed}};
}
using Topics = fluxgate::KeyedBreakers<decltype(&make_topic)>;

/// Settles the message that a report is of. To be called by the producer's `dr_cb`, with each
/// message that `produce` has sent: so `delivery.report.only.error` stays false, and a thread polls
/// the producer, or the reports come late.
inline void settle(RdKafka::Message& message) {
    const std::unique_ptr<Topics::Permission> call{
        static_cast<Topics::Permission*>(message.msg_opaque())};
    call->returned(message.err());
}

/// What came of handing a message over.
enum class Produced { yes, rejected, queue_is_full, refused };

/// Hands a copy of a message over to the producer. Where the topic's circuit rejects it, or the
/// producer does not take it, nothing is sent: here is the place for a file that is sent later.
inline Produced produce(Topics& topics, RdKafka::Producer& producer, const std::string& topic,
                        std::string message) {
    auto permission = topics.try_acquire(topic);
    if (!permission) {
        return Produced::rejected;
    }
    auto call = std::make_unique<Topics::Permission>(std::move(*permission));
    const RdKafka::ErrorCode error =
        producer.produce(topic, RdKafka::Topic::PARTITION_UA, RdKafka::Producer::RK_MSG_COPY,
                         message.data(), message.size(), nullptr, 0, 0, call.get());
    switch (error) {
        case RdKafka::ERR_NO_ERROR: call.release(); return Produced::yes;
        case RdKafka::ERR__QUEUE_FULL: return Produced::queue_is_full;  // our own: neutral
        default: return Produced::refused;
    }
}

}  // namespace recipes
