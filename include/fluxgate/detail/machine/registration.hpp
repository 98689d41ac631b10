// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/registry_link.hpp>
#include <fluxgate/name.hpp>

#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The registration of a breaker: from `enter` to `leave` it is in its registry, if it has one.
/// Thread-safe but for these two, which are called once each.
class Registration {
public:
    /// Takes the registry, which may be null.
    explicit Registration(std::shared_ptr<RegistryLink> registry) noexcept
        : registry_{std::move(registry)} {}

    [[nodiscard]] const std::shared_ptr<RegistryLink>& registry() const noexcept {
        return registry_;
    }

    /// Enters the registry, as the last act of the breaker's construction. Throws what the registry
    /// throws.
    void enter(const SharedName& name, void* core, const BreakerOperations& operations) {
        if (registry_ != nullptr) {
            entry_ = registry_->add(name, core, operations);
        }
    }

    /// Leaves the registry as the first act of the breaker's destruction: from then on nobody else
    /// uses the core. `last_info` tells what the breaker is at its end.
    template <class F>
    void leave(const SharedName& name, F last_info) noexcept {
        if (entry_ == nullptr) {
            return;
        }
        give_up_name(name);
        const auto keep = [&] {
            guarded<unwinding_types<>>([&] { entry_->keep(last_info()); },
                                       [] {});  // without memory, what was kept before stays
        };
        keep();  // for those who look while others are waited for
        entry_->close();
        keep();
    }

    /// Has uses of the breaker through its registry share in what owns it.
    void share_owner(const std::shared_ptr<void>& owner) const {
        if (entry_ != nullptr) {
            entry_->share(owner);
        }
    }

    /// Removes the breaker from the registry, which frees its name. What is being done with it
    /// through views may go on.
    void give_up_name(const SharedName& name) const noexcept {
        if (entry_ != nullptr) {
            registry_->remove(name, *entry_);
        }
    }

private:
    /// Null where the breaker is in no registry.
    const std::shared_ptr<RegistryLink> registry_;
    /// Null before it has entered it. Set at construction.
    std::shared_ptr<RegistryEntry> entry_{};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
