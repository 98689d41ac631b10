// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/shard.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A walk past all nodes of a shelf, in steps of a bounded length. Nodes that come while it lasts
/// may be left out; all that stay are seen, some of them twice where a table grows.
///
/// Under the lock of those who make nodes.
template <class Breaker>
class ShardWalk {
public:
    using Node = KeyedNode<Breaker>;

    /// What one node costs, in empty buckets.
    static constexpr std::size_t node_cost = 16;

    explicit ShardWalk(Shards<Breaker>& shards) noexcept : shards_{shards} {}

    /// Goes on until so much is spent, or at the end, and begins anew then. Calls `see(node)` with
    /// each node, under the lock of its shard, which is held for a small part of the step. Returns
    /// whether the end was reached; takes from `budget` what was spent.
    template <class F>
    bool go_on(std::size_t& budget, F see) {
        while (budget != 0) {
            if (pass_some(budget, see)) {
                shard_ = shard_ + 1 == shards_.size() ? 0 : shard_ + 1;
                bucket_ = 0;
                if (shard_ == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Begins a round.
    void begin_anew() noexcept {
        shard_ = 0;
        bucket_ = 0;
    }

private:
    /// Passes buckets of this shard. Returns whether they were the last ones.
    template <class F>
    bool pass_some(std::size_t& budget, F& see) {
        constexpr std::size_t longest = 64 * node_cost;
        Shard<Breaker>& shard = shards_[shard_];
        const std::lock_guard lock{shard.mutex};
        const std::size_t buckets = shard.nodes.bucket_count();
        if (bucket_count_ != buckets) {
            bucket_count_ = buckets;
            bucket_ = 0;  // they are others now
        }
        std::size_t spent = 0;
        const std::size_t most = (std::min)(budget, longest);
        for (; bucket_ != buckets && spent < most; ++bucket_) {
            ++spent;
            const auto end = shard.nodes.end(bucket_);
            for (auto node = shard.nodes.begin(bucket_); node != end; ++node) {
                spent += node_cost;
                see(*node->second, node->second.use_count() != 1);
            }
        }
        budget -= (std::min)(budget, spent);
        return bucket_ == buckets;
    }

    Shards<Breaker>& shards_;
    std::size_t shard_ = 0;
    std::size_t bucket_ = 0;
    /// That of the shard when it was looked at last.
    std::size_t bucket_count_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
