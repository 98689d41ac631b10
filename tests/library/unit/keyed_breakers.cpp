// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "door.hpp"
#include "error_of.hpp"
#include "spawn.hpp"

#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

auto make(std::string_view key) {
    return CircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key}};
}

void fail() {
    throw std::runtime_error{"down"};
}

/// The keys of the breakers that there are, by a registry.
std::set<std::string> keys(const Registry& registry) {
    std::set<std::string> keys;
    registry.for_each([&](const BreakerView& breaker) { keys.emplace(breaker.name().view()); });
    return keys;
}
using Keys = std::set<std::string>;

}  // namespace

TEST_CASE("a breaker is made for each key at its first use") {
    std::vector<std::string> made;
    KeyedBreakers hosts{[&](std::string_view key) {
        made.emplace_back(key);
        return make(key);
    }};
    CHECK(hosts.size() == 0);
    const auto handle = hosts["a"];
    CHECK(handle->info().name == "a");
    CHECK(hosts["a"] == handle);
    CHECK(hosts["b"] != handle);
    CHECK(made == std::vector<std::string>{"a", "b"});
    CHECK(hosts.size() == 2);
}

TEST_CASE("keys are any bytes, of any length") {
    KeyedBreakers hosts{[](std::string_view) { return CircuitBreaker{}; }};
    const std::string zeros{"a\0b", 3};
    const auto with_zero = hosts[zeros];
    CHECK(hosts[std::string_view{zeros}] == with_zero);
    CHECK(hosts["a"] != with_zero);
    static_cast<void>(hosts[""]);
    static_cast<void>(hosts[std::string(100'000, 'x')]);
    CHECK(hosts.size() == 4);
}

TEST_CASE("the ways to call go to the breaker of the key") {
    KeyedBreakers hosts{make};
    CHECK(hosts.call("a", [](int value) { return value; }, 1) == 1);
    CHECK_THROWS_AS(hosts.call("a", fail), std::runtime_error);
    CHECK_THROWS_AS(hosts.call("a", fail), CallNotPermittedError);
    CHECK(hosts.call("b", [] { return 2; }) == 2);
    CHECK(hosts.call_with_fallback("a", [] { return 1; }, [] { return 3; }) == 3);
    CHECK(hosts.try_call("b", [] { return 4; }).value() == 4);
    CHECK(hosts.try_call("a", [] { return 4; }).error().name == "a");
    CHECK_FALSE(hosts.try_acquire("a"));
    hosts["a"]->reset();
    int value = 0;
    int& reference = hosts.call("a", [&]() -> int& { return value; });
    CHECK(&reference == &value);
    CHECK(*hosts.call(
              "a", [](std::unique_ptr<int> moved) { return moved; }, std::make_unique<int>(5)) ==
          5);
}

TEST_CASE("what wrap and try_acquire give owns its breaker") {
    Registry registry;
    KeyedBreakers hosts{[&](std::string_view key) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key},
                                                  Registered{registry}};
                        },
                        MaxBreakers{1}};
    {
        auto wrapped = hosts.wrap("a", [](int x) { return x + 1; });
        static_cast<void>(hosts["b"]);
        CHECK(wrapped(1) == 2);
        CHECK(registry.find("a")->info().totals->succeeded == 1);
        auto permission = hosts.try_acquire("c");  // "a" is held still
        REQUIRE(permission);
        permission->failed();
        CHECK(permission->settled());
    }
    CHECK(registry.size() == 1);
    {
        auto with_fallback = hosts.wrap("a", [] { return 1; }, [] { return 2; });
        registry.find("a")->force_open();
        CHECK(with_fallback() == 2);
    }
    {
        auto first = hosts.try_acquire("x").value();
        auto second = hosts.try_acquire("y").value();
        first = std::move(second);  // the call of x ends, then its breaker
        first.succeeded();
    }
    CHECK(registry.size() == 1);
}

