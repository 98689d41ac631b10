// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/keyed_node.hpp>
#include <fluxgate/detail/keyed/name_given_up.hpp>
#include <fluxgate/detail/machine/open_budget_state.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
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
        : most_{most}, budget_{std::make_shared<OpenBudgetState>(open_share)} {}

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
    static constexpr std::size_t shard_count = 64;

    using Node = KeyedNode<Breaker>;
    using Life = typename Node::Life;
    using NodePointer = std::shared_ptr<Node>;

    /// A key with its hash, which is needed twice.
    struct Probe {
        std::size_t hash;
        std::string_view key;

        friend bool operator==(const Probe&, const Probe&) = default;
    };
    struct Hash {
        std::size_t operator()(const Probe& probe) const noexcept { return probe.hash; }
    };

    /// A breaker beyond the cap, which its handles own.
    struct Guest {
        std::weak_ptr<Node> node;
        std::shared_ptr<NameGivenUp> name_given_up = std::make_shared<NameGivenUp>();
    };

    /// On a cache line of its own.
    struct alignas(64) Shard {
        std::mutex mutex;
        /// The keys are those of the nodes.
        std::unordered_map<Probe, NodePointer, Hash> nodes;
    };

    /// A node that may be dropped, as it was when all were looked at.
    struct Candidate {
        bool is_closed;
        std::uint64_t used;
        Node* node;

        /// Returns whether the other one is to be dropped first.
        [[nodiscard]] bool goes_behind(const Candidate& other) const noexcept {
            return std::tuple{!is_closed, used} > std::tuple{!other.is_closed, other.used};
        }
    };

    [[nodiscard]] Shard& shard_of(const Probe& probe) noexcept {
        // Other bits than those by which a table chooses a bucket.
        return shards_[(probe.hash >> 8) % shard_count];
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
        found->second->used = creations_.load(std::memory_order_relaxed);
        return found->second;
    }

    /// Returns the node, whatever has become of its breaker, also that of a guest. Under the lock
    /// of the makers.
    [[nodiscard]] NodePointer find(Shard& shard, const Probe& probe) {
        {
            const std::lock_guard lock{shard.mutex};
            const auto found = shard.nodes.find(probe);
            if (found != shard.nodes.end()) {
                found->second->used = creations_.load(std::memory_order_relaxed);
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
            evicted = evict();
            is_listed = evicted != nullptr;
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
                const std::uint64_t creations =
                    shelf_.creations_.load(std::memory_order_relaxed) + 1;
                shelf_.creations_.store(creations, std::memory_order_relaxed);
                const std::lock_guard shard_lock{shard_.mutex};
                node_.used = creations;
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
        std::erase_if(guests_,
                      [](const auto& guest) { return guest.second.name_given_up->is_noted(); });
        Guest& guest = guests_[node->key];
        guest.node = node;
        node->name_given_up = guest.name_given_up;
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

    /// Takes out the node that is to go first and that nobody holds; null if all are held.
    [[nodiscard]] NodePointer evict() {
        NodePointer evicted = evict_candidate(Chosen::before);
        if (evicted == nullptr) {
            find_candidates((std::max)(most_ / 16, std::size_t{1}));
            evicted = evict_candidate(Chosen::now);
        }
        if (evicted == nullptr) {
            find_candidates(most_);
            evicted = evict_candidate(Chosen::now);
        }
        return evicted;
    }

    /// When the candidates were chosen: closed ones may have come free since.
    enum class Chosen : std::uint8_t { before, now };

    [[nodiscard]] NodePointer evict_candidate(Chosen chosen) {
        NodePointer evicted;
        while (evicted == nullptr && !candidates_.empty()) {
            const Candidate candidate = candidates_.back();
            if (!candidate.is_closed && chosen == Chosen::before) {
                chosen = Chosen::now;
                evicted = evict_closed();
            } else {
                candidates_.pop_back();
                evicted = try_evict(candidate);
            }
        }
        return evicted;
    }

    /// Takes out the closed node that was used least recently and that nobody holds, of so many as
    /// a new key may look at; null if there is none.
    [[nodiscard]] NodePointer evict_closed() {
        constexpr std::size_t most_looked_at = 1024;
        std::optional<Candidate> first;
        std::size_t looked_at = 0;
        for (std::size_t i = 0; i != shard_count && looked_at < most_looked_at; ++i) {
            Shard& shard = shards_[next_shard_];
            next_shard_ = (next_shard_ + 1) % shard_count;
            looked_at += for_each_free(shard, [&](const Candidate& candidate) {
                if (candidate.is_closed && (!first || first->goes_behind(candidate))) {
                    first = candidate;
                }
            });
        }
        if (!first) {
            return nullptr;
        }
        std::erase_if(candidates_,
                      [&](const Candidate& other) { return other.node == first->node; });
        return try_evict(*first);
    }

    /// Takes out a candidate, unless it was used since it became one, or is held.
    [[nodiscard]] NodePointer try_evict(const Candidate& candidate) {
        Node& node = *candidate.node;
        Shard& shard = shard_of(probe_of(node));
        NodePointer owned;
        {
            const std::lock_guard lock{shard.mutex};
            const NodePointer& listed = shard.nodes.find(probe_of(node))->second;
            // Who comes to hold it now, through a registry, goes on with it alone.
            if (listed.use_count() != 1 || node.used != candidate.used ||
                BreakerAccess::is_closed(*node.breaker()) != candidate.is_closed) {
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

    /// Looks at all nodes, and keeps so many that are to go next. Where they are a sixteenth of
    /// all, to look costs each new key no more than a constant.
    void find_candidates(std::size_t most) {
        std::vector<Candidate> all;
        all.reserve(size_);
        for (Shard& shard : shards_) {
            for_each_free(shard, [&](const Candidate& candidate) { all.push_back(candidate); });
        }
        const std::size_t wanted = (std::min)(all.size(), most);
        const auto goes_behind = [](const Candidate& one, const Candidate& other) {
            return one.goes_behind(other);
        };
        const auto last = all.end() - static_cast<std::ptrdiff_t>(wanted);
        if (last != all.begin()) {
            std::nth_element(all.begin(), last, all.end(), goes_behind);
        }
        std::sort(last, all.end(), goes_behind);
        candidates_.assign(last, all.end());
    }

    /// Calls `f` with each node of a shard that nobody holds. Returns how many nodes it has.
    template <class F>
    static std::size_t for_each_free(Shard& shard, F f) {
        const std::lock_guard lock{shard.mutex};
        for (const auto& [probe, node] : shard.nodes) {
            if (node.use_count() == 1 &&
                node->life.load(std::memory_order_acquire) == Life::ready) {
                f(Candidate{BreakerAccess::is_closed(*node->breaker()), node->used, node.get()});
            }
        }
        return shard.nodes.size();
    }

    const std::size_t most_;
    const std::shared_ptr<OpenBudgetState> budget_;
    std::array<Shard, shard_count> shards_;
    // The number of breakers made so far. Stored under the lock of the makers and loaded without,
    // relaxed: it is a time that may be a little late.
    std::atomic<std::uint64_t> creations_{0};

    mutable std::mutex making_;
    /// Told when a making has ended.
    std::condition_variable made_;
    // All that follows is guarded by the lock of the makers.
    std::size_t size_ = 0;
    std::uint64_t evictions_ = 0;
    /// Nodes that are listed, the next one to go last.
    std::vector<Candidate> candidates_;
    /// Where the next look for closed ones begins.
    std::size_t next_shard_ = 0;
    std::map<std::string, Guest, std::less<>> guests_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
