// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "simulation.hpp"

#include "catch.hpp"
#include "comparison.hpp"
#include "report.hpp"
#include "systems.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace protection;

namespace {

/// What an attempt came to, as a guard learns it.
struct Settled {
    Time at;
    Outcome outcome;
    Time took;
};

/// Admits every attempt, and writes down what came of it.
class Recorder : public Guard {
public:
    explicit Recorder(std::vector<Settled>& settled) : settled_{settled} {}
    std::optional<Ticket> admit(Time /*now*/, const Prospect& /*prospect*/) override {
        return Ticket{};
    }
    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time took) override {
        settled_.push_back(Settled{now, outcome, took});
    }

private:
    std::vector<Settled>& settled_;
};

System recording(std::vector<Settled>& settled) {
    return System{"recorder", [&settled](Random&) -> std::unique_ptr<Guard> {
                      return std::make_unique<Recorder>(settled);
                  }};
}

System named(const std::string& name) {
    const std::vector<System> all = systems();
    return *std::ranges::find(all, name, &System::name);
}

Scenario scenario(const std::string& name, std::uint64_t seed = 1, int clients = 1) {
    const std::vector<Scenario> all = all_scenarios(seed, clients);
    return *std::ranges::find(all, name, &Scenario::name);
}

bool near(double value, double expected, double margin) {
    return std::abs(value - expected) <= margin;
}

double count(const std::vector<Settled>& settled, Outcome outcome) {
    return static_cast<double>(std::ranges::count(settled, outcome, &Settled::outcome));
}

}  // namespace

