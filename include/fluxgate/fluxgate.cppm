// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The library as a C++20 module: its headers, but for those that need another library. Written by
// packaging/module/make_module.py. Macros, such as FLUXGATE_VERSION, are not in it, and who writes
// coroutines includes <coroutine> too.
module;

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/breaker_options.hpp>
#include <fluxgate/call_reader.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/event_log.hpp>
#include <fluxgate/expected.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/fleet_status.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/json.hpp>
#include <fluxgate/keyed_breakers.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permission.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/presets.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/recorded_call.hpp>
#include <fluxgate/recorder.hpp>
#include <fluxgate/redis_options.hpp>
#include <fluxgate/registry.hpp>
#include <fluxgate/replay.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/retry_budget.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/share.hpp>
#include <fluxgate/shared_policies.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/snapshot_text.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/subscription.hpp>
#include <fluxgate/task.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/testing.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trial_limits.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/tsc.hpp>
#include <fluxgate/version.hpp>
#include <fluxgate/waiter.hpp>
#include <fluxgate/windows.hpp>

export module fluxgate;

export namespace fluxgate {
using fluxgate::operator&;
using fluxgate::operator|;
using fluxgate::operator~;
using fluxgate::operator<<;
using fluxgate::Always;
using fluxgate::AnyAsyncCircuitBreaker;
using fluxgate::AnyCircuitBreaker;
using fluxgate::AsSuccess;
using fluxgate::AsyncCircuitBreaker;
using fluxgate::AvgLatency;
using fluxgate::Backoff;
using fluxgate::BasicMetrics;
using fluxgate::BasicSemaphore;
using fluxgate::BasicWaiter;
using fluxgate::BreakerBase;
using fluxgate::BreakerOptions;
using fluxgate::BreakerView;
using fluxgate::CallContext;
using fluxgate::CallNotPermittedError;
using fluxgate::CallReader;
using fluxgate::CallTimes;
using fluxgate::CancelledBy;
using fluxgate::CaughtException;
using fluxgate::CircuitBreaker;
using fluxgate::CircuitBreakerInfo;
using fluxgate::Closed;
using fluxgate::Cooldown;
using fluxgate::CountWindow;
using fluxgate::Custom;
using fluxgate::EnvironmentPolicy;
using fluxgate::EventLog;
using fluxgate::FailureCount;
using fluxgate::FailureRate;
using fluxgate::FailureScore;
using fluxgate::FailureStreak;
using fluxgate::Fleet;
using fluxgate::FleetMembership;
using fluxgate::FleetStatus;
using fluxgate::HalfOpened;
using fluxgate::Judgement;
using fluxgate::KeepDurations;
using fluxgate::KeyedBreakers;
using fluxgate::KeyedBreakersStatistics;
using fluxgate::Linear;
using fluxgate::Listeners;
using fluxgate::MaxBreakers;
using fluxgate::MaxHalfOpenCalls;
using fluxgate::MaxHalfOpenWaiters;
using fluxgate::MaxOpen;
using fluxgate::MetricView;
using fluxgate::Metrics;
using fluxgate::MinRequests;
using fluxgate::Name;
using fluxgate::Neutral;
using fluxgate::Never;
using fluxgate::OpenBudget;
using fluxgate::Overdue;
using fluxgate::Permission;
using fluxgate::PermitPolicy;
using fluxgate::Policies;
using fluxgate::PolicyError;
using fluxgate::RampUp;
using fluxgate::Random;
using fluxgate::Reason;
using fluxgate::Record;
using fluxgate::RecordedCall;
using fluxgate::Recorder;
using fluxgate::RedisOptions;
using fluxgate::Registered;
using fluxgate::Registry;
using fluxgate::Rejection;
using fluxgate::Replay;
using fluxgate::ReplayOptions;
using fluxgate::ReplayResult;
using fluxgate::Restored;
using fluxgate::Result;
using fluxgate::RetryBudget;
using fluxgate::RetryContext;
using fluxgate::RetryPolicy;
using fluxgate::Semaphore;
using fluxgate::Shared;
using fluxgate::SharedBreakerInfo;
using fluxgate::SharedName;
using fluxgate::SharedPolicies;
using fluxgate::Signal;
using fluxgate::SingleThreaded;
using fluxgate::SingleTrial;
using fluxgate::SlowCount;
using fluxgate::SlowRate;
using fluxgate::SlowStart;
using fluxgate::Snapshot;
using fluxgate::SquareRootWait;
using fluxgate::State;
using fluxgate::StrandMutex;
using fluxgate::Subscription;
using fluxgate::Task;
using fluxgate::Threaded;
using fluxgate::TimeWindow;
using fluxgate::TotalCounts;
using fluxgate::Totals;
using fluxgate::TrackerPolicy;
using fluxgate::TrialContext;
using fluxgate::Trials;
using fluxgate::TripperPolicy;
using fluxgate::Tsc;
using fluxgate::TypeOf;
using fluxgate::Waiter;
using fluxgate::WindowPolicy;
using fluxgate::bad_expected_access;
using fluxgate::count_tripper_base;
using fluxgate::environment_base;
using fluxgate::expected;
using fluxgate::parse_policies;
using fluxgate::parse_recorded_call;
using fluxgate::parse_snapshot;
using fluxgate::permit_base;
using fluxgate::replay;
using fluxgate::retry_base;
using fluxgate::sync_wait;
using fluxgate::task_traits;
using fluxgate::to_json;
using fluxgate::to_metrics;
using fluxgate::to_string;
using fluxgate::tracker_base;
using fluxgate::tripper_base;
using fluxgate::try_parse_policies;
using fluxgate::unexpected;
using fluxgate::unwinding_types;
using fluxgate::usual_lateness;
using fluxgate::window_base;
}  // namespace fluxgate

