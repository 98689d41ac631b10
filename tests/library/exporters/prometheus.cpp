// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "fleet_in_memory.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/prometheus.hpp>
#include <fluxgate/prometheus_fleet.hpp>

#include <httplib.h>
#include <prometheus/exposer.h>
#include <prometheus/text_serializer.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

// prometheus-cpp has a Registry too.
namespace fg = fluxgate;
using fg::CircuitBreaker;
using fg::Name;
using fg::Registered;
using fg::testing::Virtual;
using fg::testing::VirtualTime;

namespace {

using Labels = std::map<std::string, std::string>;

struct Series {
    std::string metric;
    Labels labels;

    friend auto operator<=>(const Series&, const Series&) = default;
};

/// What one scrape brought.
struct Scrape {
    std::map<std::string, std::string> kinds;
    std::map<Series, double> series;

    [[nodiscard]] double at(const std::string& metric, const Labels& labels) const {
        return series.at(Series{"fluxgate_circuit_breaker_" + metric, labels});
    }
    [[nodiscard]] std::size_t count(const std::string& metric, const std::string& name) const {
        std::size_t count = 0;
        for (const auto& [one, value] : series) {
            if (one.metric == "fluxgate_circuit_breaker_" + metric &&
                one.labels.at("name") == name) {
                ++count;
            }
        }
        return count;
    }
};

/// The text of a label's value, as the exposition format writes it.
std::string unescaped(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
            plain += text.at(i) == 'n' ? '\n' : text.at(i);
        } else {
            plain += text[i];
        }
    }
    return plain;
}

double number(const std::string& text) {
    std::size_t read = 0;
    const double value = std::stod(text, &read);
    if (read != text.size()) {
        throw std::invalid_argument{"no number: " + text};
    }
    return value;
}

/// Reads the exposition format; throws where a line is none of it, or a series comes twice.
Scrape parse(const std::string& text) {
    static const std::regex comment{R"(# (HELP|TYPE) ([a-z_]+) (.*))"};
    static const std::regex sample{R"(([a-z_]+)(?:\{(.*)\})? (\S+))"};
    static const std::regex label{R"re(([a-z_]+)="((?:[^"\\]|\\.)*)",?)re"};
    Scrape scrape;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (std::regex_match(line, match, comment)) {
            if (match[1] == "TYPE") {
                scrape.kinds[match[2]] = match[3];
            }
            continue;
        }
        if (!std::regex_match(line, match, sample)) {
            throw std::invalid_argument{"no sample: " + line};
        }
        Series series{match[1], {}};
        const std::string labels = match[2];
        for (std::sregex_iterator at{labels.begin(), labels.end(), label}, end; at != end; ++at) {
            series.labels[(*at)[1]] = unescaped((*at)[2]);
        }
        if (!scrape.series.emplace(series, number(match[3])).second) {
            throw std::invalid_argument{"twice: " + line};
        }
    }
    return scrape;
}

/// What is ours of it: a server counts its own transfers too.
Scrape parse_ours(const std::string& text) {
    Scrape all = parse(text);
    const auto is_foreign = [](const std::string& metric) {
        return metric.rfind("fluxgate_", 0) != 0;
    };
    std::erase_if(all.kinds, [&](const auto& kind) { return is_foreign(kind.first); });
    std::erase_if(all.series, [&](const auto& one) { return is_foreign(one.first.metric); });
    return all;
}

/// Scrapes a registry over HTTP, on loopback.
class Server {
public:
    explicit Server(fg::Registry& registry)
        : collector_{std::make_shared<fg::PrometheusCollector>(registry)} {
        exposer_.RegisterCollectable(collector_);
    }

    [[nodiscard]] Scrape scrape() {
        httplib::Client client{"127.0.0.1", exposer_.GetListeningPorts().at(0)};
        const httplib::Result answer = client.Get("/metrics");
        if (!answer || answer->status != 200) {
            throw std::runtime_error{"cannot scrape"};
        }
        return parse_ours(answer->body);
    }

private:
    std::shared_ptr<fg::PrometheusCollector> collector_;
    prometheus::Exposer exposer_{"127.0.0.1:0"};
};

/// Scrapes a registry without a server, which takes seconds to end.
class Page {
public:
    explicit Page(fg::Registry& registry) : collector_{registry} {}

    [[nodiscard]] Scrape scrape() const {
        return parse_ours(prometheus::TextSerializer{}.Serialize(collector_.Collect()));
    }

private:
    fg::PrometheusCollector collector_;
};

/// A metric of the page's table.
struct Documented {
    std::string kind;
    std::set<std::string> labels;

    friend bool operator==(const Documented&, const Documented&) = default;
};

std::map<std::string, Documented> documented(const std::string& prefix) {
    std::ifstream page{OPERATING_PAGE};
    const std::regex row{"\\| `(" + prefix + R"(\w+)` \| (\w+) \| ([^|]*) \|.*)"};
    static const std::regex label{"`(\\w+)`"};
    std::map<std::string, Documented> metrics;
    for (std::string line; std::getline(page, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, row)) {
            continue;
        }
        Documented& metric = metrics[match[1]];
        metric.kind = match[2];
        const std::string labels = match[3];
        for (std::sregex_iterator at{labels.begin(), labels.end(), label}, end; at != end; ++at) {
            metric.labels.insert((*at)[1]);
        }
    }
    return metrics;
}

/// What a scrape brought, as the page tells it; throws where a metric's series differ.
std::map<std::string, Documented> exported(const Scrape& scrape) {
    std::map<std::string, Documented> metrics;
    for (const auto& [name, kind] : scrape.kinds) {
        metrics[name].kind = kind;
    }
    for (const auto& [series, value] : scrape.series) {
        std::set<std::string> labels;
        for (const auto& [key, text] : series.labels) {
            labels.insert(key);
        }
        std::set<std::string>& known = metrics.at(series.metric).labels;
        if (!known.empty() && known != labels) {
            throw std::invalid_argument{"two kinds of series: " + series.metric};
        }
        known = labels;
    }
    return metrics;
}

using RegisteredBreaker =
    decltype(CircuitBreaker{std::declval<Name>(), std::declval<Registered>()});

const std::string replaced = "\xef\xbf\xbd";

}  // namespace

