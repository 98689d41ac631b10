// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for librdkafka, tried on its own cluster of one broker, which answers, is down and
// comes up again.

#include "librdkafka.hpp"

#include "checks.hpp"

#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using recipes::check;
using recipes::Produced;

namespace {

/// A producer with a broker of its own, which speaks Kafka's protocol on loopback.
class Producer {
public:
    Producer() {
        std::array<char, 512> error{};
        rd_kafka_conf_t* const conf = rd_kafka_conf_new();
        for (const auto& [key, value] :
             std::map<const char*, const char*>{{"test.mock.num.brokers", "1"},
                                                {"message.timeout.ms", "300"},
                                                {"linger.ms", "1"},
                                                {"reconnect.backoff.max.ms", "200"},
                                                {"log_level", "0"}}) {
            rd_kafka_conf_set(conf, key, value, error.data(), error.size());
        }
        rd_kafka_conf_set_opaque(conf, this);
        rd_kafka_conf_set_dr_msg_cb(conf,
                                    [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
                                        ++static_cast<Producer*>(self)->reports_[message->err];
                                        recipes::settle(*message);
                                    });
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error.data(), error.size());
        if (producer_ == nullptr) {
            rd_kafka_conf_destroy(conf);
            throw std::runtime_error{error.data()};
        }
    }
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;
    ~Producer() {
        purge();  // a message without a report would be under way for ever
        rd_kafka_destroy(producer_);
    }

    void take_down() { rd_kafka_mock_broker_set_down(cluster(), 1); }
    void bring_up() { rd_kafka_mock_broker_set_up(cluster(), 1); }

    Produced produce(const std::string& message) {
        const Produced produced = recipes::produce(topics_, producer_, "orders", message);
        rd_kafka_poll(producer_, 0);
        return produced;
    }
    /// Has the reports of all messages told.
    void flush() { rd_kafka_flush(producer_, 5'000); }
    void purge() {
        rd_kafka_purge(producer_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        flush();
    }
    /// Returns how many reports told this since the last look.
    int take(rd_kafka_resp_err_t error) { return std::exchange(reports_[error], 0); }
    [[nodiscard]] fluxgate::CircuitBreakerInfo info() { return topics_["orders"]->info(); }

private:
    [[nodiscard]] rd_kafka_mock_cluster_t* cluster() {
        return rd_kafka_handle_mock_cluster(producer_);
    }

    /// Outlives the producer, whose end settles what is left.
    recipes::Topics topics_{&recipes::make_topic};
    std::map<rd_kafka_resp_err_t, int> reports_;
    rd_kafka_t* producer_ = nullptr;
};

}  // namespace

int main() {
    Producer producer;
    for (int i = 0; i != 30; ++i) {
        check(producer.produce("995") == Produced::yes, "messages are taken");
    }
    producer.flush();
    check(producer.take(RD_KAFKA_RESP_ERR_NO_ERROR) == 30, "messages arrive");
    check(producer.produce(std::string(2'000'000, 'x')) == Produced::refused,
          "a message that the producer does not take is told");

    producer.take_down();
    for (int i = 0; i != 3; ++i) {
        check(producer.produce("995") == Produced::yes, "a few messages more are taken");
    }
    producer.purge();
    check(producer.info().calls_under_way == 0U, "a message that we drop is settled");
    check(producer.info().metrics.failure_count == 0, "none of that is a failure");

    int taken = 0;
    while (producer.produce("995") == Produced::yes) {
        ++taken;
        std::this_thread::sleep_for(10ms);
    }
    producer.flush();
    check(taken < 200, "a broker that is down is left alone");
    std::cout << "rejected after " << taken << " messages, of which "
              << producer.take(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT) << " timed out\n";

    producer.bring_up();
    while (producer.info().state != fluxgate::State::closed) {
        producer.produce("995");
        std::this_thread::sleep_for(10ms);
    }
    check(producer.produce("995") == Produced::yes, "it recovers");
}
