// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/eviction.hpp>
#include <fluxgate/detail/keyed/keyed_node.hpp>
#include <fluxgate/detail/keyed/name_given_up.hpp>
#include <fluxgate/detail/keyed/shard.hpp>
#include <fluxgate/detail/machine/open_budget_state.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Where KeyedBreakers keeps its breakers: by key, up to a number, the one that was used least
// recently going first.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

[[noreturn]] inline void throw_recursive_factory(std::string_view key) {
    const std::string sentence = "fluxgate: the factory of KeyedBreakers looks up the key \"" +
                                 std::string{key} + "\" that it makes a breaker for";
#ifdef __cpp_exceptions
    throw std::logic_error{sentence};
#else
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::abort();
#endif
}

/// Breakers by key. Thread-safe.
///
/// Two kinds of locks: that of a shard, of which there are many, is taken by each look-up; that of
/// the makers is taken first, by those who make a breaker, and so guards which nodes there are. No
/// factory and no destructor of a breaker runs under either; and no destructor waits but for looks
/// at its state, since who uses a breaker through a registry shares its ownership.
template <class Breaker>
class Shelf {
public:
    /// Makes one for so many breakers, of which that share may be open.
    Shelf(std::size_t most, double open_share)
        : most_{most},
          budget_{std::make_shared<OpenBudgetState>(open_share)},
          eviction_{shards_, most} {}

    Shelf(const Shelf&) = delete;
    Shelf& operator=(const Shelf&) = delete;

    /// Returns the breaker of this key. Where there is none, has `make` construct one at an
    /// address.
    template <class Make>
    [[nodiscard]] std::shared_ptr<Breaker> find_or_make(std::string_view key, Make make) {
        const Probe probe{std::hash<std::string_view>{}(key), key};
        Shard& shard = shard_of(probe);
        NodePointer node = find_ready(shard, probe);
        if (node == nullptr) [[unlikely]] {
            node = this->make(shard, probe, make);
        }
        Breaker* const breaker = node->breaker();
        return {std::move(node), breaker};
    }

    /// Calls `f` with each node whose breaker is there, without a lock, and without holding more
    /// than a few at a time. Throws `std::bad_alloc` and what `f` throws.
    template <class F>
    void for_each(F f) {
        for (Shard& shard : shards_) {
            std::vector<NodePointer> some;
            {
                const std::lock_guard lock{shard.mutex};
                some.reserve(shard.nodes.size());
                for (const auto& [probe, node] : shard.nodes) {
                    some.push_back(node);
                }
            }
            for_each_ready(some, f);
        }
        std::vector<NodePointer> guests;
        {
            const std::lock_guard lock{making_};
            guests.reserve(guests_.size());
            for (const auto& [key, guest] : guests_) {
                guests.push_back(guest.node.lock());
            }
        }
        for_each_ready(guests, f);
    }

    /// Returns what the breakers share.
    [[nodiscard]] const std::shared_ptr<OpenBudgetState>& budget() const noexcept {
        return budget_;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{making_};
        return size_;
    }
    [[nodiscard]] std::uint64_t evictions() const {
        const std::lock_guard lock{making_};
        return evictions_;
    }

private:
    using Shard = detail::Shard<Breaker>;
    using Node = KeyedNode<Breaker>;
    using Life = typename Node::Life;
    using NodePointer = std::shared_ptr<Node>;

    /// A breaker beyond the cap, which its handles own.
    struct Guest {
        std::weak_ptr<Node> node;
        std::shared_ptr<NameGivenUp> name_given_up = std::make_shared<NameGivenUp>();
    };

    template <class F>
    static void for_each_ready(const std::vector<NodePointer>& nodes, F& f) {
        for (const NodePointer& node : nodes) {
            if (node != nullptr && node->life.load(std::memory_order_acquire) == Life::ready) {
                f(node);
            }
        }
    }

    [[nodiscard]] Shard& shard_of(const Probe& probe) noexcept {
        // Other bits than those by which a table chooses a bucket.
        return shards_[(probe.hash >> 8) % shards_.size()];
    }
    [[nodiscard]] static Probe probe_of(const Node& node) noexcept { return {node.hash, node.key}; }

    /// Returns the node, if its breaker is there, and notes that it is used.
    [[nodiscard]] NodePointer find_ready(Shard& shard, const Probe& probe) {
        const std::lock_guard lock{shard.mutex};
        const auto found = shard.nodes.find(probe);
        if (found == shard.nodes.end() ||
            found->second->life.load(std::memory_order_acquire) != Life::ready) {
            return nullptr;
        }
        found->second->used = last_creation_.load(std::memory_order_relaxed) + 1;
        return found->second;
    }

    /// Returns the node, whatever has become of its breaker, also that of a guest. Under the lock
    /// of the makers.
    [[nodiscard]] NodePointer find(Shard& shard, const Probe& probe) {
        {
            const std::lock_guard lock{shard.mutex};
            const auto found = shard.nodes.find(probe);
            if (found != shard.nodes.end()) {
                found->second->used = last_creation_.load(std::memory_order_relaxed) + 1;
                return found->second;
            }
        }
        const auto guest = guests_.find(probe.key);
        if (guest == guests_.end()) {
            return nullptr;
        }
        NodePointer node = guest->second.node.lock();
        if (node == nullptr) {
            // Another thread is about to destroy it. It gives up the name first, which takes no
            // function of the user's.
            guest->second.name_given_up->wait();
            guests_.erase(guest);
        }
        return node;
    }