TEST_CASE("a scrape has the metrics that the page lists, of that kind, with those labels") {
    fg::Registry registry;
    const fg::AnyCircuitBreaker breaker{
        fg::parse_policies("trip = slow_rate(0.5, 1s); overdue = 2s"), Name{"payments"},
        Registered{registry}};
    Server server{registry};
    const auto metrics = documented("fluxgate_circuit_breaker_");
    CHECK(metrics.size() == 15);
    const auto found = exported(server.scrape());
    CHECK(metrics == found);
}

TEST_CASE("a fleet has the metrics that the page lists") {
    MemoryOfFleets memory;
    const FleetInMemory fleet{memory, "one"};
    while (!fleet.status().connected) {
        std::this_thread::yield();
    }
    const fg::PrometheusFleetCollector collector{fleet, "mine"};
    std::map<std::string, Documented> found;
    for (const prometheus::MetricFamily& family : collector.Collect()) {
        Documented& metric = found[family.name];
        metric.kind = family.type == prometheus::MetricType::Counter ? "counter" : "gauge";
        REQUIRE(family.metric.size() == 1);
        for (const auto& label : family.metric.front().label) {
            metric.labels.insert(label.name);
            CHECK(label.value == "mine");
        }
    }
    CHECK(found.size() == 4);
    CHECK(found == documented("fluxgate_fleet_"));
}

TEST_CASE("without breakers the metrics are there, and have no series") {
    fg::Registry registry;
    const Page page{registry};
    const Scrape scrape = page.scrape();
    CHECK(scrape.kinds.size() == 15);
    CHECK(scrape.series.empty());
}

