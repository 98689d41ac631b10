// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace recipes {

/// Connections, of which each is lent to one thread at a time. Thread-safe.
///
/// It begins with `Connection{}`s, which whoever takes one opens: a connection is a pointer that
/// closes what it owns.
template <class Connection>
class Pool {
public:
    explicit Pool(std::size_t connections) : free_(connections) {}

    /// Runs `f` with a connection that is free within `patience`, and takes it back: `f` makes it
    /// empty where it is of no more use, and so it is where `f` throws. Returns nothing where none
    /// was free.
    template <class F>
    auto with(std::chrono::milliseconds patience, F f)
        -> std::optional<decltype(f(std::declval<Connection&>()))> {
        std::unique_lock lock{mutex_};
        if (!given_back_.wait_for(lock, patience, [this] { return !free_.empty(); })) {
            return std::nullopt;
        }
        Lent lent{*this, std::move(free_.back()), {}};
        free_.pop_back();
        lock.unlock();
        std::optional result{f(lent.connection)};
        lent.given_back = std::move(lent.connection);
        return result;
    }

private:
    struct Lent {
        Pool& pool;
        Connection connection;
        Connection given_back;

        ~Lent() {
            const std::lock_guard lock{pool.mutex_};
            pool.free_.push_back(std::move(given_back));  // there is room: it came from there
            pool.given_back_.notify_one();
        }
    };

    std::mutex mutex_;
    std::condition_variable given_back_;
    /// Guarded by the mutex.
    std::vector<Connection> free_;
};

}  // namespace recipes
