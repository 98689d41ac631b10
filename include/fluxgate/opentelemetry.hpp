// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exporters/instruments.hpp>
#include <fluxgate/detail/exporters/transition_counts.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/utf8.hpp>
#include <fluxgate/registry.hpp>

#include <opentelemetry/common/attribute_value.h>
#include <opentelemetry/metrics/async_instruments.h>
#include <opentelemetry/metrics/meter.h>
#include <opentelemetry/metrics/observer_result.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/nostd/string_view.h>
#include <opentelemetry/nostd/variant.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The breakers of a registry as observable instruments of OpenTelemetry, by its API alone: whatever
// SDK the program has installed reads them.
//
//     auto meter = opentelemetry::metrics::Provider::GetMeterProvider()->GetMeter("my_service");
//     fluxgate::Observation observation = fluxgate::observe(registry, meter);

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The observable instruments of a registry, from construction to destruction.
class ObservedRegistry {
public:
    using Meter = opentelemetry::metrics::Meter;

    ObservedRegistry(Registry& registry, Meter& meter) : registry_{registry}, made_{registry} {
        for (std::size_t i = 0; i != instruments.size(); ++i) {
            observed_[i] = {this, &instruments[i], create(meter, instruments[i])};
        }
        for (Observed& one : observed_) {
            one.instrument->AddCallback(&observe, &one);
        }
    }

    ObservedRegistry(const ObservedRegistry&) = delete;
    ObservedRegistry& operator=(const ObservedRegistry&) = delete;

    ~ObservedRegistry() {
        for (Observed& one : observed_) {
            one.instrument->RemoveCallback(&observe, &one);
        }
    }

private:
    using ObservableInstrument = opentelemetry::metrics::ObservableInstrument;
    template <class T>
    using Observer = opentelemetry::nostd::shared_ptr<opentelemetry::metrics::ObserverResultT<T>>;

    struct Observed {
        const ObservedRegistry* registry = nullptr;
        const Instrument* row = nullptr;
        opentelemetry::nostd::shared_ptr<ObservableInstrument> instrument;
    };

    [[nodiscard]] static opentelemetry::nostd::shared_ptr<ObservableInstrument> create(
        Meter& meter, const Instrument& row) {
        const auto made_by = [&](auto factory) {
            return (meter.*factory)(row.opentelemetry_name, row.help, row.unit);
        };
        switch (row.kind) {
            case InstrumentKind::whole_counter:
                return made_by(&Meter::CreateInt64ObservableCounter);
            case InstrumentKind::counter: return made_by(&Meter::CreateDoubleObservableCounter);
            case InstrumentKind::whole_gauge: return made_by(&Meter::CreateInt64ObservableGauge);
            case InstrumentKind::gauge: break;
        }
        return made_by(&Meter::CreateDoubleObservableGauge);
    }

    static void observe(opentelemetry::metrics::ObserverResult result, void* observed) {
        const auto* one = static_cast<const Observed*>(observed);
        using opentelemetry::nostd::get;
        if (is_whole(one->row->kind)) {
            one->registry->observe(*one->row, *get<Observer<std::int64_t>>(result));
        } else {
            one->registry->observe(*one->row, *get<Observer<double>>(result));
        }
    }

    template <class T>
    void observe(const Instrument& row,
                 opentelemetry::metrics::ObserverResultT<T>& observer) const {
        registry_.for_each([&](const BreakerView& breaker) {
            const std::string name = to_distinct_utf8(breaker.name().view());
            const TransitionCounts::Counts made = made_.of(breaker);
            read(row, breaker.info(), made, [&](Labels labels, auto number) {
                if (is_told(row, number)) {
                    observer.Observe(static_cast<T>(number), attributes(name, labels));
                }
            });
        });
    }

    /// Returns whether there is a number to tell: a share of no calls is none, and transitions that
    /// were never made are left out, since an SDK keeps only so many series of an instrument.
    [[nodiscard]] static bool is_told(const Instrument& row, std::uint64_t count) noexcept {
        return row.id != InstrumentId::transitions || count != 0;
    }
    [[nodiscard]] static bool is_told(const Instrument&, double number) noexcept {
        return !std::isnan(number);
    }

    using Attribute =
        std::pair<opentelemetry::nostd::string_view, opentelemetry::common::AttributeValue>;

    [[nodiscard]] static opentelemetry::nostd::string_view view(std::string_view text) noexcept {
        return {text.data(), text.size()};
    }
    /// Returns what borrows from both.
    [[nodiscard]] static std::vector<Attribute> attributes(const std::string& name, Labels labels) {
        std::vector<Attribute> all{{"name", view(name)}};
        for (const Label& label : labels) {
            all.emplace_back(label.key, view(label.value));
        }
        return all;
    }

    const Registry& registry_;
    const TransitionCounts made_;
    std::array<Observed, instruments.size()> observed_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Keeps the instruments that `observe()` made: they are observed until it is destroyed. Move-only;
/// a default-constructed one keeps none.
class [[nodiscard("its destructor ends the observation")]] Observation {
public:
    /// Observes nothing.
    Observation() noexcept = default;

    /// For `observe()`.
    explicit Observation(std::unique_ptr<detail::ObservedRegistry> observed) noexcept
        : observed_{std::move(observed)} {}

private:
    std::unique_ptr<detail::ObservedRegistry> observed_;
};

/// Has all breakers of a registry observed by a meter's instruments, which docs/operating.md lists:
/// the metrics of `PrometheusCollector`, under names that begin with fluxgate.circuit_breaker, with
/// the labels as attributes. A share of no calls is not told, nor a transition that was never made.
///
/// The registry must outlive what is returned. Throws `std::invalid_argument` where there is no
/// meter, and `std::bad_alloc`.
inline Observation observe(
    Registry& registry,
    const opentelemetry::nostd::shared_ptr<opentelemetry::metrics::Meter>& meter) {
    if (meter == nullptr) {
        detail::throw_invalid("observe's meter", "null", "a meter");
    }
    return Observation{std::make_unique<detail::ObservedRegistry>(registry, *meter)};
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