TEST_CASE("beyond the cap the one that was used least recently goes") {
    Registry registry;
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{3}};
    for (const char* const key : {"a", "b", "c"}) {
        static_cast<void>(hosts[key]);
    }
    static_cast<void>(hosts["a"]);
    static_cast<void>(hosts["b"]);
    static_cast<void>(hosts["d"]);
    CHECK(keys(registry) == Keys{"a", "b", "d"});
    static_cast<void>(hosts["a"]);
    static_cast<void>(hosts["e"]);
    CHECK(keys(registry) == Keys{"a", "d", "e"});
    CHECK(hosts.size() == 3);
    CHECK(hosts.statistics().evictions == 2);
    CHECK(hosts.statistics().size == 3);
}

TEST_CASE("of up to 500, the one that was used least recently goes, whatever was used in between") {
    const std::size_t most =
        GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{8}, std::size_t{64}, std::size_t{500});
    struct Kept {
        std::uint64_t used;
        std::weak_ptr<void> breaker;
    };
    bool is_made = false;
    KeyedBreakers hosts{[&](std::string_view) {
                            is_made = true;
                            return CircuitBreaker{};
                        },
                        MaxBreakers{static_cast<std::uint32_t>(most)}};
    std::map<std::string, Kept> kept;
    std::uint64_t creations = 0;
    std::minstd_rand random{static_cast<std::minstd_rand::result_type>(most)};
    for (int look_up = 0; look_up != 5'000; ++look_up) {
        const std::string key = std::to_string(random() % (2 * most + 1));
        is_made = false;
        const auto breaker = hosts[key];
        if (!is_made) {
            kept[key].used = 2 * creations + 1;
            continue;
        }
        ++creations;
        if (kept.size() == most) {
            const auto gone = std::ranges::find_if(
                kept, [](const auto& one) { return one.second.breaker.expired(); });
            REQUIRE(gone != kept.end());
            const auto oldest =
                std::ranges::min_element(kept, {}, [](const auto& one) { return one.second.used; });
            REQUIRE(gone->second.used == oldest->second.used);
            kept.erase(gone);
        }
        kept[key] = {2 * creations, breaker};
    }
}

TEST_CASE("closed ones go before others, and those that are held not at all") {
    Registry registry;
    KeyedBreakers hosts{[&](std::string_view key) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key},
                                                  Registered{registry}};
                        },
                        MaxBreakers{3}};
    CHECK_THROWS(hosts.call("open", fail));
    auto held = hosts["held"];
    static_cast<void>(hosts["closed"]);
    static_cast<void>(hosts["next"]);
    CHECK(keys(registry) == Keys{"open", "held", "next"});
    auto next = hosts["next"];
    static_cast<void>(hosts["last"]);
    CHECK(keys(registry) == Keys{"held", "next", "last"});
}

TEST_CASE("a closed breaker that comes free goes before an open one that was to go next") {
    Registry registry;
    constexpr std::size_t most = 600;  // of so many, the next to go are known beforehand
    KeyedBreakers hosts{[&](std::string_view key) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key},
                                                  Registered{registry}};
                        },
                        MaxBreakers{most}};
    std::vector<decltype(hosts.try_acquire(""))> calls;
    for (std::size_t i = 0; i != most / 2; ++i) {
        calls.push_back(hosts.try_acquire("good" + std::to_string(i)));
    }
    for (std::size_t i = 0; i != most / 2; ++i) {
        hosts.try_acquire("down" + std::to_string(i))->failed();
    }
    // All closed ones are held, so open ones go, until some are known to go next.
    constexpr std::size_t gone = 20;
    for (std::size_t i = 0; i != gone; ++i) {
        calls.push_back(hosts.try_acquire("new" + std::to_string(i)));
        CHECK_FALSE(registry.find("down" + std::to_string(i)));
    }
    calls.clear();
    const auto is_good = [](const std::string& key) { return key.starts_with("good"); };
    for (std::size_t i = 0; i != 3; ++i) {
        static_cast<void>(hosts["last" + std::to_string(i)]);
        CHECK(hosts.size() == most);
        CHECK(registry.find("down" + std::to_string(gone)));
        CHECK(std::ranges::count_if(keys(registry), is_good) ==
              static_cast<std::ptrdiff_t>(most / 2 - i - 1));
    }
    CHECK(hosts.size() == most);
}