TEST_CASE("a healthy service answers every call, after about its median time") {
    std::vector<Settled> settled;
    const Result result = simulate(Scenario{}, recording(settled), 1);

    CHECK(result.offered > 55'000);
    CHECK(result.offered < 65'000);
    CHECK(result.answered == result.offered);
    CHECK(result.waited_in_vain == Time{});
    CHECK(result.until_recovered == std::nullopt);

    std::ranges::sort(settled, {}, &Settled::took);
    const double median = in_seconds(settled[settled.size() / 2].took);
    CHECK(median > 0.038);
    CHECK(median < 0.044);
}

TEST_CASE("a service that hangs lets every call time out") {
    std::vector<Settled> settled;
    const Scenario down = scenario("down 60 s, hangs");
    const Result result = simulate(down, recording(settled), 1);

    CHECK(result.failed == count(settled, Outcome::timed_out));
    CHECK(result.failed >= 0.98 * result.offered_while_broken);
    CHECK(near(in_seconds(result.waited_in_vain), result.failed, 1e-3));
    for (const Settled& each : settled) {
        if (each.outcome == Outcome::timed_out) {
            CHECK(each.took == seconds(1));
            CHECK(each.at >= down.outage->from);
        }
    }
}

TEST_CASE("a service that refuses says so within a millisecond") {
    std::vector<Settled> settled;
    const Result result = simulate(scenario("down 60 s, refuses"), recording(settled), 1);

    CHECK(count(settled, Outcome::refused) >= 0.99 * result.offered_while_broken);
    for (const Settled& each : settled) {
        if (each.outcome == Outcome::refused) {
            CHECK(each.took == seconds(0.001));
        }
    }
}

TEST_CASE("a service of too little capacity answers late, then turns calls away") {
    std::vector<Settled> settled;
    Scenario overloaded;
    overloaded.headroom = 0.8;
    const Result result = simulate(overloaded, recording(settled), 1);

    CHECK(result.answered < 0.2 * result.offered);
    CHECK(count(settled, Outcome::timed_out) > 0);
}

TEST_CASE("three errors in ten are what 30 % of the keys make") {
    std::vector<Settled> settled;
    const Result result = simulate(scenario("30 % of keys fail, 5 min"), recording(settled), 1);
    CHECK(near(result.failed / result.offered_while_broken, 0.3, 0.02));
}

TEST_CASE("half of the calls come to one of two nodes, which hangs or refuses") {
    std::vector<Settled> settled;
    const Result hanging =
        simulate(scenario("one of two nodes hangs, 2 min"), recording(settled), 1);
    CHECK(near(count(settled, Outcome::timed_out) / hanging.offered_while_broken, 0.5, 0.02));
    settled.clear();
    const Result refusing =
        simulate(scenario("one of two nodes refuses, 2 min"), recording(settled), 1);
    CHECK(near(count(settled, Outcome::refused) / refusing.offered_while_broken, 0.5, 0.02));
}

TEST_CASE("a rate limit lets so many calls a second through, and turns the others away at once") {
    std::vector<Settled> settled;
    const Scenario limited = scenario("a rate limit of 60 % of the calls, 2 min");
    const Result result = simulate(limited, recording(settled), 1);
    const double seconds_of_it = in_seconds(limited.outage->until - limited.outage->from);
    const double taken = result.offered_while_broken - result.failed;
    CHECK(near(taken / seconds_of_it, 120, 2));
    for (const Settled& each : settled) {
        CHECK((each.outcome == Outcome::answered || each.took == seconds(0.001)));
    }
}

TEST_CASE("a service that pauses answers afterwards what it had begun and what has come") {
    std::vector<Settled> settled;
    Scenario pausing;
    pausing.length = seconds(20);
    pausing.timeout = seconds(2);
    pausing.condition = [](Time now) {
        const bool pauses = now >= seconds(10) && now < seconds(11);
        return Condition{.mode = pauses ? Condition::Mode::pauses : Condition::Mode::up};
    };
    const Result result = simulate(pausing, recording(settled), 1);
    CHECK(result.answered == result.offered);
    for (const Settled& each : settled) {
        CHECK_FALSE((each.at > seconds(10) && each.at < seconds(11)));
    }
    // One without a call under way when the pause begins goes on, too.
    pausing.calls_per_second = 1;
    const Result rare = simulate(pausing, recording(settled), 1);
    CHECK(rare.answered == rare.offered);
}

TEST_CASE("a cache that a crash has emptied is warmed by calls, which take longer") {
    std::vector<Settled> settled;
    Scenario cold = scenario("a crash, then cold caches");
    cold.timeout = seconds(100);
    cold.headroom = 100;
    const Result result = simulate(cold, recording(settled), 1);
    CHECK(result.answered > 0.95 * result.offered);
    // All that missed took 25 times as long: about a second.
    const auto slow = std::ranges::count_if(settled, [&](const Settled& each) {
        return each.at > cold.outage->until && each.outcome == Outcome::answered &&
               each.took > seconds(0.25);
    });
    // More than there are entries: some miss while another call is still warming.
    CHECK(slow > 500);
    CHECK(slow < 5000);
    const auto at_the_end = std::ranges::count_if(settled, [&](const Settled& each) {
        return each.at > cold.length - seconds(60) && each.took > seconds(0.5);
    });
    CHECK(at_the_end == 0);
}

TEST_CASE("retries come after a backoff, as often as the scenario says") {
    std::vector<Settled> settled;
    Scenario failing;
    failing.length = seconds(100);
    failing.calls_per_second = 20;
    failing.headroom = 4;
    failing.retries = 2;
    failing.condition = [](Time) { return Condition{.error_share = 1}; };
    const Result result = simulate(failing, recording(settled), 1);

    CHECK(result.failed == result.offered);
    // Those that are due after the end are not made.
    CHECK(static_cast<double>(settled.size()) > 2.8 * result.offered);
    CHECK(static_cast<double>(settled.size()) <= 3 * result.offered);
}

TEST_CASE("every system faces the same calls, and a run does not depend on when it is made") {
    const Scenario flapping = scenario("flapping, 5 s down, 5 s up", 3, 50);
    const Result first = simulate(flapping, named("Hystrix"), 3);
    const Result second = simulate(flapping, named("Fluxgate preset"), 3);
    const Result again = simulate(flapping, named("Fluxgate preset"), 3);

    CHECK(first.offered == second.offered);
    CHECK(first.offered_while_broken == second.offered_while_broken);
    CHECK(second.answered == again.answered);
    CHECK(second.rejected == again.rejected);
    CHECK(second.waited_in_vain == again.waited_in_vain);
    CHECK(simulate(flapping, named("Hystrix"), 4).offered != first.offered);
}

TEST_CASE("the omniscient system rejects nothing wrongly, and no other answers more in an outage") {
    const Scenario down = scenario("down 60 s, hangs");
    const Result best = simulate(down, omniscient(), 1);
    CHECK(best.wrongly_rejected == 0);
    CHECK(best.failed == 0);
    for (const System& system : systems()) {
        CAPTURE(system.name);
        const Result result = simulate(down, system, 1);
        CHECK(result.answered <= best.answered);
        CHECK(result.offered == result.answered + result.rejected + result.failed);
    }
}

TEST_CASE("an outage is judged from its beginning to the first rejection, and from its end") {
    const Scenario down = scenario("down 60 s, hangs");
    const Result unprotected = simulate(down, named("no breaker"), 1);
    const Result preset = simulate(down, named("Fluxgate preset"), 1);

    CHECK(*unprotected.until_protected == down.outage->until - down.outage->from);
    CHECK(*preset.until_protected < seconds(1));
    CHECK(*unprotected.until_recovered < seconds(2));
    CHECK(*preset.until_recovered < seconds(10));
}

TEST_CASE("harm is good calls lost, and a quarter of those that failed and of time-outs waited") {
    Question question;
    question.scenario = "metastable";
    question.seeds = 1;
    question.systems = {named("Hystrix")};
    const Figures usual = compare(question).rows[0].figures[0][0];
    CHECK(usual.lost > 1);
    CHECK(usual.failed > 0.1);
    CHECK(usual.waited > 0.1);
    CHECK(near(usual.harm, usual.lost + (usual.failed + usual.waited) / 4, 1e-9));

    question.weight = 2;
    const Figures weighed = compare(question).rows[0].figures[0][0];
    CHECK(weighed.lost == usual.lost);
    CHECK(near(weighed.harm, usual.lost + 2 * (usual.failed + usual.waited), 1e-9));
}

TEST_CASE("a comparison ranks the systems, whichever thread ran what") {
    Question question;
    question.scenario = "down 60 s, hangs";
    question.seeds = 2;
    question.systems = {named("failsafe-go"), named("Fluxgate preset"), named("no breaker")};
    const Comparison comparison = compare(question);

    REQUIRE(comparison.rows.size() == 3);
    CHECK(comparison.rows.front().system == "Fluxgate preset");
    CHECK(std::ranges::is_sorted(comparison.rows, {}, [](const Row& row) { return row.harm(); }));
    CHECK(comparison.of("no breaker").figures[0].size() == 2);
    CHECK(comparison.of("no breaker").harm() == compare(question).of("no breaker").harm());
}

TEST_CASE("what cannot be compared is named") {
    Question question;
    question.scenario = "earthquake";
    std::string message;
    try {
        static_cast<void>(compare(question));
    } catch (const std::invalid_argument& error) {
        message = error.what();
    }
    CHECK(message.starts_with(
        "no scenario has \"earthquake\" in its name; there are\n  down 60 s, hangs\n"));
    question.scenario.clear();
    question.systems.clear();
    CHECK_THROWS_WITH(compare(question), "there is no system to compare");
    CHECK_THROWS_WITH(Comparison{}.of("Nemo"), "there is no system Nemo");
}

TEST_CASE("the picture has a row for each system, and its text is escaped") {
    Question question;
    question.scenario = "Down 2 s";
    question.systems = {named("no breaker"), named("Hystrix")};
    question.systems[0].name = "a < b & c";
    std::ostringstream out;
    write_picture(out, question);
    const std::string picture = out.str();

    CHECK(picture.find("a &lt; b &amp; c") != std::string::npos);
    CHECK(picture.find(">Hystrix<") != std::string::npos);
    CHECK(picture.ends_with("</svg>\n"));

    question.scenario = "down";
    CHECK_THROWS_WITH(write_picture(out, question),
                      "a picture shows one scenario, but 6 have \"down\" in their names");
}
