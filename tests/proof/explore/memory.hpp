// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "explorer.hpp"
#include "mutants.hpp"

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

// What stands in the copy of the library's headers for atomics, mutexes, condition variables,
// shared and thread-local pointers, and plain data.

namespace explore {

/// Returns whether an operation of this order acquires what its store released.
constexpr bool acquires(std::memory_order order) {
    return order == std::memory_order_acquire || order == std::memory_order_consume ||
           order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
constexpr bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

/// Ends what has happened so far in this thread, as far as others can know of it.
inline void begin_event() {
    ++clock_of_this_thread()[this_thread()];
}

/// An atomic that keeps all that was ever stored in it, in modification order.
template <class T>
class atomic {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));

public:
    atomic() : atomic{T{}} {}
    atomic(T value) : location_{new_location()} {
        stores_.push_back({value, {}});
        remember(0);
    }
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;
    ~atomic() {
        for (std::size_t thread = 0; thread != most_threads; ++thread) {
            if (is_interleaving() && !seen_[thread].empty() &&
                seen_[thread].back().event > clock_of_this_thread()[thread]) {
                report("data race: the use of an atomic and its end");
            }
        }
        end_location(location_);
    }

    T load(std::memory_order order = std::memory_order_seq_cst) const {
        before({location_, Access::reads, "load"});
        const std::size_t visible = stores_.size() - first_visible();
        return read(last() - choose(visible), order);
    }

    /// Returns the latest store, whatever the memory, and orders nothing. For clocks, which are no
    /// memory.
    T load_latest() const {
        before({location_, Access::reads, "clock"});
        return read(last(), std::memory_order_relaxed);
    }

    void store(T value, std::memory_order order = std::memory_order_seq_cst) {
        before({location_, Access::writes, "store"});
        append(value, order, {});
    }

    T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
        before({location_, Access::writes, "exchange"});
        return replace(value, order);
    }
    T fetch_add(T by, std::memory_order order = std::memory_order_seq_cst) {
        before({location_, Access::writes, "fetch_add"});
        return replace(static_cast<T>(stores_.back().value + by), order);
    }
    T fetch_sub(T by, std::memory_order order = std::memory_order_seq_cst) {
        before({location_, Access::writes, "fetch_sub"});
        return replace(static_cast<T>(stores_.back().value - by), order);
    }

    bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                               std::memory_order failure) {
        before({location_, Access::writes, "compare_exchange"});
        // It succeeds if the last store is the expected one. It fails by any store that is visible
        // and another one, or for no reason.
        std::vector<std::optional<std::size_t>> outcomes;  // the store by which it fails
        const bool can_succeed = are_equal(stores_.back().value, expected);
        if (can_succeed) {
            outcomes.emplace_back();
        }
        for (std::size_t i = stores_.size(); i-- > first_visible();) {
            if (!are_equal(stores_[i].value, expected)) {
                outcomes.emplace_back(i);
            }
        }
        const std::size_t by_a_store = outcomes.size();
        if (can_succeed && may_fail_spuriously()) {
            outcomes.emplace_back(last());
        }
        const std::size_t chosen = choose(outcomes.size());
        const std::optional<std::size_t> failed_by = outcomes[chosen];
        if (!failed_by) {
            replace(value, success);
            return true;
        }
        if (chosen >= by_a_store) {
            fail_spuriously();
        }
        expected = read(*failed_by, failure);
        return false;
    }
    bool compare_exchange_weak(T& expected, T value, std::memory_order order) {
        const bool only_releases = order == std::memory_order_release;
        const bool acquires_too = order == std::memory_order_acq_rel;
        return compare_exchange_weak(expected, value, order,
                                     only_releases  ? std::memory_order_relaxed
                                     : acquires_too ? std::memory_order_acquire
                                                    : order);
    }