TEST_CASE("a breaker that has opened or closed since the last key is seen as it is now") {
    Registry registry;
    constexpr std::size_t most = 64;
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{most}};
    const auto key = [](std::size_t number) { return std::to_string(number); };
    for (std::size_t i = 0; i != most; ++i) {
        static_cast<void>(hosts[key(i)]);
    }
    static_cast<void>(hosts["new0"]);
    CHECK_FALSE(registry.find(key(0)));
    registry.find(key(1))->force_open();
    static_cast<void>(hosts["new1"]);
    CHECK(registry.find(key(1)));
    CHECK_FALSE(registry.find(key(2)));

    // All are open; then one of those that are to go next closes, and goes first.
    registry.for_each([](const BreakerView& view) { view.force_open(); });
    hosts["new2"]->force_open();
    CHECK_FALSE(registry.find(key(1)));
    registry.find(key(5))->reset();
    static_cast<void>(hosts["new3"]);
    CHECK_FALSE(registry.find(key(5)));
    for (int i = 4; i != 40; ++i) {
        hosts["new" + std::to_string(i)]->force_open();
    }
    CHECK(hosts.size() == most);
    CHECK(registry.size() == most);
}

TEST_CASE("a breaker that was to go next, and has opened since, stays") {
    Registry registry;
    constexpr std::size_t most = 600;  // of so many, the next to go are known beforehand
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{most}};
    for (std::size_t i = 0; i != most; ++i) {
        static_cast<void>(hosts[std::to_string(i)]);
    }
    static_cast<void>(hosts["new0"]);
    CHECK_FALSE(registry.find("0"));
    registry.find("1")->force_open();
    static_cast<void>(hosts["new1"]);
    CHECK(registry.find("1"));
    CHECK_FALSE(registry.find("2"));
}

TEST_CASE("a breaker that was to go next, and is used since, stays") {
    Registry registry;
    constexpr std::size_t most = 600;  // of so many, the next to go are known beforehand
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{most}};
    for (std::size_t i = 0; i != most; ++i) {
        static_cast<void>(hosts[std::to_string(i)]);
    }
    static_cast<void>(hosts["new0"]);
    CHECK_FALSE(registry.find("0"));
    static_cast<void>(hosts["1"]);
    static_cast<void>(hosts["new1"]);
    CHECK(registry.find("1"));
    CHECK_FALSE(registry.find("2"));
}

TEST_CASE("breakers that were to go next, and are held since, stay") {
    Registry registry;
    constexpr std::size_t most = 64;
    std::vector<std::shared_ptr<void>> held;
    std::function<void()> hold_all;
    KeyedBreakers hosts{[&](std::string_view key) {
                            if (key == "new0") {
                                hold_all();
                            }
                            return CircuitBreaker{Name{key}, Registered{registry}};
                        },
                        MaxBreakers{most}};
    // All are used after the last creation, and held before the next one has ended: whoever goes by
    // their uses alone sees no difference.
    for (int round = 0; round != 2; ++round) {
        for (std::size_t i = 0; i != most; ++i) {
            static_cast<void>(hosts[std::to_string(i)]);
        }
    }
    hold_all = [&] {
        for (const std::string& key : keys(registry)) {
            held.push_back(hosts[key]);
        }
    };
    static_cast<void>(hosts["new0"]);
    REQUIRE(held.size() == most - 1);
    // The new one alone is free, and makes place for the next one each time.
    for (int i = 1; i != 40; ++i) {
        static_cast<void>(hosts["new" + std::to_string(i)]);
        CHECK_FALSE(registry.find("new" + std::to_string(i - 1)));
        CHECK(registry.size() == most);
    }
}