TEST_CASE("every series is there from the start, and at rest") {
    fg::Registry registry;
    const CircuitBreaker breaker{fg::SlowRate{0.5, 200ms} | fg::SlowRate{0.1, 2s}, Name{"payments"},
                                 Registered{registry}};
    const Page page{registry};
    const Scrape scrape = page.scrape();
    CHECK(scrape.count("state", "payments") == 6);
    CHECK(scrape.at("state", {{"name", "payments"}, {"state", "closed"}}) == 1.0);
    CHECK(scrape.at("state", {{"name", "payments"}, {"state", "open"}}) == 0.0);
    for (const std::string outcome : {"success", "failure", "neutral", "rejected"}) {
        CHECK(scrape.at("calls_total", {{"name", "payments"}, {"outcome", outcome}}) == 0.0);
    }
    CHECK(scrape.count("calls_total", "payments") == 4);
    CHECK(scrape.at("slow_calls_total", {{"name", "payments"}}) == 0.0);
    CHECK(scrape.at("would_have_opened_total", {{"name", "payments"}}) == 0.0);
    CHECK(scrape.at("window_calls", {{"name", "payments"}, {"outcome", "success"}}) == 0.0);
    CHECK(scrape.at("window_calls", {{"name", "payments"}, {"outcome", "failure"}}) == 0.0);
    CHECK(std::isnan(scrape.at("failure_ratio", {{"name", "payments"}})));
    CHECK(std::isnan(scrape.at("slow_ratio", {{"name", "payments"}, {"threshold", "0.2"}})));
    CHECK(std::isnan(scrape.at("slow_ratio", {{"name", "payments"}, {"threshold", "2"}})));
    CHECK(scrape.at("retry_after_seconds", {{"name", "payments"}}) == 0.0);
    CHECK(scrape.at("overdue_calls_total", {{"name", "payments"}}) == 0.0);
    CHECK(scrape.at("call_seconds_total", {{"name", "payments"}, {"outcome", "success"}}) == 0.0);
    CHECK(scrape.at("call_seconds_total", {{"name", "payments"}, {"outcome", "failure"}}) == 0.0);
    CHECK(scrape.at("state_changed_timestamp_seconds", {{"name", "payments"}}) > 1.7e9);
    CHECK(scrape.at("trials_under_way", {{"name", "payments"}}) == 0.0);
    CHECK(scrape.count("calls_under_way", "payments") == 0);
    CHECK(scrape.count("info", "payments") == 0);

    // Four that the circuit makes by itself; commands lead from each of six states to five.
    CHECK(scrape.count("transitions_total", "payments") == 6 + 6 * 5);
    for (const auto& [from, to, reason] :
         {std::tuple{"closed", "open", "tripped"}, std::tuple{"open", "half_open", "wait_over"},
          std::tuple{"half_open", "open", "tripped"},
          std::tuple{"half_open", "closed", "recovered"}, std::tuple{"open", "open", "command"},
          std::tuple{"forced_open", "closed", "command"}}) {
        CHECK(scrape.at("transitions_total",
                        {{"name", "payments"}, {"from", from}, {"to", to}, {"reason", reason}}) ==
              0.0);
    }
}

TEST_CASE("the series of shared transitions begin with the first one") {
    fg::Registry registry;
    const CircuitBreaker breaker{Name{"payments"}, Registered{registry}};
    const Page page{registry};
    auto& core = fg::detail::BreakerAccess::core(breaker);
    CHECK(core.impose(core.observe().period, fg::State::open, 1s, 0));
    const Scrape scrape = page.scrape();
    CHECK(scrape.count("transitions_total", "payments") == 6 + 6 * 5 + 1);
    CHECK(scrape.at(
              "transitions_total",
              {{"name", "payments"}, {"from", "closed"}, {"to", "open"}, {"reason", "shared"}}) ==
          1.0);
}

