// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Every shipped policy is what its concept asks for. Here, and not in the headers, since each check
// instantiates what most users of a header never do.

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <concepts>

using namespace fluxgate;

static_assert(WindowPolicy<CountWindow>);
static_assert(WindowPolicy<TimeWindow>);
static_assert(WindowPolicy<KeepDurations<CountWindow>>);
static_assert(WindowPolicy<KeepDurations<TimeWindow>>);

static_assert(TrackerPolicy<trackers::All>);
static_assert(TrackerPolicy<TypeOf<int>>);
static_assert(TrackerPolicy<Result<bool (*)(int)>>);
static_assert(TrackerPolicy<Custom<bool (*)(const int&)>>);
static_assert(TrackerPolicy<decltype(~(trackers::All{} & TypeOf<int>{}))>);

static_assert(TripperPolicy<MinRequests>);
static_assert(TripperPolicy<FailureRate>);
static_assert(TripperPolicy<SlowRate>);
static_assert(TripperPolicy<AvgLatency>);
static_assert(TripperPolicy<FailureStreak>);
static_assert(TripperPolicy<Closed>);
static_assert(TripperPolicy<HalfOpened>);
static_assert(TripperPolicy<trippers::AllOf<MinRequests, trippers::AnyOf<FailureRate, SlowRate>>>);

static_assert(RetryPolicy<Cooldown>);
static_assert(RetryPolicy<Backoff>);
static_assert(RetryPolicy<Always>);
static_assert(RetryPolicy<Never>);

static_assert(PermitPolicy<permits::All>);
static_assert(PermitPolicy<Random>);
static_assert(PermitPolicy<RampUp>);

static_assert(EnvironmentPolicy<Threaded>);
static_assert(EnvironmentPolicy<SingleThreaded>);
static_assert(EnvironmentPolicy<testing::Virtual>);

TEST_CASE("a breaker is deduced to hold the policies that it is given") {
    using Given = CircuitBreaker<TimeWindow, TypeOf<int>, FailureStreak, Always, permits::All,
                                 SingleThreaded>;
    static_assert(std::same_as<decltype(CircuitBreaker{permits::All{}, FailureStreak{1},
                                                       SingleThreaded{}, TypeOf<int>{}, Always{},
                                                       TimeWindow{std::chrono::seconds{1}}}),
                               Given>);
    static_assert(std::same_as<decltype(CircuitBreaker{}), CircuitBreaker<>>);
    SUCCEED("at compile time");
}
