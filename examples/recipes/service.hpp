// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/prometheus.hpp>
#include <fluxgate/shared_policies.hpp>

#include <prometheus/text_serializer.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

// What a service has once, for the breakers of all its clients: a registry, metrics, a line in the
// log for each transition, and one text of policies. To be copied.
namespace recipes {

/// Reads the text of policies in a file. Throws `std::runtime_error` where there is none, and
/// `fluxgate::PolicyError` where it is wrong.
inline fluxgate::Policies read_policies(const std::string& file) {
    std::ifstream in{file};
    if (!in) {
        throw std::runtime_error{file + " cannot be read"};
    }
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (in.bad() || text.find_first_not_of(" \t\r\n") == std::string::npos) {
        throw std::runtime_error{file + " is empty, as where it is just being written"};
    }
    return fluxgate::parse_policies(text);
}

/// It outlives the breakers.
class Service {
public:
    /// Throws as `read_policies` does.
    explicit Service(std::string policies)
        : file_{std::move(policies)}, policies_{read_policies(file_)} {}
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Returns breakers by their keys, with the policies of the file, which judge by `tracker`. The
    /// prefix, such as "http/", tells them from others of the service. For coroutines, this makes
    /// `AnyAsyncCircuitBreaker`s.
    template <class Tracker>
    auto breakers(std::string prefix, Tracker tracker) {
        return fluxgate::KeyedBreakers{[this, prefix, tracker](std::string_view key) {
            return fluxgate::AnyCircuitBreaker{policies_, tracker, fluxgate::Name{prefix, key},
                                               fluxgate::Registered{registry_}};
        }};
    }
    /// Reads the file anew, for all breakers at once. Throws as `read_policies` does, and has
    /// changed nothing then.
    void reload() { policies_.exchange(read_policies(file_)); }

    /// Returns the metrics of all, as Prometheus reads them.
    [[nodiscard]] std::string metrics() const {
        return prometheus::TextSerializer{}.Serialize(collector_.Collect());
    }

private:
    const std::string file_;
    fluxgate::SharedPolicies policies_;
    fluxgate::Registry registry_;
    fluxgate::PrometheusCollector collector_{registry_};
    fluxgate::Subscription log_ =
        registry_.listen([](const fluxgate::Signal& signal) { std::clog << signal << std::endl; });
};

}  // namespace recipes