TEST_CASE("a scrape tells what the breaker has done") {
    VirtualTime clock;
    fg::Registry registry;
    CircuitBreaker breaker{fg::FailureRate{0.5} & fg::MinRequests{4} & fg::SlowRate{0.01, 1s},
                           fg::Cooldown{30s}, Virtual{clock}, Name{"payments"},
                           Registered{registry}};
    const Page page{registry};
    const auto end = [&](auto way, std::chrono::nanoseconds duration) {
        auto permission = breaker.try_acquire();
        clock.advance(duration);
        ((*permission).*way)();
    };
    using Permission = typename decltype(breaker.try_acquire())::value_type;
    end(&Permission::succeeded, 0s);
    end(&Permission::succeeded, 2s);
    {
        const auto dropped = breaker.try_acquire();
    }
    end(&Permission::failed, 0s);

    Scrape scrape = page.scrape();
    const auto calls = [&](const std::string& outcome) {
        return scrape.at("calls_total", {{"name", "payments"}, {"outcome", outcome}});
    };
    const auto is_in = [&](const std::string& state) {
        return scrape.at("state", {{"name", "payments"}, {"state", state}}) == 1.0;
    };
    CHECK(calls("success") == 2.0);
    CHECK(calls("failure") == 1.0);
    CHECK(calls("neutral") == 1.0);
    CHECK(scrape.at("slow_calls_total", {{"name", "payments"}}) == 1.0);
    CHECK(scrape.at("window_calls", {{"name", "payments"}, {"outcome", "success"}}) == 2.0);
    CHECK(scrape.at("window_calls", {{"name", "payments"}, {"outcome", "failure"}}) == 1.0);
    CHECK(scrape.at("failure_ratio", {{"name", "payments"}}) == 1.0 / 3.0);
    CHECK(scrape.at("slow_ratio", {{"name", "payments"}, {"threshold", "1"}}) == 1.0 / 3.0);

    end(&Permission::failed, 0s);
    CHECK_FALSE(breaker.try_acquire());
    clock.advance(10s);
    scrape = page.scrape();
    CHECK(is_in("open"));
    CHECK_FALSE(is_in("closed"));
    CHECK(calls("rejected") == 1.0);
    CHECK(scrape.at("retry_after_seconds", {{"name", "payments"}}) == 20.0);
    CHECK(scrape.at(
              "transitions_total",
              {{"name", "payments"}, {"from", "closed"}, {"to", "open"}, {"reason", "tripped"}}) ==
          1.0);
    clock.advance(30s);
    CHECK(page.scrape().at("retry_after_seconds", {{"name", "payments"}}) == 0.0);

    breaker.metrics_only();
    for (int i = 0; i != 4; ++i) {
        end(&Permission::failed, 1s);
    }
    scrape = page.scrape();
    CHECK(is_in("metrics_only"));
    CHECK(scrape.at("would_have_opened_total", {{"name", "payments"}}) == 1.0);
}

TEST_CASE("a scrape tells of calls that hang, and of the policies that hold") {
    VirtualTime clock;
    fg::Registry registry;
    const std::string text =
        "trip = failure_streak(2); wait = cooldown(10s); permit = "
        "single_trial(1s); overdue = 500ms";
    fg::AnyCircuitBreaker breaker{fg::parse_policies(text), Virtual{clock}, Name{"payments"},
                                  Registered{registry}};
    const Page page{registry};
    const Labels labels{{"name", "payments"}};
    auto one = breaker.try_acquire().value();
    auto other = breaker.try_acquire().value();
    CHECK(page.scrape().at("calls_under_way", labels) == 2.0);
    CHECK(page.scrape().at("info", {{"name", "payments"},
                                    {"policies", fg::to_string(breaker.policies())}}) == 1.0);
    clock.advance(1s);
    Scrape scrape = page.scrape();
    CHECK(scrape.at("overdue_calls_total", labels) == 2.0);
    CHECK(scrape.at("calls_under_way", labels) == 0.0);  // of the state that it is in now
    CHECK(scrape.at("state_changed_timestamp_seconds", labels) == 1'000'001.0);
    one.succeeded();
    other.failed();
    clock.advance(10s);
    auto trial = breaker.try_acquire().value();
    scrape = page.scrape();
    CHECK(scrape.at("trials_under_way", labels) == 1.0);
    CHECK(scrape.at("call_seconds_total", {{"name", "payments"}, {"outcome", "success"}}) == 1.0);
    CHECK(scrape.at("call_seconds_total", {{"name", "payments"}, {"outcome", "failure"}}) == 1.0);
    breaker.reconfigure(fg::parse_policies("trip = failure_streak(3)"));
    scrape = page.scrape();
    CHECK(scrape.at("info", {{"name", "payments"}, {"policies", "trip = failure_streak(3)"}}) ==
          1.0);
    CHECK(scrape.count("info", "payments") == 1);
}

