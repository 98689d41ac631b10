// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/owning.hpp>
#include <fluxgate/detail/keyed/shelf.hpp>
#include <fluxgate/detail/machine/open_budget_state.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/expected.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// A breaker for each key: for each host that a client talks to, each tenant, each shard.
//
//     fluxgate::KeyedBreakers hosts{[](std::string_view host) {
//         return fluxgate::CircuitBreaker{fluxgate::presets::request_response(1s),
//                                         fluxgate::Name{host}};
//     }};
//
//     Page page = hosts.call(url.host(), fetch, url);

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// How many breakers a `KeyedBreakers` keeps at most.
class MaxBreakers {
public:
    /// Takes `count` from 1 to 2^32 - 1, else throws `std::invalid_argument`.
    constexpr explicit MaxBreakers(detail::Count count)
        : count_{count.checked("MaxBreakers' count")} {}

    /// Returns the number.
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }

private:
    std::uint32_t count_;
};

/// Which share of the keys of a `KeyedBreakers` may be open at once; one may be at least. So an
/// outage of one's own network, in which every key fails, does not cut everything off.
///
/// The factory then takes an `OpenBudget` as its second parameter and hands it to the breaker. A
/// breaker whose opening is refused stays closed, and asks again at its next outcome. Half-open
/// counts as open. An operator's commands are never refused, and what they open counts.
class MaxOpen {
public:
    /// Takes `share` in (0, 1], else throws `std::invalid_argument`.
    constexpr explicit MaxOpen(detail::Number share) : share_{share.as_ratio("MaxOpen's share")} {}

    /// Returns the share.
    [[nodiscard]] constexpr double share() const noexcept { return share_; }

private:
    double share_;
};

/// Makes a breaker ask whether it may open: an argument of its constructor, which the factory of a
/// `KeyedBreakers` gets.
class OpenBudget {
public:
    /// Made by `KeyedBreakers`.
    explicit OpenBudget(std::shared_ptr<detail::OpenBudgetState> state) noexcept
        : state_{std::move(state)} {}

    /// Returns what the breakers share.
    [[nodiscard]] const std::shared_ptr<detail::OpenBudgetState>& state() const noexcept {
        return state_;
    }

private:
    std::shared_ptr<detail::OpenBudgetState> state_;
};

/// What a `KeyedBreakers` has done since its construction.
struct KeyedBreakersStatistics {
    /// How many breakers there are now.
    std::size_t size = 0;
    /// How many were dropped to make room.
    std::uint64_t evictions = 0;
    /// How many openings `MaxOpen` has refused; one that is asked for again and again is one.
    std::uint64_t refused_openings = 0;
};

/// One breaker for each key, made on first use by `factory(key)`, or `factory(key, budget)`; see
/// `MaxOpen`. Keys are strings of any bytes.
///
/// At most `MaxBreakers` are kept, 10,000 unless told otherwise. For a new key beyond that, the
/// breaker is dropped that was not used for the longest time, by the time of the last creations,
/// and that nobody holds: closed ones first. (Of more than 500, a closed one may be overlooked
/// that was held by calls, or open, a moment before; so may one that nobody holds, where many that
/// were to go next have been used since or are held.) Nobody holds a breaker for which there is no
/// handle and no call, and with which nothing is being done through a `Registry`. Where all are
/// held, the new breaker is not kept, and lives as long as its handles; other look-ups of its key
/// share it.
///
/// Complexity: a look-up is constant. So is a new key, but for the logarithm of the cap: it looks at
/// some 16 breakers, and at 1,000 at most, where those that were to go next are open, held, or used
/// since.
///
/// Thread-safe. Threads that look up existing keys wait for one another only where both keys are
/// in the same of 64 parts, and for as long as a look-up takes. The factory and destructors run
/// without a lock; the factory may run in several threads at once, for different keys, and may look
/// up others, but not in a circle. What it throws goes to the one who has it called.
template <class Factory>
class KeyedBreakers {
    static constexpr bool takes_budget = std::invocable<Factory&, std::string_view, OpenBudget>;
    static_assert(takes_budget || std::invocable<Factory&, std::string_view>,
                  "fluxgate: the factory of KeyedBreakers takes a std::string_view, or a "
                  "std::string_view and an OpenBudget");

public:
    /// The type of the breakers.
    using Breaker = typename detail::MadeBy<Factory, OpenBudget, takes_budget>::type;
    /// Shares the ownership of a breaker; never null where `[]` gives it.
    using Handle = std::shared_ptr<Breaker>;
    /// What `try_acquire` gives: a `Permission` that owns its breaker.
    using Permission = detail::OwningPermission<Breaker>;