private:
    struct Store {
        T value;
        /// What a thread that acquires it knows to have happened.
        VectorClock released;
    };
    /// A thread knew of this store at this event of its.
    struct Seen {
        std::uint32_t event;
        std::size_t store;
    };

    static bool are_equal(const T& one, const T& other) { return bits(one) == bits(other); }
    static std::uint64_t bits(const T& value) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof value);
        return bits;
    }

    [[nodiscard]] std::size_t last() const { return stores_.size() - 1; }

    /// Returns the oldest store that this thread may read: none older than one that it, or anything
    /// that happened before, knew of.
    [[nodiscard]] std::size_t first_visible() const {
        if (!memory_is_weak() || this_thread() == main_thread) {
            return last();
        }
        const VectorClock& clock = clock_of_this_thread();
        std::size_t first = 0;
        for (std::size_t thread = 0; thread != most_threads; ++thread) {
            // The latest that happened before: what a thread knows only grows.
            for (std::size_t i = seen_[thread].size(); i-- > 0;) {
                if (seen_[thread][i].event <= clock[thread]) {
                    first = first < seen_[thread][i].store ? seen_[thread][i].store : first;
                    break;
                }
            }
        }
        return first;
    }

    void remember(std::size_t store) const {
        const std::size_t thread = this_thread();
        seen_[thread].push_back({clock_of_this_thread()[thread], store});
    }

    T read(std::size_t store, std::memory_order order) const {
        remember(store);
        if (acquires(order)) {
            clock_of_this_thread().join(stores_[store].released);
        }
        note(bits(stores_[store].value));
        return stores_[store].value;
    }

    void append(T value, std::memory_order order, VectorClock released) {
        if (releases(order)) {
            released.join(clock_of_this_thread());
        }
        stores_.push_back({value, released});
        remember(last());
        note(bits(value));
        if (releases(order)) {
            begin_event();  // what comes now is not released
        }
    }

    /// Reads the last store and makes the next one, which goes on with what that released.
    T replace(T value, std::memory_order order) {
        const T old = read(last(), order);
        append(value, order, stores_.back().released);
        return old;
    }

    std::uint32_t location_;
    std::vector<Store> stores_;
    mutable std::array<std::vector<Seen>, most_threads> seen_;
};

class mutex {
public:
    mutex() : location_{new_location()} {}
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;
    ~mutex() {
        for (std::size_t thread = 0; thread != most_threads; ++thread) {
            if (is_interleaving() && used_[thread] > clock_of_this_thread()[thread]) {
                report("data race: the use of a mutex and its end");
            }
        }
        end_location(location_);
    }

    void lock() {
        before({location_, Access::locks, "mutex"});
        if (is_locked_) {
            report("a mutex is locked by the thread that holds it");
        }
        is_locked_ = true;
        holder_ = this_thread();
        set_locked(location_, true);
        clock_of_this_thread().join(released_);
    }

    void unlock() {
        before({location_, Access::unlocks, "mutex"});
        if (!is_locked_ || holder_ != this_thread()) {
            report("a mutex is unlocked by a thread that does not hold it");
        }
        is_locked_ = false;
        set_locked(location_, false);
        released_ = clock_of_this_thread();
        used_[this_thread()] = released_[this_thread()];
        begin_event();
    }

private:
    std::uint32_t location_;
    bool is_locked_ = false;
    std::size_t holder_ = main_thread;
    VectorClock released_;
    /// When each thread has last unlocked it.
    VectorClock used_;
};

/// A condition variable that wakes nobody for no reason. It is notified under the lock.
class condition_variable {
public:
    template <class Lock, class Predicate>
    void wait(Lock& lock, Predicate predicate) {
        while (!predicate()) {
            const std::uint32_t gate = new_location();
            set_locked(gate, true);
            gates_.push_back(gate);
            lock.unlock();
            before({gate, Access::locks, "wait"});
            lock.lock();
        }
    }

    void notify_all() {
        for (const std::uint32_t gate : gates_) {
            before({gate, Access::unlocks, "notify"});
            set_locked(gate, false);
        }
        gates_.clear();
    }

private:
    /// One for each thread that waits, which goes on once its gate is unlocked.
    std::vector<std::uint32_t> gates_;
};

/// What owners of something share beside it.
struct SharedBox {
    SharedBox() = default;
    SharedBox(const SharedBox&) = delete;
    SharedBox& operator=(const SharedBox&) = delete;
    virtual ~SharedBox() = default;
    VectorClock released;
};

/// A pointer whose last owner knows what all owners before it did. Its count is no step.
template <class T>
class shared_ptr {
    template <class U>
    friend class shared_ptr;

    struct Full final : SharedBox {
        template <class... Args>
        explicit Full(Args&&... args) : value{std::forward<Args>(args)...} {}
        T value;
    };

public:
    shared_ptr() = default;
    shared_ptr(std::nullptr_t) {}
    shared_ptr(const shared_ptr&) = default;
    shared_ptr(shared_ptr&&) noexcept = default;
    template <class U>
        requires(std::convertible_to<U*, T*>)
    shared_ptr(const shared_ptr<U>& other) : box_{other.box_}, value_{other.value_} {}
    shared_ptr& operator=(const shared_ptr& other) {
        shared_ptr{other}.swap(*this);
        return *this;
    }
    shared_ptr& operator=(shared_ptr&& other) noexcept {
        shared_ptr{std::move(other)}.swap(*this);
        return *this;
    }
    ~shared_ptr() { reset(); }