TEST_CASE("a breaker that was to go next stays while something is being done through a registry") {
    Registry registry;
    constexpr std::size_t most = 600;  // of so many, the next to go are known beforehand
    std::function<void()> during_reset;
    KeyedBreakers hosts{[&](std::string_view key) {
                            return CircuitBreaker{Name{key}, Registered{registry},
                                                  Listeners{[&](const Signal&) {
                                                      if (during_reset) {
                                                          during_reset();
                                                      }
                                                  }}};
                        },
                        MaxBreakers{most}};
    for (std::size_t i = 0; i != most; ++i) {
        static_cast<void>(hosts[std::to_string(i)]);
    }
    static_cast<void>(hosts["new0"]);
    CHECK_FALSE(registry.find("0"));
    during_reset = [&] { static_cast<void>(hosts["new1"]); };
    registry.find("1")->reset();  // which looks nothing up
    CHECK(registry.find("1"));
    CHECK_FALSE(registry.find("2"));
    CHECK(hosts.size() == most);
}

TEST_CASE("a key beyond the cap whose factory throws is free again for who waits for it") {
    std::atomic<bool> is_waited_for{false};
    std::atomic<int> attempts{0};
    KeyedBreakers hosts{[&](std::string_view key) {
                            if (key == "guest" && ++attempts == 1) {
                                while (!is_waited_for) {
                                    std::this_thread::yield();
                                }
                                throw std::runtime_error{"no breaker"};
                            }
                            return make(key);
                        },
                        MaxBreakers{1}};
    const auto only = hosts["only"];
    std::thread first{[&] { CHECK_THROWS_AS(hosts["guest"], std::runtime_error); }};
    while (attempts == 0) {
        std::this_thread::yield();
    }
    is_waited_for = true;
    const auto guest = hosts["guest"];
    CHECK(guest->info().name == "guest");
    first.join();
    CHECK(attempts == 2);
    CHECK(hosts["guest"] == guest);
}

namespace {

using RegisteredPlain = decltype(CircuitBreaker{std::declval<Name>(), std::declval<Registered>()});

/// A breaker of the user's, whose end takes a look at it by way of the registry.
class LooksAtItsEnd : public RegisteredPlain {
public:
    LooksAtItsEnd(std::string_view key, Registry& registry, std::vector<CircuitBreakerInfo>& seen)
        : RegisteredPlain{Name{key}, Registered{registry}},
          view_{registry.find(key).value()},
          seen_{seen} {}
    ~LooksAtItsEnd() {
        seen_.push_back(view_.info());
        CHECK_FALSE(view_.reset());  // nobody owns it any more
    }

private:
    BreakerView view_;
    std::vector<CircuitBreakerInfo>& seen_;
};

}  // namespace

TEST_CASE("a view tells a breaker's state while the breaker is dropped, and its last one then") {
    Registry registry;
    std::vector<CircuitBreakerInfo> seen;
    {
        KeyedBreakers hosts{
            [&](std::string_view key) { return LooksAtItsEnd{key, registry, seen}; },
            MaxBreakers{1}};
        hosts.call("a", [] {});
        hosts["a"]->force_open();
        const BreakerView view = registry.find("a").value();
        static_cast<void>(hosts["b"]);
        REQUIRE(seen.size() == 1);
        CHECK(seen[0].name == "a");
        CHECK(seen[0].state == State::forced_open);
        CHECK(seen[0].totals->succeeded == 1);
        CHECK(seen[0].changed_at != std::chrono::system_clock::time_point{});
        CHECK(view.info().state == State::forced_open);
        CHECK(view.info().totals->succeeded == 1);
    }
    CHECK(seen.size() == 2);
}

TEST_CASE("where all are held, a breaker lives as long as its handle") {
    Registry registry;
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{2}};
    const auto a = hosts["a"];
    const auto b = hosts["b"];
    {
        const auto c = hosts["c"];
        CHECK(hosts.size() == 2);
        CHECK(keys(registry) == Keys{"a", "b", "c"});
        CHECK(hosts["c"] == c);
        CHECK(hosts["d"] != c);
        c->call([] {});
    }
    CHECK(keys(registry) == Keys{"a", "b"});
    CHECK(hosts["c"]->info().totals->succeeded == 0);
    CHECK(hosts["a"] == a);
}