export namespace fluxgate::listeners {
using fluxgate::listeners::Listeners;
}  // namespace fluxgate::listeners

export namespace fluxgate::permits {
using fluxgate::permits::All;
using fluxgate::permits::RampUp;
using fluxgate::permits::Random;
using fluxgate::permits::SingleTrial;
using fluxgate::permits::SlowStart;
using fluxgate::permits::Trials;
}  // namespace fluxgate::permits

export namespace fluxgate::presets {
using fluxgate::presets::request_response;
}  // namespace fluxgate::presets

export namespace fluxgate::retries {
using fluxgate::retries::Always;
using fluxgate::retries::Backoff;
using fluxgate::retries::Cooldown;
using fluxgate::retries::Linear;
using fluxgate::retries::Never;
using fluxgate::retries::SquareRootWait;
}  // namespace fluxgate::retries

export namespace fluxgate::share {
using fluxgate::share::Commands;
using fluxgate::share::Pool;
using fluxgate::share::Votes;
}  // namespace fluxgate::share

export namespace fluxgate::testing {
using fluxgate::testing::Virtual;
using fluxgate::testing::VirtualTime;
}  // namespace fluxgate::testing

export namespace fluxgate::trackers {
using fluxgate::trackers::All;
using fluxgate::trackers::AllOf;
using fluxgate::trackers::AnyOf;
using fluxgate::trackers::AsSuccess;
using fluxgate::trackers::Custom;
using fluxgate::trackers::Neutral;
using fluxgate::trackers::Not;
using fluxgate::trackers::Result;
using fluxgate::trackers::TypeOf;
}  // namespace fluxgate::trackers

export namespace fluxgate::trippers {
using fluxgate::trippers::AllOf;
using fluxgate::trippers::AnyOf;
using fluxgate::trippers::AvgLatency;
using fluxgate::trippers::Closed;
using fluxgate::trippers::FailureCount;
using fluxgate::trippers::FailureRate;
using fluxgate::trippers::FailureScore;
using fluxgate::trippers::FailureStreak;
using fluxgate::trippers::HalfOpened;
using fluxgate::trippers::MinRequests;
using fluxgate::trippers::SlowRate;
using fluxgate::trippers::to_string;
}  // namespace fluxgate::trippers

export namespace fluxgate::windows {
using fluxgate::windows::CountWindow;
using fluxgate::windows::KeepDurations;
using fluxgate::windows::TimeWindow;
}  // namespace fluxgate::windows