    template <class Make>
    [[nodiscard]] FLUXGATE_NOINLINE NodePointer make(Shard& shard, const Probe& probe, Make& make) {
        NodePointer evicted;  // destroyed without a lock, once nobody waits for this key
        std::unique_lock lock{making_};
        while (NodePointer other = find(shard, probe)) {
            const auto is_made = [&] {
                return other->life.load(std::memory_order_acquire) != Life::being_made;
            };
            if (!is_made() && other->maker == std::this_thread::get_id()) {
                throw_recursive_factory(probe.key);
            }
            made_.wait(lock, is_made);
            if (other->life.load(std::memory_order_acquire) == Life::ready) {
                return other;
            }
        }
        auto node = std::make_shared<Node>(probe.key, probe.hash);
        bool is_listed = true;
        if (size_ == most_) {
            evicted = eviction_.evict([this](Node& going, const typename Node::Seen& seen) {
                return try_evict(going, seen);
            });
            is_listed = evicted != nullptr;
        } else if (size_ >= most_ - most_ / 8) {
            eviction_.look_ahead();  // so that at the cap it is known who goes
        }
        if (is_listed) {
            list(shard, node);
        } else {
            list_guest(node);
        }
        lock.unlock();
        BreakerBeingMade being_made{*this, shard, *node, is_listed};
        make(node->place());
        BreakerAccess::share_owner(*node->breaker(), node);
        being_made.dismiss();
        return node;
    }

    /// Ends the making of a node: with a breaker, or without where the factory has thrown.
    class BreakerBeingMade {
    public:
        BreakerBeingMade(Shelf& shelf, Shard& shard, Node& node, bool is_listed) noexcept
            : shelf_{shelf}, shard_{shard}, node_{node}, is_listed_{is_listed} {}
        BreakerBeingMade(const BreakerBeingMade&) = delete;
        BreakerBeingMade& operator=(const BreakerBeingMade&) = delete;

        void dismiss() noexcept { is_made_ = true; }

        ~BreakerBeingMade() {
            const std::lock_guard lock{shelf_.making_};
            if (is_made_) {
                const std::uint64_t creation =
                    shelf_.last_creation_.load(std::memory_order_relaxed) + 2;
                shelf_.last_creation_.store(creation, std::memory_order_relaxed);
                const std::lock_guard shard_lock{shard_.mutex};
                node_.used = creation;
            } else if (is_listed_) {
                shelf_.unlist(shard_, node_);
            } else {
                shelf_.guests_.erase(node_.key);
            }
            node_.life.store(is_made_ ? Life::ready : Life::failed, std::memory_order_release);
            shelf_.made_.notify_all();
        }

    private:
        Shelf& shelf_;
        Shard& shard_;
        Node& node_;
        const bool is_listed_;
        bool is_made_ = false;
    };

    // The rest is called under the lock of the makers.

    void list(Shard& shard, const NodePointer& node) {
        {
            const std::lock_guard lock{shard.mutex};
            shard.nodes.try_emplace(probe_of(*node), node);
        }
        ++size_;
        budget_->set_size(static_cast<std::int64_t>(size_));
    }

    void list_guest(const NodePointer& node) {
        forget_some_guests();
        Guest& guest = guests_[node->key];
        guest.node = node;
        node->name_given_up = guest.name_given_up;
    }

    /// Forgets guests that are gone, of a few: as each new one has it done, they never are many.
    void forget_some_guests() {
        auto guest = guests_.lower_bound(next_guest_);
        for (int looked_at = 0; looked_at != 16; ++looked_at) {
            if (guest == guests_.end()) {
                next_guest_.clear();
                return;
            }
            guest =
                guest->second.name_given_up->is_noted() ? guests_.erase(guest) : std::next(guest);
        }
        next_guest_ = guest == guests_.end() ? std::string{} : guest->first;
    }

    /// Takes a node out and returns it.
    NodePointer unlist(Shard& shard, Node& node) noexcept {
        NodePointer owned;
        {
            const std::lock_guard lock{shard.mutex};
            owned = take_out(shard, node);
        }
        --size_;
        budget_->set_size(static_cast<std::int64_t>(size_));
        return owned;
    }
    [[nodiscard]] static NodePointer take_out(Shard& shard, Node& node) noexcept {
        const auto found = shard.nodes.find(probe_of(node));
        NodePointer owned = std::move(found->second);
        shard.nodes.erase(found);
        return owned;
    }

    /// Takes out a node, unless it is not as it was seen, or is held.
    [[nodiscard]] NodePointer try_evict(Node& node, const typename Node::Seen& seen) {
        Shard& shard = shard_of(probe_of(node));
        NodePointer owned;
        {
            const std::lock_guard lock{shard.mutex};
            const NodePointer& listed = shard.nodes.find(probe_of(node))->second;
            // Who comes to hold it now, through a registry, goes on with it alone.
            if (listed.use_count() != 1 || node.used != seen.used ||
                BreakerAccess::is_closed(*node.breaker()) == seen.is_open) {
                return nullptr;
            }
            BreakerAccess::give_up_name(*node.breaker());
            owned = take_out(shard, node);
        }
        --size_;
        ++evictions_;
        budget_->set_size(static_cast<std::int64_t>(size_));
        return owned;
    }

    const std::size_t most_;
    const std::shared_ptr<OpenBudgetState> budget_;
    Shards<Breaker> shards_;
    // The time of the latest creation: twice the number of breakers made so far, so that a use after
    // it has a time of its own. Stored under the lock of the makers and loaded without, relaxed: it
    // may be a little late.
    std::atomic<std::uint64_t> last_creation_{0};

    mutable std::mutex making_;
    /// Told when a making has ended.
    std::condition_variable made_;
    // All that follows is guarded by the lock of the makers.
    std::size_t size_ = 0;
    std::uint64_t evictions_ = 0;
    Eviction<Breaker> eviction_;
    std::map<std::string, Guest, std::less<>> guests_;
    /// The key from which on guests are looked at next.
    std::string next_guest_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