TEST_CASE("a cap holds for many keys, and what is dropped is destroyed") {
    Registry registry;
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{100}};
    for (int i = 0; i != 20'000; ++i) {
        hosts.call(std::to_string(i), [] {});
        hosts.call("often", [] {});
    }
    CHECK(hosts.size() == 100);
    CHECK(registry.size() == 100);
    CHECK(registry.find("often")->info().totals->succeeded == 20'000);
    CHECK(hosts.statistics().evictions == 20'001 - 100);
}

TEST_CASE("what a factory throws goes on, and the key is free again") {
    int attempts = 0;
    KeyedBreakers hosts{[&](std::string_view key) {
        if (++attempts == 1) {
            throw std::runtime_error{"no breaker"};
        }
        return make(key);
    }};
    CHECK_THROWS_AS(hosts["a"], std::runtime_error);
    CHECK(hosts.size() == 0);
    CHECK(hosts["a"]->info().name == "a");
}

TEST_CASE("a factory looks up other keys, but not its own") {
    std::function<void(std::string_view)> look_up;
    KeyedBreakers hosts{[&](std::string_view key) {
        if (look_up) {
            look_up(key);
        }
        return make(key);
    }};
    look_up = [&](std::string_view key) {
        if (key == "child") {
            static_cast<void>(hosts["parent"]);
        }
    };
    static_cast<void>(hosts["child"]);
    CHECK(hosts.size() == 2);
    look_up = [&](std::string_view key) { static_cast<void>(hosts[key]); };
    CHECK_THROWS_AS(hosts["own"], std::logic_error);
    CHECK(hosts.size() == 2);
}

TEST_CASE("no more than a share of the keys opens, and one at least") {
    KeyedBreakers hosts{[](std::string_view key, OpenBudget budget) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key},
                                                  std::move(budget)};
                        },
                        MaxOpen{0.5}};
    const auto state = [&](const char* key) { return hosts[key]->info().state; };
    CHECK_THROWS(hosts.call("a", fail));
    CHECK(state("a") == State::open);  // one may always
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(state("b") == State::closed);
    CHECK(hosts.statistics().refused_openings == 1);
    CHECK_THROWS(hosts.call("b", fail));  // asked again, refused again
    CHECK(hosts.statistics().refused_openings == 1);
    for (const char* const key : {"c", "d"}) {
        static_cast<void>(hosts[key]);
    }
    CHECK_THROWS(hosts.call("b", fail));  // two of four
    CHECK(state("b") == State::open);
    CHECK_THROWS(hosts.call("c", fail));
    CHECK(state("c") == State::closed);
    CHECK(hosts.statistics().refused_openings == 2);
    hosts["a"]->reset();
    CHECK_THROWS(hosts.call("c", fail));
    CHECK(state("c") == State::open);
}

TEST_CASE("a refusal counts again once the tripper has said no, or a command has come") {
    KeyedBreakers hosts{[](std::string_view, OpenBudget budget) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h},
                                                  std::move(budget)};
                        },
                        MaxOpen{0.1}};
    hosts["a"]->open_for(1h);
    const auto refused = [&] { return hosts.statistics().refused_openings; };
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(refused() == 1);
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(refused() == 1);
    hosts.call("b", [] {});
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(refused() == 2);
    hosts["b"]->reset();
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(refused() == 3);
}

TEST_CASE("a place is taken and given back once each time") {
    KeyedBreakers hosts{[](std::string_view, OpenBudget budget) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h},
                                                  std::move(budget)};
                        },
                        MaxOpen{0.1}};
    CHECK_THROWS(hosts.call("a", fail));
    hosts["a"]->reset();
    hosts["a"]->reset();
    CHECK_THROWS(hosts.call("a", fail));
    hosts["a"]->open_for(1h);
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(hosts["b"]->info().state == State::closed);
    hosts["a"]->disable();
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(hosts["b"]->info().state == State::open);
}

