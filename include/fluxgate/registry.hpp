// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/registered_breaker.hpp>
#include <fluxgate/detail/attached/subscribed_listeners.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fork_safe_mutex.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/registry_link.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/json.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/subscription.hpp>

#include <cassert>
#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A registry: the breakers of a process, of whatever type, to be looked at and steered by name.
//
//     fluxgate::Registry registry;
//     fluxgate::CircuitBreaker payments{fluxgate::Name{"payments"},
//                                       fluxgate::Registered{registry}};
//
//     registry.for_each([](const fluxgate::BreakerView& breaker) {
//         std::cout << breaker.info() << '\n';
//     });

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The breakers of a registry by their names. Thread-safe: no lock is held while a breaker is used.
class RegistryEntries final : public RegistryLink {
public:
    using Entry = std::shared_ptr<RegisteredBreaker>;

    [[nodiscard]] std::shared_ptr<RegistryEntry> add(const SharedName& name, void* core,
                                                     const BreakerOperations& operations) override {
        auto entry = std::make_shared<RegisteredBreaker>(name, core, operations);
        const std::string_view key = entry->name().view();
        const std::lock_guard lock{mutex_};
        if (!entries_.try_emplace(key, entry).second) {
            throw_invalid("Name's text",
                          '"' + std::string{key} +
                              "\", which another breaker has: where two KeyedBreakers have the "
                              "same keys, give the names in each a prefix, as in "
                              "Name{\"billing/\", key}",
                          "unique in its registry");
        }
        return entry;
    }

    void remove(const SharedName& name, const RegistryEntry& entry) noexcept override {
        Entry removed;  // destroyed without the lock
        const std::lock_guard lock{mutex_};
        const auto found = entries_.find(name.view());
        if (found != entries_.end() && found->second.get() == &entry) {
            removed = std::move(found->second);
            entries_.erase(found);
        }
    }

    [[nodiscard]] std::shared_ptr<LateListeners> listeners() const noexcept override {
        return listeners_;
    }

    /// Returns all of them, in the order of their names. Throws `std::bad_alloc`.
    [[nodiscard]] std::vector<Entry> all() const {
        std::vector<Entry> all;
        const std::lock_guard lock{mutex_};
        all.reserve(entries_.size());
        for (const auto& [name, entry] : entries_) {
            all.push_back(entry);
        }
        return all;
    }

    /// Returns the one of that name; null if there is none.
    [[nodiscard]] Entry find(std::string_view name) const {
        const std::lock_guard lock{mutex_};
        const auto found = entries_.find(name);
        return found == entries_.end() ? nullptr : found->second;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return entries_.size();
    }

private:
    mutable ForkSafeMutex mutex_;
    /// Guarded by the mutex. The key is the name of the entry.
    std::map<std::string_view, Entry> entries_;
    const std::shared_ptr<LateListeners> listeners_ =
        std::make_shared<BasicSubscribedListeners<ForkSafeMutex>>();
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

class Registered;

/// A breaker in a registry, of whatever type: what `Registry` gives.
///
/// It may outlive the breaker: `name()` stays, `info()` is what it was at its end, and commands
/// return false. The end of a breaker waits for what is being done with it through views. Where it
/// finds no memory to keep its `info()`, that has the name alone.
///
/// Where a breaker's listeners are coroutines, a command is made at once, and the listeners hear of
/// it with the next call that is awaited: nobody awaits them here.
///
/// Copies are of the same breaker. Thread-safe where the breaker is: that of a `SingleThreaded`
/// breaker belongs to its thread.
class BreakerView {
public:
    /// Made by registries; users call `for_each` and `find`.
    explicit BreakerView(std::shared_ptr<detail::RegisteredBreaker> breaker) noexcept
        : breaker_{std::move(breaker)} {}

    /// Returns the name.
    [[nodiscard]] const SharedName& name() const noexcept { return breaker_->name(); }

    /// Returns what the breaker's `info()` returns, or what it was at its end. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] CircuitBreakerInfo info() const { return breaker_->info(); }

    // Who gives a command need not ask whether the breaker was still there: it is const, as a
    // pointer's are, but its result is not all that it is called for.
    // NOLINTBEGIN(modernize-use-nodiscard)

