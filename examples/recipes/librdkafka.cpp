// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for librdkafka, tried on its own cluster of one broker, which answers, is down and
// comes up again.

#include "librdkafka.hpp"

#include "checks.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using recipes::check;
using recipes::Produced;

namespace {

/// A producer with a broker of its own, which speaks Kafka's protocol on loopback.
class Producer : RdKafka::DeliveryReportCb {
public:
    Producer() {
        const std::unique_ptr<RdKafka::Conf> settings{
            RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL)};
        std::string error;
        for (const auto& [key, value] :
             std::map<const char*, const char*>{{"test.mock.num.brokers", "1"},
                                                {"message.timeout.ms", "2000"},
                                                {"linger.ms", "1"},
                                                {"reconnect.backoff.max.ms", "200"},
                                                {"log_level", "0"}}) {
            settings->set(key, value, error);
        }
        settings->set("dr_cb", static_cast<RdKafka::DeliveryReportCb*>(this), error);
        producer_.reset(RdKafka::Producer::create(settings.get(), error));
        check(producer_ != nullptr, error.c_str());
    }
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;
    ~Producer() override { purge(); }  // a message without a report would be under way for ever

    void take_down() { rd_kafka_mock_broker_set_down(cluster(), 1); }
    void bring_up() { rd_kafka_mock_broker_set_up(cluster(), 1); }

    Produced produce(const std::string& message) {
        const Produced produced = recipes::produce(topics_, *producer_, "orders", message);
        producer_->poll(0);
        return produced;
    }
    /// Has the reports of all messages told.
    void flush() { producer_->flush(5'000); }
    void purge() {
        producer_->purge(RdKafka::Producer::PURGE_QUEUE | RdKafka::Producer::PURGE_INFLIGHT);
        flush();
    }
    /// Returns how many reports told this since the last look.
    int take(RdKafka::ErrorCode error) { return std::exchange(reports_[error], 0); }
    [[nodiscard]] fluxgate::CircuitBreakerInfo info() { return topics_["orders"]->info(); }

private:
    void dr_cb(RdKafka::Message& message) override {
        ++reports_[message.err()];
        recipes::settle(message);
    }
    [[nodiscard]] rd_kafka_mock_cluster_t* cluster() {
        return rd_kafka_handle_mock_cluster(producer_->c_ptr());
    }

    recipes::Topics topics_{&recipes::make_topic};
    std::map<RdKafka::ErrorCode, int> reports_;
    std::unique_ptr<RdKafka::Producer> producer_;
};

}  // namespace

int main() {
    Producer producer;
    for (int i = 0; i != 30; ++i) {
        check(producer.produce("995") == Produced::yes, "messages are taken");
    }
    producer.flush();
    check(producer.take(RdKafka::ERR_NO_ERROR) == 30, "messages arrive");
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
        std::this_thread::sleep_for(20ms);
    }
    producer.flush();
    check(taken < 200, "a broker that is down is left alone");
    std::cout << "rejected after " << taken << " messages, of which "
              << producer.take(RdKafka::ERR__MSG_TIMED_OUT) << " timed out\n";

    producer.bring_up();
    while (producer.info().state != fluxgate::State::closed) {
        producer.produce("995");
        std::this_thread::sleep_for(10ms);
    }
    check(producer.produce("995") == Produced::yes, "it recovers");
}
