// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// A breaker's name, as signals, rejections and `info()` carry it: it stays valid when the breaker
/// is gone. Empty where the breaker has none.
///
/// Immutable. It holds up to 31 bytes itself; copies of a longer one share it. Copying never throws
/// and allocates nothing.
class SharedName {
public:
    /// Makes an empty one.
    constexpr SharedName() noexcept = default;

    /// Copies the text. Throws `std::bad_alloc`.
    explicit SharedName(std::string_view text) {
        if (text.size() <= sizeof text_) {
            std::memset(text_, 0, sizeof text_);
            text.copy(text_, text.size());
            size_ = static_cast<unsigned char>(text.size());
        } else {
            // Owned by all names of it.
            // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
            shared_ = new Shared{std::string{text}};
        }
    }

    /// Copies the name, or shares it where it is long.
    constexpr SharedName(const SharedName& other) noexcept { copy(other); }
    /// Copies the name, or shares it where it is long.
    constexpr SharedName& operator=(const SharedName& other) noexcept {
        if (this != &other) {
            release();
            copy(other);
        }
        return *this;
    }
    constexpr ~SharedName() { release(); }

    /// Returns the text, which lives as long as this object.
    [[nodiscard]] std::string_view view() const noexcept {
        return shared_ != nullptr ? std::string_view{shared_->text}
                                  : std::string_view{text_, size_};
    }
    /// Returns the text, which lives as long as this object.
    [[nodiscard]] operator std::string_view() const noexcept { return view(); }

    /// Returns whether there is no name.
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0 && shared_ == nullptr; }

    /// Returns whether both are the same text.
    [[nodiscard]] friend constexpr bool operator==(const SharedName& one,
                                                   const SharedName& other) noexcept {
        return one.empty() ? other.empty() : one.view() == other.view();
    }
    /// Returns whether that is the text.
    [[nodiscard]] friend bool operator==(const SharedName& name, std::string_view text) noexcept {
        return name.view() == text;
    }

private:
    /// A text that does not fit inside.
    struct Shared {
        explicit Shared(std::string its_text) : text{std::move(its_text)} {}

        const std::string text;
        // How many names there are of it. Incremented by who has one, so relaxed; each decrement is
        // an acq_rel, so that the last one comes after every other use.
        std::atomic<std::uint32_t> owners{1};
    };

    constexpr void copy(const SharedName& other) noexcept {
        shared_ = other.shared_;
        size_ = other.size_;
        if (shared_ != nullptr) {
            share();
        } else if (size_ != 0) {
            std::memcpy(text_, other.text_, sizeof text_);
        }
    }

    constexpr void release() noexcept {
        if (shared_ != nullptr) {
            unshare();
        }
    }

    // Out of line: few names are so long.

    FLUXGATE_NOINLINE void share() const noexcept {
        shared_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    FLUXGATE_NOINLINE void unshare() const noexcept {
        if (shared_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete shared_;
        }
    }

    /// Null where the text is inside.
    Shared* shared_ = nullptr;
    unsigned char size_ = 0;
    /// The text with zeros behind it. Not initialised where there is none.
    char text_[31];
};

/// What a breaker is called, as an argument of its constructor: `Name{"payments"}`.
///
/// Signals, `info()`, rejections and the text of `CallNotPermittedError` then tell it. A breaker
/// without a name pays nothing for it.
class Name {
public:
    /// Takes a text of at least a character, else throws `std::invalid_argument`. Throws
    /// `std::bad_alloc`.
    explicit Name(detail::Text text) : name_{text.checked("Name's text")} {}

    /// Puts a prefix before such a text: the names of two `KeyedBreakers` in one registry are
    /// different so, as in `Name{"billing/", key}`. Throws what that throws.
    Name(detail::Text prefix, detail::Text text)
        : name_{std::string{prefix.checked("Name's prefix")}.append(text.checked("Name's text"))} {}

    /// Returns the text, which lives as long as this object.
    [[nodiscard]] std::string_view view() const noexcept { return name_.view(); }

    /// Returns it as signals carry it.
    [[nodiscard]] const SharedName& shared() const noexcept { return name_; }

private:
    SharedName name_;
};

}  // namespace fluxgate::inline v0_1