    void reset() {
        if (box_ != nullptr) {
            box_->released.join(clock_of_this_thread());
            begin_event();
            if (box_.use_count() == 1) {
                clock_of_this_thread().join(box_->released);
            }
            box_.reset();
        }
    }
    void swap(shared_ptr& other) noexcept {
        std::swap(box_, other.box_);
        std::swap(value_, other.value_);
    }

    T* get() const { return box_ == nullptr ? nullptr : value_; }
    T* operator->() const { return get(); }
    T& operator*() const { return *get(); }
    friend bool operator==(const shared_ptr& pointer, std::nullptr_t) {
        return pointer.box_ == nullptr;
    }

    template <class... Args>
    static shared_ptr make(Args&&... args) {
        auto full = std::make_shared<Full>(std::forward<Args>(args)...);
        shared_ptr made;
        made.value_ = &full->value;
        made.box_ = std::move(full);
        return made;
    }

private:
    std::shared_ptr<SharedBox> box_;
    T* value_ = nullptr;
};
template <class T, class... Args>
shared_ptr<T> make_shared(Args&&... args) {
    return shared_ptr<T>::make(std::forward<Args>(args)...);
}

/// Plain data: two threads of which one writes must be ordered by something else.
template <class T>
class plain_data {
public:
    plain_data() : plain_data{T{}} {}
    template <class U>
    explicit plain_data(U value) : value_{static_cast<T>(value)} {
        write();
    }
    plain_data(const plain_data& other) : plain_data{other.get()} {}
    /// Its end is a write: nobody may be about to look at it.
    ~plain_data() { write(); }
    plain_data& operator=(const plain_data& other) { return *this = other.get(); }
    template <class U>
    plain_data& operator=(U value) {
        write();
        value_ = static_cast<T>(value);
        return *this;
    }

    operator T() const { return get(); }
    T operator->() const { return get(); }
    plain_data& operator++() { return *this = static_cast<T>(get() + 1); }
    plain_data& operator--() { return *this = static_cast<T>(get() - 1); }

private:
    T get() const {
        if (is_interleaving() && this_thread() != main_thread) {
            const VectorClock& clock = clock_of_this_thread();
            if (written_ > clock[writer_]) {
                report("data race: a read and a write");
            }
            read_[this_thread()] = clock[this_thread()];
        }
        return value_;
    }

    void write() {
        if (!is_interleaving() || this_thread() == main_thread) {
            writer_ = main_thread;
            written_ = 0;
            return;
        }
        const VectorClock& clock = clock_of_this_thread();
        if (written_ > clock[writer_]) {
            report("data race: two writes");
        }
        for (std::size_t thread = 0; thread != most_threads; ++thread) {
            if (read_[thread] > clock[thread]) {
                report("data race: a write and a read");
            }
        }
        writer_ = this_thread();
        written_ = clock[writer_];
    }

    T value_;
    std::size_t writer_ = main_thread;
    std::uint32_t written_ = 0;
    mutable VectorClock read_;
};

/// A pointer that each thread has for itself, and that is null at first in each execution.
template <class T>
class thread_local_pointer {
public:
    operator T*() const { return pointers_[this_thread()]; }
    T* operator->() const { return pointers_[this_thread()]; }
    thread_local_pointer& operator=(T* pointer) {
        pointers_[this_thread()] = pointer;
        return *this;
    }

private:
    std::array<T*, most_threads> pointers_{};
};

/// What each world has anew.
template <class T>
class per_world {
public:
    template <class Make>
    T& get(Make make) {
        if (world_ != World::count()) {
            world_ = World::count();
            value_.reset(make());
        }
        return *value_;
    }

private:
    std::uint64_t world_ = 0;
    std::unique_ptr<T> value_;
};

/// A value that each thread has for itself, and anew in each world.
template <class T>
class thread_local_value {
public:
    T& get() {
        return values_.get([] { return new std::array<T, most_threads>{}; })[this_thread()];
    }

private:
    per_world<std::array<T, most_threads>> values_;
};

}  // namespace explore
