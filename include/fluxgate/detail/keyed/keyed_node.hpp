// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/name_given_up.hpp>

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A breaker and its key. It is made before the breaker, so that others can wait for that.
template <class Breaker>
struct KeyedNode {
    enum class Life : std::uint8_t { being_made, ready, failed };

    KeyedNode(std::string_view its_key, std::size_t its_hash) : key{its_key}, hash{its_hash} {}
    KeyedNode(const KeyedNode&) = delete;
    KeyedNode& operator=(const KeyedNode&) = delete;
    ~KeyedNode() {
        const bool has_breaker = life.load(std::memory_order_acquire) == Life::ready;
        if (has_breaker) {
            BreakerAccess::give_up_name(*breaker());
        }
        if (name_given_up != nullptr) {
            name_given_up->note();
        }
        if (has_breaker) {
            breaker()->~Breaker();
        }
    }

    [[nodiscard]] void* place() noexcept { return storage; }
    [[nodiscard]] Breaker* breaker() noexcept {
        return std::launder(reinterpret_cast<Breaker*>(storage));
    }

    const std::string key;
    const std::size_t hash;
    const std::thread::id maker = std::this_thread::get_id();
    // Stored once, by the maker: released when the breaker is there, so that who acquires it
    // sees that.
    std::atomic<Life> life{Life::being_made};
    /// When it was last used, by the creations on its shelf. Guarded by the shard's lock.
    std::uint64_t used = 0;
    /// How long ago it was used, and its state, as eviction saw them.
    struct Seen {
        bool is_open = false;
        std::uint64_t used = 0;

        friend auto operator<=>(const Seen&, const Seen&) = default;
    };
    // The next two are guarded by the lock of those who make nodes.
    Seen seen;
    /// True where it is among those that are to go next, by what was seen.
    bool is_candidate = false;
    /// Null where it is no guest. Set before others see the node.
    std::shared_ptr<NameGivenUp> name_given_up;
    alignas(Breaker) std::byte storage[sizeof(Breaker)];
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