TEST_CASE("a key whose factory throws takes no share") {
    bool throws = false;
    KeyedBreakers hosts{[&](std::string_view, OpenBudget budget) {
                            if (throws) {
                                throw std::runtime_error{"no breaker"};
                            }
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h},
                                                  std::move(budget)};
                        },
                        MaxOpen{0.5}};
    for (const char* const key : {"a", "b", "c"}) {
        static_cast<void>(hosts[key]);
    }
    throws = true;
    CHECK_THROWS(hosts["d"]);
    CHECK_THROWS(hosts.call("a", fail));
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(hosts["b"]->info().state == State::closed);  // one of three, not two of four
}

TEST_CASE("a share of the keys is what it says, however it is written in binary") {
    const auto opened = [](double share, int keys) {
        KeyedBreakers hosts{[](std::string_view, OpenBudget budget) {
                                return CircuitBreaker{FailureStreak{1}, std::move(budget)};
                            },
                            MaxOpen{share}};
        for (int i = 0; i != keys; ++i) {
            static_cast<void>(hosts[std::to_string(i)]);
        }
        int open = 0;
        for (int i = 0; i != keys; ++i) {
            hosts.try_acquire(std::to_string(i)).value().failed();
            open += hosts[std::to_string(i)]->info().state == State::open ? 1 : 0;
        }
        return open;
    };
    for (int percent = 1; percent <= 100; ++percent) {
        CAPTURE(percent);
        CHECK(opened(percent / 100.0, 100) == percent);
    }
    CHECK(opened(0.67, 3) == 2);
    CHECK(opened(0.66, 3) == 1);
    CHECK(opened(0.1, 3) == 1);
    CHECK(opened(0.3, 10) == 3);
    CHECK(opened(1, 3) == 3);
}

TEST_CASE("half-open counts as open, and commands are never refused") {
    testing::VirtualTime time;
    KeyedBreakers hosts{[&](std::string_view, OpenBudget budget) {
                            return CircuitBreaker{testing::Virtual{time}, FailureStreak{1},
                                                  Cooldown{1s}, permits::All{}, std::move(budget)};
                        },
                        MaxOpen{0.1}};
    const auto state = [&](const char* key) { return hosts[key]->info().state; };
    CHECK_THROWS(hosts.call("a", fail));
    time.advance(1s);
    auto trial = hosts.try_acquire("a");
    CHECK(state("a") == State::half_open);
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(state("b") == State::closed);
    trial->failed();
    CHECK(state("a") == State::open);
    hosts["b"]->open_for(1s);
    CHECK(state("b") == State::open);
    CHECK_THROWS(hosts.call("c", fail));
    CHECK(state("c") == State::closed);
    // Both go; so there is a place again.
    hosts["a"]->reset();
    CHECK_THROWS(hosts.call("c", fail));
    CHECK(state("c") == State::closed);
    hosts["b"]->force_open();
    CHECK_THROWS(hosts.call("c", fail));
    CHECK(state("c") == State::open);
}

TEST_CASE("a place is given back by a breaker that is dropped, and by an opening that fails") {
    struct BrokenRetry : retry_base {
        bool* is_broken;
        explicit BrokenRetry(bool* broken) : is_broken{broken} {}
        [[nodiscard]] std::chrono::nanoseconds wait(std::uint32_t, double) const {
            if (*is_broken) {
                throw std::runtime_error{"broken"};
            }
            return 1h;
        }
    };
    bool is_broken = true;
    KeyedBreakers hosts{[&](std::string_view, OpenBudget budget) {
                            return CircuitBreaker{
                                FailureStreak{1}, BrokenRetry{&is_broken}, std::move(budget),
                                Listeners{[](const Signal&) {}}.on_error([](auto) {})};
                        },
                        MaxOpen{0.1}, MaxBreakers{2}};
    CHECK_THROWS(hosts.call("a", fail));
    CHECK(hosts["a"]->info().state == State::closed);
    is_broken = false;
    hosts.call("a", [] {});
    CHECK_THROWS(hosts.call("b", fail));
    CHECK(hosts["b"]->info().state == State::open);
    const auto a = hosts["a"];
    static_cast<void>(hosts["c"]);  // in the place of b
    CHECK_THROWS(hosts.call("c", fail));
    CHECK(hosts["c"]->info().state == State::open);
}

