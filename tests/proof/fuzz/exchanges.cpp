// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A breaker whose policies come from a text, and are exchanged, against the plain one: the same
// steps must give the same answers, signals and metrics.

#include "drive.hpp"
#include "input.hpp"
#include "texts.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/testing.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

using namespace fluxgate;
using fuzz::Input;

namespace {

template <class Environment>
void drive(Input& input, std::span<const std::string_view> some) {
    const Policies first = parse_policies(some[input.below(some.size())]);
    fuzz::Drive<Environment, Policies> drive{"", input, first};
    drive.may_exchange(some);
    drive.run();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input{data, size};
    const std::span<const std::string_view> all = fuzz::texts;
    switch (input.below(3)) {
        case 0: drive<testing::Virtual>(input, all); break;
        case 1:
            drive<fuzz::Lagging<std::mutex>>(input, all.first(fuzz::texts_without_overdue));
            break;
        default:
            drive<fuzz::Lagging<detail::NoMutex>>(input, all.first(fuzz::texts_without_overdue));
            break;
    }
    return 0;
}
