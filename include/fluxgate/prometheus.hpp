// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exporters/instruments.hpp>
#include <fluxgate/detail/exporters/transition_counts.hpp>
#include <fluxgate/detail/utf8.hpp>
#include <fluxgate/registry.hpp>

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

// The breakers of a registry as metrics of Prometheus, by prometheus-cpp. They are read when they
// are scraped: a call costs nothing but its totals.
//
//     auto collector = std::make_shared<fluxgate::PrometheusCollector>(registry);
//     prometheus::Exposer exposer{"127.0.0.1:9464"};
//     exposer.RegisterCollectable(collector);

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Collects the metrics of all breakers of a registry, by the names that docs/operating.md lists.
/// Every series of a breaker is there as long as the breaker is.
///
/// Counters count from a breaker's construction on, transitions from the collector's where that
/// came later. Where a breaker is made anew under the name of one that is gone, all its counters
/// begin at zero, which Prometheus takes for a restart. In names, a byte that is not valid UTF-8
/// comes as U+FFFD and its two hexadecimal digits, and U+FFFD itself as two of them, so that no two
/// names become one.
///
/// Thread-safe.
class PrometheusCollector final : public prometheus::Collectable {
public:
    /// Takes the registry, which must outlive the collector. Throws `std::bad_alloc`.
    explicit PrometheusCollector(Registry& registry) : registry_{registry}, made_{registry} {}

    /// Returns the metrics of this moment. Throws `std::bad_alloc`. Complexity: linear in the
    /// number of breakers, some 50 series each.
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        std::vector<prometheus::MetricFamily> families;
        families.reserve(detail::instruments.size());
        for (const detail::Instrument& instrument : detail::instruments) {
            families.push_back(
                {instrument.prometheus_name, instrument.help, type_of(instrument), {}});
        }
        registry_.for_each([&](const BreakerView& breaker) {
            const std::string name = detail::to_distinct_utf8(breaker.name().view());
            const CircuitBreakerInfo info = breaker.info();
            const detail::TransitionCounts::Counts made = made_.of(breaker);
            for (std::size_t i = 0; i != families.size(); ++i) {
                const auto add = [&](detail::Labels labels, auto number) {
                    families[i].metric.push_back(
                        metric(families[i].type, name, labels, static_cast<double>(number)));
                };
                detail::read(detail::instruments[i], info, made, add);
            }
        });
        return families;
    }

private:
    [[nodiscard]] static prometheus::MetricType type_of(const detail::Instrument& instrument) {
        return detail::is_counter(instrument.kind) ? prometheus::MetricType::Counter
                                                   : prometheus::MetricType::Gauge;
    }

    [[nodiscard]] static prometheus::ClientMetric metric(prometheus::MetricType type,
                                                         const std::string& name,
                                                         detail::Labels labels, double number) {
        prometheus::ClientMetric metric;
        metric.label.reserve(1 + labels.size());
        metric.label.push_back({"name", name});
        for (const detail::Label& label : labels) {
            metric.label.push_back({label.key, std::string{label.value}});
        }
        if (type == prometheus::MetricType::Counter) {
            metric.counter.value = number;
        } else {
            metric.gauge.value = number;
        }
        return metric;
    }

    const Registry& registry_;
    const detail::TransitionCounts made_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
