// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A scrape of 10,000 breakers for Prometheus, beside what Prometheus' library makes of it.

#include "claims.hpp"
#include "work.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/prometheus.hpp>

#include <benchmark/benchmark.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using Breaker =
    decltype(fluxgate::CircuitBreaker{fluxgate::Totals{}, fluxgate::Name{""},
                                      fluxgate::Registered{std::declval<fluxgate::Registry&>()}});

/// Ten thousand breakers, each of which has been called.
struct Fleet {
    Fleet() {
        for (int i = 0; i != 10'000; ++i) {
            breakers.push_back(std::make_unique<Breaker>(
                fluxgate::Totals{}, fluxgate::Name{"upstream-" + std::to_string(i)},
                fluxgate::Registered{registry}));
            breakers.back()->call(work::call, std::uint64_t{1});
        }
    }

    fluxgate::Registry registry;
    std::vector<std::unique_ptr<Breaker>> breakers;
    fluxgate::PrometheusCollector collector{registry};
};

Fleet& fleet() {
    static Fleet made;
    return made;
}

/// What the metrics take, without names that are too long for a string itself.
double megabytes(const std::vector<prometheus::MetricFamily>& families) {
    std::size_t bytes = 0;
    for (const prometheus::MetricFamily& family : families) {
        for (const prometheus::ClientMetric& metric : family.metric) {
            bytes += sizeof metric + metric.label.capacity() * sizeof(metric.label.front());
        }
    }
    return static_cast<double>(bytes) / 1e6;
}

void scrape(benchmark::State& state) {
    double size = 0;
    for (auto _ : state) {
        size = megabytes(fleet().collector.Collect());
    }
    state.counters["megabytes"] = size;
}

/// What Prometheus' own library takes for as many series, which are there already.
void scrape_serialized(benchmark::State& state) {
    const std::vector<prometheus::MetricFamily> families = fleet().collector.Collect();
    std::size_t size = 0;
    for (auto _ : state) {
        size = prometheus::TextSerializer{}.Serialize(families).size();
    }
    std::size_t series = 0;
    for (const prometheus::MetricFamily& family : families) {
        series += family.metric.size();
    }
    state.counters["megabytes"] = static_cast<double>(size) / 1e6;
    state.counters["series"] = static_cast<double>(series);
}

BENCHMARK(scrape)->Unit(benchmark::kMillisecond);
BENCHMARK(scrape_serialized)->Unit(benchmark::kMillisecond);

const claims::Rows rows{
    {"scrape", {"scrape_serialized"}},
    {"scrape:megabytes", {"scrape_serialized:megabytes"}},
};

}  // namespace
