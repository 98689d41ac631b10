// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <asio/post.hpp>
#include <asio/use_future.hpp>

#include <utility>

// A pool of threads and futures; Asio's here, and any other one likewise. To be copied.
namespace recipes {

/// Runs `f` in the pool, by a breaker that outlives it. Returns a future of its result, of why it
/// was not run, or of its exception.
///
/// The call begins when a worker takes it: the wait in the pool's queue says nothing of the service.
template <class Pool, class Breaker, class F>
auto submit(Pool& pool, Breaker& breaker, F f) {
    return asio::post(pool, asio::use_future([&breaker, f = std::move(f)]() mutable {
                          return breaker.try_call(std::move(f));
                      }));
}

}  // namespace recipes