    /// Closes the circuit. Returns false, and does nothing, where the breaker is gone. Throws
    /// `std::bad_alloc`.
    bool reset() const { return breaker_->command(State::closed); }
    /// Lets every call run and records nothing; else as `reset`.
    bool disable() const { return breaker_->command(State::disabled); }
    /// Lets every call run and records it, but never opens; else as `reset`.
    bool metrics_only() const { return breaker_->command(State::metrics_only); }
    /// Rejects every call; else as `reset`.
    bool force_open() const { return breaker_->command(State::forced_open); }
    /// Opens the circuit for so long; else as `reset`. Throws `std::invalid_argument` unless
    /// `duration` is above zero.
    bool open_for(detail::Duration duration) const {
        return breaker_->command(State::open, duration.checked("open_for's duration"));
    }

    // NOLINTEND(modernize-use-nodiscard)

    /// Returns whether both are of the same breaker, not of two with one name.
    friend bool operator==(const BreakerView&, const BreakerView&) = default;

private:
    /// Never null.
    std::shared_ptr<detail::RegisteredBreaker> breaker_;
};

/// Knows the breakers of a process that have `Registered{registry}` among their arguments, each
/// from its construction to its destruction.
///
/// Thread-safe, also while breakers come and go. It must outlive its breakers, which an assertion
/// checks; subscriptions and views may outlive it.
class Registry {
public:
    Registry() = default;
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    ~Registry() {
        assert(size() == 0 && "fluxgate: a registry is destroyed before its breakers");
        entries_->listeners()->end();
    }

    /// Calls `f` with a `BreakerView` of each breaker, in the order of their names: of those that
    /// there were when it was called. Without a lock: `f` may make and destroy breakers. Throws
    /// `std::bad_alloc` and what `f` throws.
    template <std::invocable<const BreakerView&> F>
    void for_each(F&& f) const {
        for (detail::RegistryEntries::Entry& entry : entries_->all()) {
            std::invoke(f, BreakerView{std::move(entry)});
        }
    }

    /// Returns the breaker of that name; empty if there is none. Complexity: logarithmic.
    [[nodiscard]] std::optional<BreakerView> find(std::string_view name) const {
        detail::RegistryEntries::Entry entry = entries_->find(name);
        return entry == nullptr ? std::nullopt : std::optional{BreakerView{std::move(entry)}};
    }

    /// Returns the `info()` of each breaker as a JSON array, in the order of their names; its keys
    /// are those of <fluxgate/json.hpp>. Throws `std::bad_alloc`.
    [[nodiscard]] std::string to_json() const {
        detail::JsonWriter out;
        out.begin_array();
        for_each([&](const BreakerView& breaker) { detail::write_json(out, breaker.info()); });
        out.end_array();
        return std::move(out).take();
    }

    /// Returns how many breakers there are.
    [[nodiscard]] std::size_t size() const { return entries_->size(); }

    /// Adds a listener to all breakers, those that are yet to come among them: a plain function,
    /// told behind the breaker's own listeners; see `CircuitBreaker::listen`. It is told by several
    /// threads at once, but of each breaker by one at a time. Throws `std::bad_alloc`.
    template <detail::Listener F>
    Subscription listen(F listener) {
        return detail::subscribe(entries_->listeners(), std::move(listener));
    }

private:
    friend Registered;

    const std::shared_ptr<detail::RegistryEntries> entries_ =
        std::make_shared<detail::RegistryEntries>();
};

/// Registers a breaker: an argument of the breaker's constructor.
///
/// The breaker needs a `Name` beside it. If another breaker in the registry has the same one, its
/// constructor throws `std::invalid_argument`. It keeps `Totals`.
class Registered {
public:
    /// Takes the registry, which must outlive the breaker.
    explicit Registered(Registry& registry) noexcept : registry_{registry.entries_} {}

    /// Returns what breakers know of the registry.
    [[nodiscard]] const std::shared_ptr<detail::RegistryLink>& link() const noexcept {
        return registry_;
    }

private:
    std::shared_ptr<detail::RegistryLink> registry_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
