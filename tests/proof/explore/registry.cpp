// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Breakers that end while they are used through a registry, and listeners of all breakers that come
// and go.

#include "breakers.hpp"
#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/fluxgate.hpp>

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

using Breaker = decltype(CircuitBreaker{std::declval<Explored>(), std::declval<Name>(),
                                        std::declval<Registered>()});

class EndsWhileUsed final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    breaker_.reset();
                    is_gone_.store(true, std::memory_order_release);
                },
                [this] {
                    const BreakerView view = *view_;
                    const bool was_gone = is_gone_.load(std::memory_order_acquire);
                    was_commanded_ = view.metrics_only();
                    if (was_commanded_ && was_gone) {
                        report("a breaker that is gone was commanded");
                    }
                    const State state = view.info().state;
                    if (state != State::metrics_only && state != State::closed) {
                        report("a view shows a state that there was not");
                    }
                }};
    }
    void check() override {
        if (view_->reset() || registry_.find("payments")) {
            report("a breaker that is gone is there");
        }
        if (view_->info().state != (was_commanded_ ? State::metrics_only : State::closed)) {
            report("a view shows what the breaker was before its end");
        }
    }

    Registry registry_;
    std::optional<Breaker> breaker_{std::in_place, Explored{}, Name{"payments"},
                                    Registered{registry_}};
    std::optional<BreakerView> view_ = registry_.find("payments");
    bool was_commanded_ = false;
    /// Written where the breaker's end is over; no use of it may come later.
    explore::atomic<bool> is_gone_{false};
};

struct MakesBreakers {
    Breaker operator()(std::string_view key) const {
        return Breaker{Explored{}, Name{key}, Registered{*registry}};
    }

    Registry* registry;
};

/// A breaker that was forced open, and that a new key drops.
class Dropped : public World {
protected:
    Dropped() { hosts_["a"]->force_open(); }

    /// Reports what the breaker never was.
    static void expect_right(const CircuitBreakerInfo& info) {
        const bool is_right = info.name == "a" ? info.state == State::forced_open
                                               : info.name == "b" && info.state == State::closed;
        if (!is_right || !info.totals) {
            report("a view shows what the breaker never was");
        }
    }
    /// Looks at all that the registry has, as an exporter does.
    void scrape() const {
        registry_.for_each([](const BreakerView& view) { expect_right(view.info()); });
    }

    Registry registry_;
    KeyedBreakers<MakesBreakers> hosts_{MakesBreakers{&registry_}, MaxBreakers{1}};
};

class DroppedWhileLookedAt final : public Dropped {
    std::vector<std::function<void()>> threads() override {
        return {[this] { static_cast<void>(hosts_["b"]); },
                [this] { expect_right(view_->info()); }};
    }
    void check() override { expect_right(view_->info()); }

    std::optional<BreakerView> view_ = registry_.find("a");
};

class DroppedWhileScraped final : public Dropped {
    std::vector<std::function<void()>> threads() override {
        return {[this] { static_cast<void>(hosts_["b"]); }, [this] { scrape(); }};
    }
    void check() override { scrape(); }
};

class DroppedWhileCommanded final : public Dropped {
    std::vector<std::function<void()>> threads() override {
        return {[this] { static_cast<void>(hosts_["b"]); },
                [this] { was_made_ = view_->metrics_only(); }};
    }
    void check() override {
        const State last = was_made_ ? State::metrics_only : State::forced_open;
        if (view_->info().state != last) {
            report("a breaker's last state is not the one that it had");
        }
    }

    std::optional<BreakerView> view_ = registry_.find("a");
    bool was_made_ = false;
};

/// A breaker of a class of the user's, that says where its end is.
class Watched : public Breaker {
public:
    Watched(std::string_view key, Registry& registry, bool& is_used)
        : Breaker{Explored{}, Name{key}, Registered{registry}}, is_used_{is_used} {}
    ~Watched() {
        if (is_used_) {
            report("a breaker is destroyed inside its own command");
        }
    }

private:
    bool& is_used_;
};

struct MakesWatched {
    Watched operator()(std::string_view key) const {
        bool& is_used = *(key == "a" ? is_a_used : is_other_used);
        return Watched{key, *registry, is_used};
    }

    Registry* registry;
    bool* is_a_used;
    bool* is_other_used;
};

/// A view finds a breaker before its maker has handed it over, and a listener of the command makes
/// room for another one.
class CommandedWhileMade final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    static_cast<void>(hosts_["a"]);
                    is_made_.store(true, std::memory_order_release);
                },
                [this] {
                    if (const auto view = registry_.find("a")) {
                        static_cast<void>(view->force_open());
                    }
                }};
    }
    void check() override {}

    // Orders the end of the maker's handle before what comes next, as its count does, which is none
    // of the explorer's.
    explore::atomic<bool> is_made_{false};
    bool is_a_used_ = false;
    bool is_other_used_ = false;
    Registry registry_;
    // Has the bank of totals made before the threads begin, since it ends after them.
    Breaker first_{Explored{}, Name{"first"}, Registered{registry_}};
    KeyedBreakers<MakesWatched> hosts_{MakesWatched{&registry_, &is_a_used_, &is_other_used_},
                                       MaxBreakers{1}};
    Subscription subscription_ = registry_.listen([this](const Signal&) {
        is_a_used_ = true;
        if (is_made_.load(std::memory_order_acquire)) {
            static_cast<void>(hosts_["b"]);
        }
        is_a_used_ = false;
    });
};

class ListenerEnds final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { first_.disable(); }, [this] { second_.disable(); },
                [this] {
                    subscription_ = {};
                    has_ended_ = true;
                }};
    }
    void check() override {
        if (heard_.load() > 2) {
            report("a listener heard a signal twice");
        }
    }

    Registry registry_;
    Breaker first_{Explored{}, Name{"first"}, Registered{registry_}};
    Breaker second_{Explored{}, Name{"second"}, Registered{registry_}};
    plain_data<bool> has_ended_{false};
    explore::atomic<int> heard_{0};
    Subscription subscription_ = registry_.listen([this](const Signal&) {
        if (has_ended_) {
            report("a listener runs whose subscription has ended");
        }
        heard_.fetch_add(1);
    });
};

}  // namespace

TEST_CASE("a breaker ends while it is used through a view") {
    explore_program<EndsWhileUsed>();
}

TEST_CASE("a keyed breaker is dropped while a view looks") {
    explore_program<DroppedWhileLookedAt>();
}

TEST_CASE("a keyed breaker is dropped while the registry is scraped") {
    explore_program<DroppedWhileScraped>();
}

TEST_CASE("a keyed breaker is dropped while a view commands it") {
    explore_program<DroppedWhileCommanded>();
}

TEST_CASE("a keyed breaker is commanded while it is made, and would be dropped") {
    explore_program<CommandedWhileMade>();
}

TEST_CASE("a listener of a registry ends while two breakers tell it") {
    explore_program<ListenerEnds>();
}