TEST_CASE("a wait that never ends is infinite") {
    fg::Registry registry;
    CircuitBreaker breaker{fg::Never{}, Name{"payments"}, Registered{registry}};
    const Page page{registry};
    breaker.force_open();
    CHECK(page.scrape().at("retry_after_seconds", {{"name", "payments"}}) == 0.0);
    breaker.reset();
    breaker.open_for(1h);
    CHECK(page.scrape().at("retry_after_seconds", {{"name", "payments"}}) > 3500.0);
    breaker.reset();
    for (int i = 0; i != 1000 && breaker.info().state == fg::State::closed; ++i) {
        breaker.try_acquire()->failed();
    }
    REQUIRE(breaker.info().state == fg::State::open);
    CHECK(page.scrape().at("retry_after_seconds", {{"name", "payments"}}) ==
          std::numeric_limits<double>::infinity());
}

TEST_CASE("counters only grow, and transitions are those that listeners hear, over many outages") {
    VirtualTime clock;
    fg::Registry registry;
    std::map<Labels, double> heard;
    CircuitBreaker breaker{fg::FailureStreak{2},
                           fg::Cooldown{1s},
                           Virtual{clock},
                           Name{"payments"},
                           Registered{registry},
                           fg::Listeners{[&](const fg::Signal& signal) {
                               ++heard[{{"name", "payments"},
                                        {"from", std::string{to_string(signal.old_state)}},
                                        {"to", std::string{to_string(signal.new_state)}},
                                        {"reason", std::string{to_string(signal.reason)}}}];
                           }}};
    Server server{registry};
    std::mt19937 random{2026};
    Scrape before = server.scrape();
    std::size_t openings = 0;
    for (int round = 0; round != 60; ++round) {
        for (int step = 0; step != 20; ++step) {
            switch (random() % 40) {
                case 0: breaker.reset(); break;
                case 1: breaker.disable(); break;
                case 2: breaker.metrics_only(); break;
                case 3: breaker.force_open(); break;
                case 4: breaker.open_for(500ms); break;
                case 5:
                case 6: clock.advance(700ms); break;
                default:
                    if (auto permission = breaker.try_acquire()) {
                        if (random() % 2 == 0) {
                            permission->failed();
                        } else {
                            permission->succeeded();
                        }
                    }
            }
        }
        const Scrape after = server.scrape();
        CHECK(after.series.size() == before.series.size());
        for (const auto& [series, value] : before.series) {
            if (after.kinds.at(series.metric) == "counter") {
                CHECK(after.series.at(series) >= value);
            }
        }
        before = after;
    }
    double transitions = 0.0;
    for (const auto& [labels, count] : heard) {
        CHECK(before.at("transitions_total", labels) == count);
        transitions += count;
        openings += labels.at("to") == "open" ? 1 : 0;
    }
    CHECK(openings > 2);
    double total = 0.0;
    for (const auto& [series, value] : before.series) {
        if (series.metric == "fluxgate_circuit_breaker_transitions_total") {
            total += value;
        }
    }
    CHECK(total == transitions);
    const fg::TotalCounts totals = *breaker.info().totals;
    const auto calls = [&](const std::string& outcome) {
        return before.at("calls_total", {{"name", "payments"}, {"outcome", outcome}});
    };
    CHECK(calls("success") == static_cast<double>(totals.succeeded));
    CHECK(calls("failure") == static_cast<double>(totals.failed));
    CHECK(calls("rejected") == static_cast<double>(totals.rejected));
}

TEST_CASE("a name comes back as it was, whatever is in it") {
    fg::Registry registry;
    const std::string name = "a \"b\" \\c\n{d=\"e\"} 1\t\xc3\xa9";
    const CircuitBreaker breaker{Name{name}, Registered{registry}};
    const Page page{registry};
    CHECK(page.scrape().count("state", name) == 6);
}

