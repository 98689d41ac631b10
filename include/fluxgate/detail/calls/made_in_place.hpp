// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cassert>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What a function returned, made where it stays, also where its type cannot be moved: an object, or
/// a reference to one elsewhere. What is moved is the room for it, before it is made.
///
/// No constructor of `T` is asked, as `std::optional::emplace` does: one that takes everything would
/// be given what is to be converted to a `T`.
template <class T>
class MadeInPlace {
public:
    MadeInPlace() noexcept {}
    MadeInPlace([[maybe_unused]] MadeInPlace&& other) noexcept {
        assert(!other.is_made_ && "what is made stays where it is");
    }
    MadeInPlace& operator=(MadeInPlace&&) = delete;
    ~MadeInPlace() { clear(); }

    /// Destroys what was made before.
    template <class Make>
    T&& make(Make make) {
        clear();
        ::new (const_cast<void*>(static_cast<const volatile void*>(std::addressof(object_))))
            T(make());
        is_made_ = true;
        return std::move(object_);
    }
    T& operator*() noexcept {
        assert(is_made_ && "it is made first");
        return object_;
    }

private:
    void clear() noexcept {
        if (std::exchange(is_made_, false)) {
            std::destroy_at(std::addressof(object_));
        }
    }

    union {
        T object_;
    };
    bool is_made_ = false;
};
template <class T>
    requires std::is_reference_v<T>
class MadeInPlace<T> {
public:
    template <class Make>
    T make(Make make) {
        T made = make();
        made_ = std::addressof(made);
        return static_cast<T>(*made_);
    }
    std::remove_reference_t<T>& operator*() noexcept { return *made_; }

private:
    std::remove_reference_t<T>* made_ = nullptr;
};

}  // namespace fluxgate::inline v0_1::detail
