// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/fleet_status.hpp>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

// How a node is in touch with its fleet, for Prometheus, through prometheus-cpp. Its breakers are in
// prometheus.hpp.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Collects how a node is in touch with its fleet, by the names that docs/operating.md lists.
/// Thread-safe.
class PrometheusFleetCollector final : public prometheus::Collectable {
public:
    /// Takes the fleet, which must outlive the collector, and the label `fleet` of its metrics, by
    /// which two fleets of a process are told apart.
    explicit PrometheusFleetCollector(const Fleet& fleet, std::string label = "fluxgate")
        : fleet_{fleet}, label_{std::move(label)} {}

    /// Returns the metrics of this moment. Throws `std::bad_alloc`.
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        using prometheus::MetricType;
        const FleetStatus status = fleet_.status();
        const std::chrono::duration<double> round_time = status.round_time;
        return {
            family("fluxgate_fleet_connected", MetricType::Gauge,
                   "1 if the latest round of the fleet was answered, else 0.",
                   status.connected ? 1.0 : 0.0),
            family("fluxgate_fleet_nodes", MetricType::Gauge,
                   "The nodes of the fleet that are alive, as of the latest round.",
                   static_cast<double>(status.nodes)),
            family("fluxgate_fleet_failures_total", MetricType::Counter,
                   "Rounds of the fleet that failed, or could not be done for a breaker.",
                   static_cast<double>(status.failures)),
            family("fluxgate_fleet_round_seconds", MetricType::Gauge,
                   "How long the latest round of the fleet took that was answered.",
                   round_time.count()),
        };
    }

private:
    [[nodiscard]] prometheus::MetricFamily family(const char* name, prometheus::MetricType type,
                                                  const char* help, double number) const {
        prometheus::ClientMetric metric;
        metric.label.push_back({"fleet", label_});
        metric.counter.value = number;
        metric.gauge.value = number;
        return {name, help, type, {std::move(metric)}};
    }

    const Fleet& fleet_;
    const std::string label_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
