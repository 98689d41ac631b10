// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/occupancy.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fork_safe_mutex.hpp>
#include <fluxgate/policy_text.hpp>

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

// Policies that many breakers have together, and how each of them comes to have the latest.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Policies, and the number of the exchange that brought them.
struct NumberedPolicies {
    std::uint64_t number = 0;
    Policies policies;
};

/// A breaker that takes its policies from a source, as the source knows it. Its breaker's end waits
/// for what is being done with it. Thread-safe.
class PolicyFollower {
public:
    using Apply = void (*)(void* breaker, const Policies& policies);

    PolicyFollower(void* breaker, Apply apply, std::uint64_t taken) noexcept
        : breaker_{breaker}, apply_{apply}, taken_{taken} {}

    /// Has the breaker take the policies that `latest()` returns, unless it has. Where another
    /// thread is at it, or this one is, that one takes them before it is done. Throws
    /// `std::bad_alloc`; the breaker has those of before then.
    template <class Latest>
    void take(Latest latest) {
        const Occupancy::Visit visit{users_};
        if (!visit || !begin()) {
            return;
        }
        for (Turn turn{*this}; turn.goes_on();) {
            const std::shared_ptr<const NumberedPolicies> next = latest();
            if (turn.is_new(next->number)) {
                apply_(breaker_, next->policies);
                turn.note(next->number);
            }
        }
    }

    /// Has those who are at it share in what owns the breaker.
    void share(const std::shared_ptr<void>& owner) { users_.share(owner); }

    /// Ends what can be done with the breaker, and waits for what is being done.
    void close() { users_.close(); }

private:
    /// The right to change the breaker's policies. Gives it back when destroyed.
    class Turn {
    public:
        explicit Turn(PolicyFollower& follower) noexcept : follower_{follower} {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            if (!is_over_) {  // an exception
                const std::lock_guard lock{follower_.mutex_};
                follower_.is_taking_ = false;
            }
        }

        /// Returns whether somebody has come since the latest look; else the turn is over, so that
        /// who comes next takes one.
        [[nodiscard]] bool goes_on() {
            const std::lock_guard lock{follower_.mutex_};
            is_over_ = !std::exchange(follower_.is_behind_, false);
            follower_.is_taking_ = !is_over_;
            return !is_over_;
        }
        [[nodiscard]] bool is_new(std::uint64_t number) {
            const std::lock_guard lock{follower_.mutex_};
            return number != follower_.taken_;
        }
        void note(std::uint64_t number) {
            const std::lock_guard lock{follower_.mutex_};
            follower_.taken_ = number;
        }

    private:
        PolicyFollower& follower_;
        bool is_over_ = false;
    };

    /// Notes that there may be other policies. Returns whether this thread is to take them.
    [[nodiscard]] bool begin() {
        const std::lock_guard lock{mutex_};
        is_behind_ = true;
        return !std::exchange(is_taking_, true);
    }

    void* const breaker_;
    const Apply apply_;
    Occupancy users_;
    std::mutex mutex_;
    // These are guarded by the mutex.
    std::uint64_t taken_;
    bool is_taking_ = false;
    bool is_behind_ = false;
};

/// The policies of many breakers, and these breakers. Thread-safe: no lock is held while a breaker
/// takes them.
class PolicySource {
public:
    explicit PolicySource(Policies policies)
        : current_{
              std::make_shared<const NumberedPolicies>(NumberedPolicies{0, std::move(policies)})} {}

    [[nodiscard]] std::shared_ptr<const NumberedPolicies> current() const {
        const std::lock_guard lock{mutex_};
        return current_;
    }

    /// Exchanges the policies, and has every breaker take them. Throws `std::bad_alloc`: where it
    /// is for a breaker, once all others have been asked.
    void exchange(Policies policies) {
        auto next = std::make_shared<NumberedPolicies>(NumberedPolicies{0, std::move(policies)});
        std::vector<std::shared_ptr<PolicyFollower>> followers;
        {
            const std::lock_guard lock{mutex_};
            followers.reserve(followers_.size());
            for (const auto& [address, follower] : followers_) {
                followers.push_back(follower);
            }
            next->number = current_->number + 1;
            current_ = std::move(next);
        }
        update(followers);
    }

    /// Adds a breaker, and has it take what has come since it was made. Throws `std::bad_alloc`; it
    /// is not added then.
    void add(const std::shared_ptr<PolicyFollower>& follower) {
        {
            const std::lock_guard lock{mutex_};
            followers_.try_emplace(follower.get(), follower);
        }
#ifdef __cpp_exceptions
        try {
            follower->take([this] { return current(); });
        } catch (...) {
            remove(follower.get());
            follower->close();
            throw;
        }
#else
        follower->take([this] { return current(); });
#endif
    }

    /// Removes a breaker. Complexity: logarithmic in the number of breakers.
    void remove(const PolicyFollower* follower) noexcept {
        const std::lock_guard lock{mutex_};
        followers_.erase(follower);
    }

private:
    void update(const std::vector<std::shared_ptr<PolicyFollower>>& followers) {
        const auto latest = [this] { return current(); };
#ifdef __cpp_exceptions
        std::exception_ptr error;
        for (const std::shared_ptr<PolicyFollower>& follower : followers) {
            try {
                follower->take(latest);
            } catch (...) {
                error = std::current_exception();
            }
        }
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
#else
        for (const std::shared_ptr<PolicyFollower>& follower : followers) {
            follower->take(latest);
        }
#endif
    }

    /// A forked child makes breakers of its own.
    mutable ForkSafeMutex mutex_;
    // These are guarded by the mutex.
    std::shared_ptr<const NumberedPolicies> current_;
    /// By their addresses. No table, which would have to be made anew for all at once.
    std::map<const PolicyFollower*, std::shared_ptr<PolicyFollower>> followers_;
};

/// Has a breaker follow a source for as long as it lives.
class PolicyFollowing {
public:
    /// Follows none.
    PolicyFollowing() = default;
    /// Follows this one, of whose policies the breaker has those of that number. Throws
    /// `std::bad_alloc`.
    PolicyFollowing(std::shared_ptr<PolicySource> source, void* breaker,
                    PolicyFollower::Apply apply, std::uint64_t taken)
        : source_{std::move(source)},
          follower_{std::make_shared<PolicyFollower>(breaker, apply, taken)} {
        source_->add(follower_);
    }
    PolicyFollowing(const PolicyFollowing&) = delete;
    PolicyFollowing& operator=(const PolicyFollowing&) = delete;
    ~PolicyFollowing() { end(); }

    void share(const std::shared_ptr<void>& owner) {
        if (follower_ != nullptr) {
            follower_->share(owner);
        }
    }

private:
    void end() noexcept {
        if (follower_ != nullptr) {
            source_->remove(follower_.get());
            follower_->close();
        }
    }

    /// Null where it follows none.
    std::shared_ptr<PolicySource> source_;
    std::shared_ptr<PolicyFollower> follower_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
