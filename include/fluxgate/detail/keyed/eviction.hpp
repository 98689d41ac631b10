// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/keyed_node.hpp>
#include <fluxgate/detail/keyed/shard.hpp>
#include <fluxgate/detail/keyed/shard_walk.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Which breakers are to go first beyond the cap: closed ones, of these the one that was used least
/// recently.
///
/// Of up to five hundred nodes, a new key looks at all. Of more it looks at a few, so that when the
/// candidates are used up, those of the next round are known. Where these were all used again, or
/// held, a new key looks at five hundred nodes and has to be content with what it finds there. So no
/// look-up takes long, at any cap.
///
/// Under the lock of those who make nodes.
template <class Breaker>
class Eviction {
public:
    using Node = KeyedNode<Breaker>;
    using Seen = typename Node::Seen;

    Eviction(Shards<Breaker>& shards, std::size_t most)
        : looks_at_all_{most <= most_looked_at},
          wanted_{(std::max)(most / 8, std::size_t{1})},
          walk_{shards},
          next_walk_{shards} {}

    /// Looks at a few nodes: so many that a round ends before the candidates of the one before it
    /// do. Throws `std::bad_alloc`.
    void look_ahead() {
        if (looks_at_all_) {
            return;
        }
        std::size_t budget = 16 * ShardWalk<Breaker>::node_cost;
        if (walk_.go_on(budget, [&](Node& node, bool is_held) { see(node, is_held); })) {
            is_round_over_ = true;
        }
        if (is_round_over_ && candidates_.empty()) {
            candidates_.swap(found_);
            walk_.begin_anew();
            is_round_over_ = false;
        }
    }

    /// Returns what `try_evict(node, seen)` returns for the first node for which that is not null;
    /// null where none was found. `try_evict` returns null unless the node is as it was seen, and held
    /// by nobody. Throws `std::bad_alloc`.
    template <class TryEvict>
    [[nodiscard]] std::shared_ptr<Node> evict(TryEvict try_evict) {
        if (looks_at_all_) {
            next_walk_.begin_anew();
            return evict_of_next(Wanted::any, (std::numeric_limits<std::size_t>::max)(), try_evict);
        }
        look_ahead();
        std::shared_ptr<Node> evicted = evict_candidate(try_evict);
        return evicted != nullptr ? evicted : evict_of_next(Wanted::any, budget_of_next, try_evict);
    }

private:
    /// How many candidates a new key may find to be used again or held, and what it may spend then.
    static constexpr int most_tried = 64;
    static constexpr std::size_t most_looked_at = 500;
    static constexpr std::size_t budget_of_next = 512 * ShardWalk<Breaker>::node_cost;

    enum class Wanted : std::uint8_t { closed, any };

    struct GoesFirst {
        bool operator()(const Node* one, const Node* other) const noexcept {
            return std::tuple{one->seen, one} < std::tuple{other->seen, other};
        }
    };
    /// Nodes in the order in which they are to go, as they were seen.
    using Candidates = std::set<Node*, GoesFirst>;

    /// Keeps a node, if it is one of those of this round that are to go first.
    void see(Node& node, bool is_held) {
        if (is_held || node.is_candidate || !is_ready(node)) {
            return;
        }
        const Seen seen = seen_now(node);
        if (found_.size() == wanted_) {
            Node* const last = *found_.rbegin();
            if (!(seen < last->seen)) {
                return;
            }
            forget(found_, last);
        }
        node.seen = seen;
        found_.insert(&node);
        node.is_candidate = true;
    }

    [[nodiscard]] static bool is_ready(const Node& node) noexcept {
        return node.life.load(std::memory_order_acquire) == Node::Life::ready;
    }
    [[nodiscard]] static Seen seen_now(Node& node) noexcept {
        return {!BreakerAccess::is_closed(*node.breaker()), node.used};
    }

    static void forget(Candidates& from, Node* node) noexcept {
        from.erase(node);
        node->is_candidate = false;
    }

    template <class TryEvict>
    [[nodiscard]] std::shared_ptr<Node> evict_candidate(TryEvict& try_evict) {
        std::shared_ptr<Node> evicted;
        bool has_looked_for_closed = false;
        for (int tried = 0; evicted == nullptr && !candidates_.empty() && tried != most_tried;) {
            Node* const first = *candidates_.begin();
            const Seen seen = first->seen;
            if (seen.is_open && !has_looked_for_closed) {
                has_looked_for_closed = true;  // one may have come free since
                evicted = evict_of_next(Wanted::closed, budget_of_next, try_evict);
            } else {
                ++tried;
                forget(candidates_, first);
                evicted = try_evict(*first, seen);
            }
        }
        return evicted;
    }

    /// Takes out the node that is to go first, of so many as the budget has it; null if there is
    /// none.
    template <class TryEvict>
    [[nodiscard]] std::shared_ptr<Node> evict_of_next(Wanted wanted, std::size_t budget,
                                                      TryEvict& try_evict) {
        // A few, as another thread may come to use the first one.
        using Best = std::pair<Seen, Node*>;
        constexpr std::size_t most_kept = 4;
        std::vector<Best> best;
        static_cast<void>(next_walk_.go_on(budget, [&](Node& node, bool is_held) {
            if (is_held || !is_ready(node)) {
                return;
            }
            const Best one{seen_now(node), &node};
            if (one.first.is_open && wanted == Wanted::closed) {
                return;
            }
            best.insert(std::ranges::upper_bound(best, one), one);
            if (best.size() > most_kept) {
                best.pop_back();
            }
        }));
        for (const auto& [seen, node] : best) {
            if (node->is_candidate) {
                candidates_.erase(node);
                found_.erase(node);
                node->is_candidate = false;
            }
            if (std::shared_ptr<Node> evicted = try_evict(*node, seen)) {
                return evicted;
            }
        }
        return nullptr;
    }

    /// True where there are never so many nodes that a new key could not look at all of them.
    const bool looks_at_all_;
    /// How many candidates a round is to find.
    const std::size_t wanted_;
    ShardWalk<Breaker> walk_;
    /// True where the walk has passed all nodes since the candidates were found.
    bool is_round_over_ = false;
    ShardWalk<Breaker> next_walk_;
    /// Those that go next.
    Candidates candidates_;
    /// Those that were found in this round, which go then.
    Candidates found_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