    /// Takes the factory and, in any order, `MaxBreakers` and `MaxOpen`. Throws `std::bad_alloc`.
    template <class... Options>
        requires(detail::are_only<std::tuple<MaxBreakers, MaxOpen>, Options...>)
    explicit KeyedBreakers(Factory factory, Options... options)
        : factory_{std::move(factory)}, shelf_{shelf_for(std::tuple{options...})} {
        static_assert(takes_budget || !(std::same_as<Options, MaxOpen> || ...),
                      "fluxgate: with MaxOpen, the factory takes an OpenBudget as its second "
                      "parameter and hands it to the breaker");
    }

    /// Returns the breaker of this key, which it makes where there is none. Throws what the factory
    /// throws, `std::bad_alloc`, and `std::logic_error` where the factory looks up the key that it
    /// is called for. Complexity: constant; for a new key see above.
    [[nodiscard]] Handle operator[](std::string_view key) {
        return shelf_.find_or_make(key, [&](void* place) {
            if constexpr (takes_budget) {
                ::new (place) Breaker(factory_(key, OpenBudget{shelf_.budget()}));
            } else {
                ::new (place) Breaker(factory_(key));
            }
        });
    }

    /// Returns how many breakers are kept.
    [[nodiscard]] std::size_t size() const { return shelf_.size(); }

    /// Returns what became of keys and openings so far.
    [[nodiscard]] KeyedBreakersStatistics statistics() const {
        return {shelf_.size(), shelf_.evictions(), shelf_.budget()->refused()};
    }

    /// Calls `f` with the key and the breaker, as a `std::string_view` and a `Breaker&` or a
    /// `Handle`, of each breaker that is there from beginning to end, in no certain order: of those
    /// beyond the cap that are held, too. It counts as no use of the breakers. Without a lock: `f`
    /// may look up keys. Throws `std::bad_alloc` and what `f` throws. Complexity: linear.
    template <class F>
    void for_each(F&& f) {
        shelf_.for_each([&](const auto& node) {
            if constexpr (std::invocable<F&, std::string_view, Breaker&>) {
                std::invoke(f, std::string_view{node->key}, *node->breaker());
            } else {
                static_assert(std::invocable<F&, std::string_view, const Handle&>,
                              "fluxgate: the function of for_each takes a key and a breaker: "
                              "[](std::string_view key, auto& breaker) { ... }");
                std::invoke(f, std::string_view{node->key}, Handle{node, node->breaker()});
            }
        });
    }

    // The ways to call are those of the breaker, behind the key. Each owns the breaker for as long
    // as it needs it, until the call has ended, also where that is awaited.

    /// Calls `f(args...)` by the breaker of this key; see `CircuitBreaker::call` and
    /// `AsyncCircuitBreaker::call`.
    template <class F, class... Args>
    decltype(auto) call(std::string_view key, F&& f, Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->call(owning(breaker, std::forward<F>(f)), std::forward<Args>(args)...);
    }

    /// Calls by the breaker of this key, or returns the fallback's answer; see
    /// `CircuitBreaker::call_with_fallback`.
    template <class F, class Fallback, class... Args>
    decltype(auto) call_with_fallback(std::string_view key, F&& f, Fallback&& fallback,
                                      Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->call_with_fallback(owning(breaker, std::forward<F>(f)),
                                           std::forward<Fallback>(fallback),
                                           std::forward<Args>(args)...);
    }

    /// Calls by the breaker of this key, or returns why it did not; see `CircuitBreaker::try_call`.
    template <class F, class... Args>
    [[nodiscard]] auto try_call(std::string_view key, F&& f, Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->try_call(owning(breaker, std::forward<F>(f)), std::forward<Args>(args)...);
    }

    /// Calls by the breaker of this key, in a coroutine of type `R`; see
    /// `AsyncCircuitBreaker::call_as`.
    template <class R, class F, class... Args>
    R call_as(std::string_view key, F&& f, Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->template call_as<R>(owning(breaker, std::forward<F>(f)),
                                            std::forward<Args>(args)...);
    }

    /// Calls by the breaker of this key, in a coroutine of type `Q`; see
    /// `AsyncCircuitBreaker::try_call_as`.
    template <class Q, class F, class... Args>
    [[nodiscard]] Q try_call_as(std::string_view key, F&& f, Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->template try_call_as<Q>(owning(breaker, std::forward<F>(f)),
                                                std::forward<Args>(args)...);
    }

