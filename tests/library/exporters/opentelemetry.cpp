// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/opentelemetry.hpp>

#include <opentelemetry/sdk/metrics/data/metric_data.h>
#include <opentelemetry/sdk/metrics/data/point_data.h>
#include <opentelemetry/sdk/metrics/export/metric_producer.h>
#include <opentelemetry/sdk/metrics/instruments.h>
#include <opentelemetry/sdk/metrics/meter_provider.h>
#include <opentelemetry/sdk/metrics/metric_reader.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

using namespace std::chrono_literals;

namespace fg = fluxgate;
namespace sdk = opentelemetry::sdk::metrics;
using fg::CircuitBreaker;
using fg::Name;
using fg::Registered;

namespace {

using Attributes = std::map<std::string, std::string>;

struct Instrument {
    std::string unit;
    sdk::InstrumentType type{};
    std::map<Attributes, double> series;
};

/// Reads when it is asked, and nothing else.
class Reader final : public sdk::MetricReader {
public:
    sdk::AggregationTemporality GetAggregationTemporality(
        sdk::InstrumentType) const noexcept override {
        return sdk::AggregationTemporality::kCumulative;
    }

    [[nodiscard]] std::map<std::string, Instrument> read() {
        std::map<std::string, Instrument> all;
        Collect([&](sdk::ResourceMetrics& resource) {
            for (const sdk::ScopeMetrics& scope : resource.scope_metric_data_) {
                for (const sdk::MetricData& metric : scope.metric_data_) {
                    all[metric.instrument_descriptor.name_] = instrument(metric);
                }
            }
            return true;
        });
        return all;
    }

private:
    bool OnForceFlush(std::chrono::microseconds) noexcept override { return true; }
    bool OnShutDown(std::chrono::microseconds) noexcept override { return true; }

    static double number(const sdk::ValueType& value) {
        if (const auto* whole = opentelemetry::nostd::get_if<std::int64_t>(&value)) {
            return static_cast<double>(*whole);
        }
        return opentelemetry::nostd::get<double>(value);
    }

    static Instrument instrument(const sdk::MetricData& metric) {
        Instrument read{metric.instrument_descriptor.unit_, metric.instrument_descriptor.type_, {}};
        for (const sdk::PointDataAttributes& point : metric.point_data_attr_) {
            Attributes attributes;
            for (const auto& [key, value] : point.attributes) {
                attributes[key] = opentelemetry::nostd::get<std::string>(value);
            }
            using opentelemetry::nostd::get_if;
            if (const auto* sum = get_if<sdk::SumPointData>(&point.point_data)) {
                read.series[attributes] = number(sum->value_);
            } else {
                const auto& last =
                    opentelemetry::nostd::get<sdk::LastValuePointData>(point.point_data);
                read.series[attributes] = number(last.value_);
            }
        }
        return read;
    }
};

/// A program's SDK.
struct Sdk {
    std::shared_ptr<Reader> reader = std::make_shared<Reader>();
    sdk::MeterProvider provider;
    opentelemetry::nostd::shared_ptr<opentelemetry::metrics::Meter> meter;

    Sdk() {
        provider.AddMetricReader(reader);
        meter = provider.GetMeter("test");
    }
};

const std::string prefix = "fluxgate.circuit_breaker.";

}  // namespace

TEST_CASE("all that Prometheus is told is told by instruments of OpenTelemetry") {
    fg::testing::VirtualTime time;
    fg::Registry registry;
    CircuitBreaker breaker{fg::FailureStreak{2} | fg::SlowRate{1.0, 1s}, fg::Cooldown{30s},
                           fg::testing::Virtual{time}, Name{"payments"}, Registered{registry}};
    Sdk program;
    const fg::Observation observation = fg::observe(registry, program.meter);
    breaker.try_acquire()->succeeded();
    breaker.try_acquire()->failed();
    breaker.try_acquire()->failed();
    CHECK_FALSE(breaker.try_acquire());
    time.advance(10s);

    auto all = program.reader->read();
    const auto value = [&](const std::string& name, const Attributes& attributes) {
        return all.at(prefix + name).series.at(attributes);
    };
    CHECK(value("state", {{"name", "payments"}, {"state", "open"}}) == 1.0);
    CHECK(value("state", {{"name", "payments"}, {"state", "closed"}}) == 0.0);
    CHECK(value("calls", {{"name", "payments"}, {"outcome", "success"}}) == 1.0);
    CHECK(value("calls", {{"name", "payments"}, {"outcome", "failure"}}) == 2.0);
    CHECK(value("calls", {{"name", "payments"}, {"outcome", "neutral"}}) == 0.0);
    CHECK(value("calls", {{"name", "payments"}, {"outcome", "rejected"}}) == 1.0);
    CHECK(value("slow_calls", {{"name", "payments"}}) == 0.0);
    CHECK(value("would_have_opened", {{"name", "payments"}}) == 0.0);
    CHECK(value("window_calls", {{"name", "payments"}, {"outcome", "success"}}) == 0.0);
    CHECK(value("retry_after", {{"name", "payments"}}) == 20.0);
    const std::map<Attributes, double> transitions{
        {{{"name", "payments"}, {"from", "closed"}, {"to", "open"}, {"reason", "tripped"}}, 1.0}};
    CHECK(all.at(prefix + "transitions").series == transitions);
    CHECK(all.at(prefix + "calls").type == sdk::InstrumentType::kObservableCounter);
    CHECK(all.at(prefix + "state").type == sdk::InstrumentType::kObservableGauge);
    CHECK(all.at(prefix + "retry_after").unit == "s");

    // The window is that of an open circuit, which holds no calls.
    CHECK(all[prefix + "failure_ratio"].series.empty());
    breaker.reset();
    breaker.try_acquire()->failed();
    breaker.try_acquire()->succeeded();
    all = program.reader->read();
    CHECK(value("failure_ratio", {{"name", "payments"}}) == 0.5);
    CHECK(value("slow_ratio", {{"name", "payments"}, {"threshold", "1"}}) == 0.0);
    std::set<std::string> names;
    for (const auto& [name, instrument] : all) {
        names.insert(name);
    }
    CHECK(names.size() == 9);
}

TEST_CASE("the end of an observation, and of a breaker, end what is told") {
    fg::Registry registry;
    Sdk program;
    fg::Observation observation = fg::observe(registry, program.meter);
    {
        const CircuitBreaker breaker{Name{"a"}, Registered{registry}};
        CHECK(program.reader->read().at(prefix + "calls").series.size() == 4);
        fg::Observation moved = std::move(observation);
        observation = std::move(moved);
        CHECK(program.reader->read().at(prefix + "calls").series.size() == 4);
        observation = fg::Observation{};
    }
    // The SDK repeats what it was told last; it asks nobody.
    const CircuitBreaker later{Name{"b"}, Registered{registry}};
    for (const auto& [attributes, number] : program.reader->read()[prefix + "calls"].series) {
        CHECK(attributes.at("name") == "a");
    }
}

TEST_CASE("no meter is an error") {
    fg::Registry registry;
    CHECK(error_of([&] { (void)fg::observe(registry, {}); }) ==
          "fluxgate: observe's meter must be a meter, but is null");
}
