// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// The whole library. A translation unit that only calls a breaker can include
// <fluxgate/circuit_breaker.hpp>.

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/event_log.hpp>
#include <fluxgate/expected.hpp>
#include <fluxgate/json.hpp>
#include <fluxgate/keyed_breakers.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permission.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/presets.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/registry.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/retry_budget.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/snapshot_text.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/subscription.hpp>
#include <fluxgate/task.hpp>
#include <fluxgate/testing.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trial_limits.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/tsc.hpp>
#include <fluxgate/version.hpp>
#include <fluxgate/waiter.hpp>
#include <fluxgate/windows.hpp>

// Coroutines that throw for a rejection.
#ifdef __cpp_exceptions
#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/task_traits.hpp>
#endif
