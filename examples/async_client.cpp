// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Hundreds of coroutine clients ask one price server, each on a strand of its own over a pool of
// threads. The server fails for a while. The same traffic runs twice, without a circuit breaker and
// with one that they all share; a table compares the two.

#include "price_service.hpp"
#include "report.hpp"

#include <fluxgate/asio.hpp>
#include <fluxgate/fluxgate.hpp>

#include <asio.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using asio::ip::tcp;
using traffic::Price;

namespace {

constexpr int threads = 4;
constexpr int clients = 300;
constexpr int calls_per_client = 10;
constexpr auto interval = 400ms;
constexpr auto call_timeout = 200ms;

constexpr auto healthy_time = 700ms;
constexpr auto failing_time = 1800ms;

/// How long a client can bear to wait for a price, and how many trial calls are under way at most.
constexpr auto bearable = 150ms;
constexpr int trial_calls = 5;

/// A client's calls, evenly spread over the time. `get_price(endpoint)` is awaited for a `Price`.
template <class GetPrice>
asio::awaitable<traffic::Tally> client(price_service::Server& server, int number,
                                       traffic::Clock::time_point start, GetPrice get_price) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor};
    traffic::Tally tally;
    for (; tally.calls < calls_per_client; ++tally.calls) {
        timer.expires_at(start + tally.calls * interval + number * interval / clients);
        asio::awaitable<void> turn = timer.async_wait(asio::use_awaitable);
        co_await std::move(turn);

        const bool failing = server.failing();
        const auto begin = traffic::Clock::now();
        try {
            asio::awaitable<Price> call = get_price(server.endpoint());
            const Price price = co_await std::move(call);
            ++(price.from_server ? tally.successes : tally.rejections);
        } catch (const price_service::Error&) {
            ++tally.failures;
        }
        if (failing) {
            tally.waited += traffic::Clock::now() - begin;
        }
    }
    co_return tally;
}

/// Sends the whole traffic through `get_price`, to a server that fails for a while.
template <class GetPrice>
traffic::Tally run(const traffic::Log& log, GetPrice get_price) {
    price_service::Server server;
    asio::thread_pool pool{threads};
    const auto start = traffic::Clock::now();
    std::vector<std::future<traffic::Tally>> tallies;
    for (int number = 0; number < clients; ++number) {
        tallies.push_back(asio::co_spawn(
            asio::make_strand(pool), client(server, number, start, get_price), asio::use_future));
    }

    log("the server is healthy");
    std::this_thread::sleep_until(start + healthy_time);
    server.fail(true);
    log("the server is failing");
    std::this_thread::sleep_until(start + healthy_time + failing_time);
    server.fail(false);
    log("the server is recovered");

    traffic::Tally sum;
    for (auto& tally : tallies) {
        sum += tally.get();
    }
    sum.load = server.load_while_failing();
    return sum;
}

asio::awaitable<Price> get_price(tcp::endpoint endpoint) {
    asio::awaitable<std::string> call = price_service::get_price(endpoint, call_timeout);
    std::string amount = co_await std::move(call);
    co_return Price{.amount = std::move(amount)};
}

/// What a client shows while the breaker lets no call through: a price it remembers.
Price remembered_price(const fluxgate::CallNotPermittedError&) {
    return {.amount = "9.95", .from_server = false};
}

traffic::Tally run_without() {
    traffic::print_line("Without a circuit breaker");
    const traffic::Log log;
    return run(log, get_price);
}

/// How many of something are under way at once, and the most that ever were.
class Gauge {
public:
    void enter() {
        const int now = ++under_way_;
        int most = most_;
        while (now > most && !most_.compare_exchange_weak(most, now)) {
        }
    }
    void leave() { --under_way_; }
    [[nodiscard]] int most() const { return most_; }

private:
    std::atomic<int> under_way_{0};
    std::atomic<int> most_{0};  // only grows
};

/// Enters the gauge for as long as it lives.
class Entry {
public:
    explicit Entry(Gauge& gauge) : gauge_{gauge} { gauge_.enter(); }
    ~Entry() { gauge_.leave(); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

private:
    Gauge& gauge_;
};

traffic::Tally run_with() {
    traffic::print_line("\nWith a circuit breaker");
    const traffic::Log log;
    std::atomic<int> openings{0};

    fluxgate::AsyncCircuitBreaker breaker{
        fluxgate::presets::request_response(bearable), fluxgate::TypeOf<price_service::Error>{},
        // One trial call at first, and one more at once with each that succeeds.
        fluxgate::permits::SlowStart{trial_calls},
        fluxgate::Listeners{[&](const fluxgate::Signal& signal) {
            openings += signal.reason == fluxgate::Reason::tripped ? 1 : 0;
            log("  ", signal.old_state, " -> ", signal.new_state, " (", signal.reason, ") after ",
                signal.metrics.total_count, " calls");
        }}};

    Gauge trials;
    const auto measured = [&](tcp::endpoint endpoint) -> asio::awaitable<Price> {
        std::optional<Entry> entry;
        if (breaker.info().state == fluxgate::State::half_open) {
            entry.emplace(trials);
        }
        asio::awaitable<Price> call = get_price(endpoint);
        Price price = co_await std::move(call);
        co_return price;
    };

    const traffic::Tally tally = run(log, [&](tcp::endpoint endpoint) {
        return breaker.call_with_fallback(std::cref(measured), remembered_price, endpoint);
    });

    traffic::print_line("trial calls under way at once, at most: ", trials.most(), " of ",
                        trial_calls, " allowed");
    if (openings == 0) {
        throw std::runtime_error{"the breaker did not open"};
    }
    if (breaker.info().state != fluxgate::State::closed) {
        throw std::runtime_error{"the breaker did not recover"};
    }
    if (trials.most() == 0 || trials.most() > trial_calls) {
        throw std::runtime_error{"the breaker did not keep to its limit of trial calls"};
    }
    return tally;
}

}  // namespace

int main() {
    return traffic::compare("async_client", run_without, run_with);
}