    /// Returns what to await, once, for a call by the breaker of this key, which it owns; see
    /// `AsyncCircuitBreaker::guarded`.
    template <class F, class... Args>
    [[nodiscard]] auto guarded(std::string_view key, F&& f, Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->guarded(owning(breaker, std::forward<F>(f)), std::forward<Args>(args)...);
    }

    /// Returns what to await for such a call, or for the fallback's answer; see
    /// `AsyncCircuitBreaker::guarded_with_fallback`.
    template <class F, class Fallback, class... Args>
    [[nodiscard]] auto guarded_with_fallback(std::string_view key, F&& f, Fallback&& fallback,
                                             Args&&... args) {
        const Handle breaker = (*this)[key];
        return breaker->guarded_with_fallback(owning(breaker, std::forward<F>(f)),
                                              std::forward<Fallback>(fallback),
                                              std::forward<Args>(args)...);
    }

    /// Returns a callable that owns the breaker of this key; see `CircuitBreaker::wrap`.
    template <class F>
    [[nodiscard]] auto wrap(std::string_view key, F&& f) {
        const Handle breaker = (*this)[key];
        return breaker->wrap(always_owning(breaker, std::forward<F>(f)));
    }

    /// Returns a callable that makes the call with this fallback.
    template <class F, class Fallback>
    [[nodiscard]] auto wrap(std::string_view key, F&& f, Fallback&& fallback) {
        const Handle breaker = (*this)[key];
        return breaker->wrap(always_owning(breaker, std::forward<F>(f)),
                             std::forward<Fallback>(fallback));
    }

    /// Returns permission for one call, which owns the breaker of this key; see
    /// `CircuitBreaker::try_acquire`.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] std::optional<Permission>
    try_acquire(std::string_view key) {
        Handle breaker = (*this)[key];
        auto permission = breaker->try_acquire();
        if (!permission) {
            return std::nullopt;
        }
        return Permission{std::move(breaker), std::move(*permission)};
    }

    /// Returns permission as `try_acquire(key)` does; where it is empty, `why` says why, else it is
    /// left as it was.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] std::optional<Permission>
    try_acquire(std::string_view key, Rejection& why) {
        Handle breaker = (*this)[key];
        auto permission = breaker->try_acquire(why);
        if (!permission) {
            return std::nullopt;
        }
        return Permission{std::move(breaker), std::move(*permission)};
    }

#ifdef __cpp_exceptions
    /// Returns permission for one call, which owns the breaker of this key, or throws
    /// `CallNotPermittedError`; see `CircuitBreaker::acquire`.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] Permission
    acquire(std::string_view key) {
        Handle breaker = (*this)[key];
        auto permission = breaker->acquire();
        return Permission{std::move(breaker), std::move(permission)};
    }

    /// Returns a coroutine of type `R`, which is awaited for a `Permission` that owns the breaker of
    /// this key; see `AsyncCircuitBreaker::acquire_as`.
    template <class R>
    [[nodiscard(
        "fluxgate: a permission is asked for when this is awaited: co_await it, and keep the "
        "permission")]] R
    acquire_as(std::string_view key) {
        const Handle breaker = (*this)[key];
        return breaker->template acquire_as<R>([breaker](typename Breaker::Permission permission) {
            return Permission{breaker, std::move(permission)};
        });
    }
#endif

private:
    /// Returns a function that owns the breaker beside `f`.
    template <class F>
    static auto always_owning(const Handle& breaker, F&& f) {
        return detail::Owning<Breaker, std::decay_t<F>>{breaker, std::forward<F>(f)};
    }
    /// Returns a function that owns the breaker beside `f`, if the call may outlive the function
    /// that makes it; else returns `f`.
    template <class F>
    static decltype(auto) owning(const Handle& breaker, F&& f) {
        if constexpr (detail::is_awaited_breaker<Breaker>) {
            return always_owning(breaker, std::forward<F>(f));
        } else {
            return std::forward<F>(f);
        }
    }

    /// Makes the shelf that the options ask for.
    template <class... Options>
    static detail::Shelf<Breaker> shelf_for(const std::tuple<Options...>& options) {
        return detail::Shelf<Breaker>{detail::given_or(MaxBreakers{10000}, options).count(),
                                      detail::given_or(MaxOpen{1.0}, options).share()};
    }

    Factory factory_;
    detail::Shelf<Breaker> shelf_;
};

template <class Factory, class... Options>
KeyedBreakers(Factory, Options...) -> KeyedBreakers<Factory>;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
