// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/occupancy.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/signal.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

// Listeners that subscriptions keep.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A function that listens until its subscription ends. Thread-safe.
template <class F>
class SubscribedListener final : public LateListener {
public:
    explicit SubscribedListener(F function) : function_{std::make_unique<F>(std::move(function))} {}

    void tell(const Signal& signal) override {
        const Occupancy::Visit visit{visitors_};
        if (visit) {
            std::invoke(*function_, signal);
        }
    }

    void end() override {
        if (visitors_.close()) {
            std::unique_ptr<F> ended;  // destroyed with no lock held
            const std::lock_guard lock{ending_};
            std::swap(ended, function_);
        }
    }

private:
    Occupancy visitors_;
    /// Guards the function once no thread is in it.
    std::mutex ending_;
    std::unique_ptr<F> function_;
};

/// The listeners of one breaker or registry, in the order of their numbers. Thread-safe: its lock
/// is held for short sections that call nothing. A template, so that a program without
/// subscriptions
/// compiles none of it.
template <class Mutex>
class BasicSubscribedListeners final : public LateListeners {
public:
    void add(std::shared_ptr<LateListener> listener) override {
        const std::lock_guard lock{mutex_};
        all_.push_back({std::move(listener), next_});
        ++next_;
    }

    void remove(const LateListener& listener) override {
        Listed removed;  // destroyed without the lock
        const std::lock_guard lock{mutex_};
        for (auto place = all_.begin(); place != all_.end(); ++place) {
            if (place->listener.get() == &listener) {
                removed = std::move(*place);
                all_.erase(place);
                return;
            }
        }
    }

    [[nodiscard]] Number bound() const override {
        const std::lock_guard lock{mutex_};
        return all_.empty() ? Number{0} : next_;
    }

    [[nodiscard]] Numbered next(Number from, Number bound) const override {
        const std::lock_guard lock{mutex_};
        for (const Listed& one : all_) {
            if (one.number >= from) {
                return one.number < bound ? Numbered{one.listener, one.number} : Numbered{};
            }
        }
        return {};
    }

    void end() override {
        std::vector<Listed> ended;
        {
            const std::lock_guard lock{mutex_};
            ended.swap(all_);
        }
        for (const Listed& one : ended) {
            one.listener->end();
        }
    }

private:
    struct Listed {
        std::shared_ptr<LateListener> listener{};
        Number number = 0;
    };

    mutable Mutex mutex_;
    // Both are guarded by the mutex; in the order of their numbers.
    std::vector<Listed> all_;
    Number next_ = 1;
};

using SubscribedListeners = BasicSubscribedListeners<std::mutex>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