TEST_CASE("names that are no UTF-8 become valid, each another, whatever others there are") {
    fg::Registry registry;
    const CircuitBreaker first{Name{"a\xfe"}, Registered{registry}};
    const Page page{registry};
    CHECK(page.scrape().count("state", "a" + replaced + "fe") == 6);
    const CircuitBreaker second{Name{"a\xff"}, Registered{registry}};
    const CircuitBreaker third{Name{"a" + replaced}, Registered{registry}};
    const CircuitBreaker fourth{Name{"a" + replaced + "fe"}, Registered{registry}};
    const Scrape scrape = page.scrape();
    CHECK(scrape.count("state", "a" + replaced + "fe") == 6);
    CHECK(scrape.count("state", "a" + replaced + "ff") == 6);
    CHECK(scrape.count("state", "a" + replaced + replaced) == 6);
    CHECK(scrape.count("state", "a" + replaced + replaced + "fe") == 6);
}

TEST_CASE("a breaker that is gone takes its series along, and its transitions") {
    fg::Registry registry;
    fg::PrometheusCollector collector{registry};
    const auto made = [&](const std::string& name) {
        const std::vector<prometheus::MetricFamily> families = collector.Collect();
        for (const prometheus::ClientMetric& metric : families.at(3).metric) {
            if (metric.label.at(0).value == name && metric.counter.value > 0.0) {
                return true;
            }
        }
        return false;
    };
    for (int i = 0; i != 1000; ++i) {
        CircuitBreaker breaker{Name{"host " + std::to_string(i)}, Registered{registry}};
        breaker.disable();
    }
    for (const prometheus::MetricFamily& family : collector.Collect()) {
        CHECK(family.metric.empty());
    }
    // Long forgotten.
    const CircuitBreaker again{Name{"host 0"}, Registered{registry}};
    CHECK_FALSE(made("host 0"));
}

TEST_CASE("a breaker that is made anew under its name begins at zero in all its counters") {
    fg::Registry registry;
    const Page page{registry};
    const auto failures = [&] {
        return page.scrape().at("calls_total", {{"name", "a"}, {"outcome", "failure"}});
    };
    const auto openings = [&] {
        return page.scrape().at(
            "transitions_total",
            {{"name", "a"}, {"from", "closed"}, {"to", "open"}, {"reason", "tripped"}});
    };
    {
        CircuitBreaker breaker{fg::FailureStreak{1}, Name{"a"}, Registered{registry}};
        breaker.try_acquire()->failed();
        CHECK(failures() == 1);
        CHECK(openings() == 1);
    }
    CHECK(page.scrape().count("transitions_total", "a") == 0);
    CircuitBreaker breaker{fg::FailureStreak{1}, Name{"a"}, Registered{registry}};
    CHECK(failures() == 0);
    CHECK(openings() == 0);
    breaker.try_acquire()->failed();
    breaker.reset();
    breaker.try_acquire()->failed();
    CHECK(failures() == 2);
    CHECK(openings() == 2);
}

TEST_CASE("the transitions of those who are there are kept, however many there are") {
    fg::Registry registry;
    const Page page{registry};
    std::vector<std::unique_ptr<RegisteredBreaker>> breakers;
    constexpr int count = 200;
    for (int i = 0; i != count; ++i) {
        breakers.push_back(std::make_unique<RegisteredBreaker>(Name{"host " + std::to_string(i)},
                                                               Registered{registry}));
        breakers.back()->disable();
    }
    const Scrape scrape = page.scrape();
    for (int i = 0; i != count; ++i) {
        CHECK(scrape.at("transitions_total", {{"name", "host " + std::to_string(i)},
                                              {"from", "closed"},
                                              {"to", "disabled"},
                                              {"reason", "command"}}) == 1);
    }
}

TEST_CASE("breakers come and go while they are scraped") {
    fg::Registry registry;
    fg::PrometheusCollector collector{registry};
    std::atomic<bool> is_over{false};
    std::vector<std::thread> threads;
    for (int thread = 0; thread != 2; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; !is_over; ++i) {
                CircuitBreaker breaker{
                    fg::FailureStreak{1},
                    Name{"host " + std::to_string(thread) + "/" + std::to_string(i % 100)},
                    Registered{registry}};
                breaker.try_acquire()->failed();
            }
        });
    }
    for (int i = 0; i != 200; ++i) {
        CHECK(collector.Collect().size() == 15);
    }
    is_over = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(collector.Collect().at(0).metric.empty());
}