namespace {

/// Makes breakers for awaited calls, which this registry shows for as long as they live.
auto awaited_in(Registry& registry) {
    return [&registry](std::string_view key) {
        return AsyncCircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key}, Registered{registry}};
    };
}

}  // namespace

TEST_CASE("awaited calls own their breaker until they have ended") {
    Registry registry;
    KeyedBreakers hosts{awaited_in(registry), MaxBreakers{1}};
    std::coroutine_handle<> suspended;
    struct Suspend {
        std::coroutine_handle<>& handle;
        [[nodiscard]] static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> coroutine) noexcept { handle = coroutine; }
        static void await_resume() noexcept {}
    };
    const auto callee = [&suspended](std::unique_ptr<int> value) -> Task<int> {
        Suspend suspend{suspended};
        co_await suspend;
        co_return *value;
    };
    {
        int result = 0;
        const Spawned call{[](auto task, int& to) -> Task<> {
            to = co_await std::move(task);
        }(hosts.call("a", callee, std::make_unique<int>(7)), result)};
        static_cast<void>(hosts["b"]);
        CHECK(registry.find("a"));
        suspended.resume();
        CHECK(result == 7);
    }
    CHECK(keys(registry).size() == 1);
    const auto failing = []() -> Task<int> {
        throw std::runtime_error{"down"};
        co_return 1;
    };
    CHECK_THROWS_AS(sync_wait(hosts.call("c", failing)), std::runtime_error);
    CHECK(sync_wait(hosts.try_call("c", failing)).error().name == "c");
    CHECK(sync_wait(hosts.call_with_fallback("c", failing, [] { return 3; })) == 3);
    CHECK(sync_wait(hosts.call_as<Task<int>>("d", []() -> Task<int> { co_return 4; })) == 4);
    auto task = hosts.wrap("e", []() -> Task<int> { co_return 5; })();
    static_cast<void>(hosts["f"]);  // the wrapper is gone, and the call has yet to begin
    CHECK(sync_wait(std::move(task)) == 5);
    CHECK(keys(registry).size() == 1);
}

TEST_CASE("guarded calls own their breaker until they have ended") {
    Registry registry;
    KeyedBreakers hosts{awaited_in(registry), MaxBreakers{1}};
    Door door;
    const auto callee = [&door]() -> Task<int> {
        auto pass = door.pass();
        co_await pass;
        co_return 7;
    };
    int result = 0;
    const auto caller = [&]() -> Task<> {
        auto call = hosts.guarded("a", callee);
        result = co_await std::move(call);
    };
    {
        const Spawned spawned{caller()};
        static_cast<void>(hosts["b"]);
        CHECK(registry.find("a"));
        door.open();
        CHECK(result == 7);
    }
    CHECK(keys(registry).size() == 1);
    {
        const Spawned destroyed{caller()};
        static_cast<void>(hosts["b"]);
        CHECK(registry.find("a"));
    }
    CHECK(keys(registry).size() == 1);
    const auto falls_back = [&]() -> Task<int> {
        const auto failing = []() -> Task<int> { throw std::runtime_error{"down"}; };
        auto call = hosts.guarded_with_fallback("c", failing, [] { return 3; });
        const int answer = co_await std::move(call);
        co_return answer;
    };
    CHECK(sync_wait(falls_back()) == 3);
    CHECK(sync_wait(falls_back()) == 3);
    CHECK(hosts["c"]->info().state == State::open);
}

TEST_CASE("bad numbers are refused in a sentence") {
    CHECK(error_of([] { const MaxBreakers none{0}; }) ==
          "fluxgate: MaxBreakers' count must be in [1, 4294967295], but is 0");
    for (const double share : {0.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_FALSE(error_of([&] { const MaxOpen wrong{share}; }).empty());
    }
}
