// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>

#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

std::string canonical(std::string_view text) {
    return to_string(parse_policies(text));
}

struct Wrong {
    std::string text;
    std::size_t column;
    std::string expectation;
};

/// A text of clauses that are right, or nearly so, drawn at random.
class Author {
public:
    explicit Author(unsigned seed) : random_{seed} {}

    std::string text() {
        std::string text;
        for (const char* const clause : {"preset", "window", "trip", "wait", "permit", "overdue"}) {
            if (draw(2) == 0) {
                text +=
                    std::string{clause} + blank() + '=' + blank() + value(clause) + blank() + ';';
            }
        }
        return text;
    }

    /// Changes, drops or adds some bytes.
    std::string damaged(std::string text) {
        constexpr std::string_view bytes = "();,=|&.-+e0159 smhnu_\n\xff";
        for (std::size_t i = 1 + draw(3); i != 0 && !text.empty(); --i) {
            const std::size_t place = draw(text.size());
            switch (draw(3)) {
                case 0: text[place] = pick(bytes); break;
                case 1: text.erase(place, 1 + draw(4)); break;
                default: text.insert(place, 1, pick(bytes)); break;
            }
        }
        return text;
    }

private:
    std::size_t draw(std::size_t below) { return random_() % below; }
    char pick(std::string_view from) { return from[draw(from.size())]; }
    std::string one_of(std::vector<std::string> all) { return all[draw(all.size())]; }
    std::string blank() { return one_of({"", "", " ", "\n\t "}); }

    std::string duration() {
        return one_of({"1ns", "250us", "500ms", "1s", "1.5s", "0.25min", "2h", "0s", "-1s", "1",
                       "9223372036854775807ns", "9223372037s", "0.1ns", "10s"});
    }
    std::string ratio() { return one_of({"0.5", "1", "0.1", "1e-3", "0", "1.1", "-0.5", "1e400"}); }
    std::string number() { return one_of({"0", "0.5", "2", "5", "1e9", "-1", "1e400"}); }
    std::string count() { return one_of({"1", "8", "20", "4294967295", "0", "4294967296", "1.5"}); }

    std::string value(std::string_view clause) {
        if (clause == "preset") {
            return one_of({"request_response", "request_response(" + duration() + ')'});
        }
        if (clause == "window") {
            const std::string window = one_of(
                {"count_window", "count_window(" + count() + ')', "time_window(" + duration() + ')',
                 "time_window(" + duration() + "," + duration() + ')'});
            return draw(4) == 0 ? "keep_durations(" + window + ')' : window;
        }
        if (clause == "wait") {
            return one_of(
                {"always", "never", "cooldown(" + duration() + ')',
                 "cooldown(" + duration() + ',' + ratio() + ')',
                 "backoff(" + duration() + ',' + number() + ',' + duration() + ',' + ratio() + ')',
                 "square_root_wait(" + duration() + ',' + duration() + ')'});
        }
        if (clause == "permit") {
            return one_of({"all", "random(" + ratio() + ')', "ramp_up",
                           "ramp_up(" + ratio() + ',' + ratio() + ')', "single_trial",
                           "trials(" + count() + ')', "trials(" + count() + ',' + count() + ')',
                           "slow_start(" + count() + ',' + duration() + ')'});
        }
        if (clause == "state") {
            return one_of({"closed", "disabled", "metrics_only()", "forced_open"});
        }
        return clause == "overdue" ? one_of({"none", duration()}) : expression(3);
    }

    std::string expression(int depth) {
        if (depth == 0 || draw(3) == 0) {
            return one_of({"closed", "half_opened()", "min_requests(" + count() + ')',
                           "failure_rate(" + ratio() + ')', "failure_count(" + count() + ')',
                           "slow_rate(" + ratio() + ',' + duration() + ')',
                           "avg_latency(" + duration() + ')', "failure_streak(" + count() + ')',
                           "failure_score", "failure_score(" + number() + ',' + number() + ')'});
        }
        const std::string joined =
            expression(depth - 1) + blank() + one_of({"&", "|"}) + blank() + expression(depth - 1);
        return draw(2) == 0 ? '(' + joined + ')' : joined;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("a text of policies is printed with all arguments, and its clauses in one order") {
    CHECK(
        canonical("wait = backoff(1s); trip = failure_streak(5)|min_requests(20)&(failure_rate("
                  "0.5)|slow_rate(0.3,1s)); window=time_window(10s) ;; permit = single_trial;"
                  "overdue=500ms; preset=request_response") ==
        "preset = request_response(1s); window = time_window(10s, 1s); "
        "trip = failure_streak(5) | (min_requests(20) & (failure_rate(0.5) | slow_rate(0.3, 1s)));"
        " wait = backoff(1s, 2, 5min, 0); permit = single_trial(30s); overdue = 500ms");
    CHECK(canonical("").empty());
    CHECK(canonical(" ;\n; ").empty());
    CHECK(canonical("trip = closed & (half_opened & (closed))") ==
          "trip = closed & half_opened & closed");
    CHECK(canonical("trip = (closed | half_opened) | closed") ==
          "trip = closed | half_opened | closed");
    CHECK(canonical("permit = trials(5)") == "permit = trials(5, 5, 30s)");
    CHECK(canonical("permit = ramp_up") == "permit = ramp_up(0.1, 1, 1min)");
    CHECK(canonical("window = keep_durations(count_window)") ==
          "window = keep_durations(count_window(100))");
    CHECK(canonical("overdue = none") == "overdue = none");
    CHECK(canonical("wait = square_root_wait()") == "wait = square_root_wait(500ms, 30s, 0.25)");
    CHECK(canonical("wait = linear(30s)") == "wait = linear(30s, 5min, 0)");
    CHECK(canonical("state = disabled(); trip = failure_count(3)") ==
          "trip = failure_count(3); state = disabled");
    CHECK(canonical("trip = failure_score") == "trip = failure_score(5, 0.63, 2)");
}

TEST_CASE("numbers and durations are read to the last digit") {
    CHECK(canonical("overdue = 1.5min") == "overdue = 90s");
    CHECK(canonical("overdue = 0.0000000000025h") == "overdue = 9ns");
    CHECK(canonical("overdue = .5s") == "overdue = 500ms");
    CHECK(canonical("overdue = 1.s") == "overdue = 1s");
    CHECK(canonical("overdue = 0000000000000000000001.00000000000000000000s") == "overdue = 1s");
    CHECK(canonical("overdue = 9223372036854775807ns") == "overdue = 9223372036854775807ns");
    CHECK(canonical("overdue = 9223372036.854775807s") == "overdue = 9223372036854775807ns");
    CHECK(canonical("permit = random(5e-1)") == "permit = random(0.5)");
    CHECK(canonical("permit = random(0.1000000000000000055511151231257827)") ==
          "permit = random(0.1)");
    CHECK(canonical("permit = random(0.30000000000000004)") ==
          "permit = random(0.30000000000000004)");
    CHECK(canonical("trip = failure_score(1, -0.0)") == "trip = failure_score(1, 0, 2)");
}

TEST_CASE("texts with the same meaning are equal, and others are not") {
    CHECK(parse_policies("wait = cooldown(60s)") == parse_policies(" wait=cooldown( 1min,0 ) ;"));
    CHECK(parse_policies("wait = cooldown(60s)") != parse_policies("wait = cooldown(61s)"));
    CHECK(parse_policies("window = count_window(100)") != parse_policies(""));
    CHECK(parse_policies("trip = closed & half_opened") !=
          parse_policies("trip = half_opened & closed"));
    CHECK(Policies{} == parse_policies(""));
}

TEST_CASE("what is wrong with a text is told with its column and what was expected") {
    const std::string trippers =
        "expected min_requests, failure_rate, failure_count, slow_rate, avg_latency, "
        "failure_streak, "
        "failure_score, closed or half_opened";
    const std::string unit = "expected a duration with its unit: ns, us, ms, s, min or h";
    const Wrong wrong = GENERATE_COPY(values<Wrong>({
        {"x", 1, "expected a clause: preset, window, trip, wait, permit, overdue or state"},
        {" Window = all", 2,
         "expected a clause: preset, window, trip, wait, permit, overdue or state"},
        {"\xc3\xa9", 1, "expected a clause: preset, window, trip, wait, permit, overdue or state"},
        {"wait", 5, "expected '=' after wait"},
        {"wait cooldown(1s)", 6, "expected '=' after wait"},
        {"wait =", 7, "expected cooldown, backoff, linear, square_root_wait, always or never"},
        {"wait = cooldown", 16, "expected '(' after cooldown"},
        {"wait = cooldown(", 17, "expected Cooldown's duration, a duration such as 500ms"},
        {"wait = cooldown()", 17, "expected Cooldown's duration, a duration such as 500ms"},
        {"wait = cooldown(1)", 17, unit},
        {"wait = cooldown(1 s)", 17, unit},
        {"wait = cooldown(1e3s)", 17, unit},
        {"wait = cooldown(1s", 19, "expected ')' or ',' after an argument of cooldown"},
        {"wait = cooldown(1s, 0.1, 2)", 26, "expected ')': cooldown has 2 arguments at most"},
        {"wait = cooldown(1s) x", 21, "expected ';' or the end"},
        {"wait = cooldown(1s); wait = never", 22, "expected another clause: there is wait already"},
        {"wait = never(1)", 14, "expected ')': never has 0 arguments at most"},
        {"trip = slow_rate(0.5)", 21,
         "expected ',' and SlowRate's threshold, a duration such as 500ms"},
        {"trip = closed |", 16, trippers},
        {"trip = closed | & closed", 17, trippers},
        {"trip = (closed", 15, "expected ')' after the expression"},
        {"trip = closed closed", 15, "expected ';' or the end"},
        {"trip = failure_rate(x)", 21, "expected FailureRate's ratio"},
        {"trip = failure_rate(1e)", 21, "expected FailureRate's ratio"},
        {"trip = failure_rate(0)", 21, "FailureRate's ratio must be in (0, 1], but is 0"},
        {"trip = failure_rate(1e999)", 21, "FailureRate's ratio must be in (0, 1], but is 1e999"},
        {"trip = failure_rate(nan)", 21, "expected FailureRate's ratio"},
        {"trip = min_requests(1.0)", 21,
         "MinRequests' count must be a whole number in [1, 4294967295], but is 1.0"},
        {"trip = min_requests(-1)", 21,
         "MinRequests' count must be a whole number in [1, 4294967295], but is -1"},
        {"window = count_window(1048577)", 23,
         "CountWindow's size must be a whole number in [1, 1048576], but is 1048577"},
        {"window = keep_durations(keep_durations(count_window))", 25,
         "expected count_window or time_window"},
        {"overdue = soon", 11, "expected a duration, such as 500ms, or none"},
        {"overdue = 0s", 11,
         "Overdue's threshold must be above 0 s and at most 292 years, but is 0s"},
        {"overdue = 9223372036854775808ns", 11,
         "Overdue's threshold must be above 0 s and at most 292 years, but is "
         "9223372036854775808ns"},
        {"overdue = 0.5ns", 11,
         "Overdue's threshold must be a whole number of nanoseconds, but is 0.5ns"},
        {"wait = backoff(10s, 2, 5s)", 24,
         "Backoff's max must be at least its initial of 10 s, but is 5 s"},
        {"wait = backoff(400s)", 8,
         "Backoff's max must be at least its initial of 400 s, but is 300 s"},
        {"wait = square_root_wait(2s, 1s)", 29,
         "SquareRootWait's most must be at least its least of 2 s, but is 1 s"},
        {"permit = ramp_up(0.5, 0.2)", 23,
         "RampUp's final must be at least its initial of 0.5, but is 0.2"},
        {"permit = trials(3, 5)", 20, "Trials' needed must be at most its calls of 3, but is 5"},
        {"window = time_window(1500ms)", 22,
         "TimeWindow's span must be a whole multiple, from 1 to 1048576, of its bucket of 1 s, "
         "but is 1.5 s"},
        {"trip = failure_score(5, 0.63, 1) | failure_score(5, 0.63, 2)", 59,
         "FailureScore's forgives must be the same in one expression, where it is 1 already, but "
         "is 2"},
    }));
    CAPTURE(wrong.text);
    const expected<Policies, PolicyError> result = try_parse_policies(wrong.text);
    REQUIRE_FALSE(result);
    CHECK(result.error().column() == wrong.column);
    CHECK(result.error().expectation() == wrong.expectation);
    CHECK(error_of([&] { (void)parse_policies(wrong.text); }) ==
          "fluxgate: column " + std::to_string(wrong.column) + ": " + wrong.expectation);
}

TEST_CASE("texts are bounded") {
    const auto nested = [](std::size_t depth) {
        return "trip = " + std::string(depth, '(') + "closed" + std::string(depth, ')');
    };
    CHECK(canonical(nested(24)) == "trip = closed");
    CHECK(try_parse_policies(nested(25)).error().column() == 7 + 25);
    CHECK_FALSE(try_parse_policies(nested(100'000)));

    std::string trippers = "trip = closed";
    std::string thresholds = "trip = slow_rate(0.5, 1s)";
    for (int i = 1; i != 64; ++i) {
        trippers += " | closed";
        if (i < 8) {
            thresholds += " | slow_rate(0.5, " + std::to_string(1 + i) + "s)";
        }
    }
    CHECK(canonical(trippers) == trippers);
    CHECK(try_parse_policies(trippers + " | closed").error().expectation() ==
          "expected at most 64 trippers");
    CHECK(canonical(thresholds + " | slow_rate(0.9, 1s)").size() > thresholds.size());
    CHECK(try_parse_policies(thresholds + " | slow_rate(0.5, 9s)").error().expectation() ==
          "expected at most 8 different thresholds");

    std::string windows = "window = ";
    for (int i = 0; i != 100'000; ++i) {
        windows += "keep_durations(";
    }
    CHECK_FALSE(try_parse_policies(windows));
}

TEST_CASE(
    "what is printed is read again as the same, and nothing that is damaged is more than wrong") {
    Author author{2026};
    std::size_t right = 0;
    for (int i = 0; i != 5000; ++i) {
        std::string text = author.text();
        if (i % 2 == 1) {
            text = author.damaged(std::move(text));
        }
        CAPTURE(text);
        const auto policies = try_parse_policies(text);
        if (!policies) {
            CHECK(policies.error().column() >= 1);
            CHECK(policies.error().column() <= text.size() + 1);
            continue;
        }
        ++right;
        const std::string printed = to_string(*policies);
        const auto again = try_parse_policies(printed);
        REQUIRE(again);
        CHECK(*again == *policies);
        CHECK(to_string(*again) == printed);
    }
    CHECK(right > 500);
}

namespace {

/// Returns whether the constructor takes these arguments.
template <class Make>
bool is_taken(Make make) {
    return error_of([&] { (void)make(); }).empty();
}

}  // namespace

TEST_CASE("a text takes what the constructors take, and refuses what they refuse") {
    struct Duration {
        std::string text;
        std::chrono::nanoseconds value;
    };
    const std::vector<Duration> durations{
        {"1ns", 1ns},
        {"999ms", 999ms},
        {"1s", 1s},
        {"1500ms", 1500ms},
        {"30s", 30s},
        {"0s", 0s},
        {"-1s", -1s},
        {"20h", 20h},
        {"9223372036854775807ns", std::chrono::nanoseconds::max()}};
    struct Real {
        std::string text;
        double value;
    };
    const std::vector<Real> reals{{"0", 0.0},     {"1e-9", 1e-9}, {"0.5", 0.5}, {"1", 1.0},
                                  {"1.01", 1.01}, {"-1", -1.0},   {"5", 5.0}};
    const auto agree = [](const std::string& text, bool taken) {
        CAPTURE(text);
        CHECK(try_parse_policies(text).has_value() == taken);
    };
    for (const Duration& one : durations) {
        for (const Duration& two : durations) {
            agree("window = time_window(" + one.text + ", " + two.text + ")",
                  is_taken([&] { return TimeWindow{one.value, two.value}; }));
            agree("wait = square_root_wait(" + one.text + ", " + two.text + ")",
                  is_taken([&] { return SquareRootWait{one.value, two.value}; }));
            agree("wait = linear(" + one.text + ", " + two.text + ")",
                  is_taken([&] { return Linear{one.value, two.value}; }));
            for (const Real& real : reals) {
                agree("wait = backoff(" + one.text + ", " + real.text + ", " + two.text + ")",
                      is_taken([&] { return Backoff{one.value, real.value, two.value}; }));
            }
        }
        for (const Real& real : reals) {
            agree("wait = cooldown(" + one.text + ", " + real.text + ")",
                  is_taken([&] { return Cooldown{one.value, real.value}; }));
            agree("trip = slow_rate(" + real.text + ", " + one.text + ")",
                  is_taken([&] { return SlowRate{real.value, one.value}; }));
        }
        agree("preset = request_response(" + one.text + ")",
              is_taken([&] { return presets::request_response(one.value); }));
        agree("trip = avg_latency(" + one.text + ")",
              is_taken([&] { return AvgLatency{one.value}; }));
        agree("permit = single_trial(" + one.text + ")",
              is_taken([&] { return SingleTrial{one.value}; }));
        agree("overdue = " + one.text, is_taken([&] { return Overdue{one.value}; }));
    }
    for (const Real& one : reals) {
        for (const Real& two : reals) {
            agree("permit = ramp_up(" + one.text + ", " + two.text + ")",
                  is_taken([&] { return RampUp{one.value, two.value}; }));
            agree("trip = failure_score(" + one.text + ", " + two.text + ", " + one.text + ")",
                  is_taken([&] { return FailureScore{one.value, two.value, one.value}; }));
        }
        agree("trip = failure_rate(" + one.text + ")",
              is_taken([&] { return FailureRate{one.value}; }));
        agree("permit = random(" + one.text + ")", is_taken([&] { return Random{one.value}; }));
    }
    for (const long long one : {-1LL, 0LL, 1LL, 7LL, 4294967295LL, 4294967296LL}) {
        const std::string text = std::to_string(one);
        agree("trip = min_requests(" + text + ")", is_taken([&] { return MinRequests{one}; }));
        agree("trip = failure_count(" + text + ")", is_taken([&] { return FailureCount{one}; }));
        agree("trip = failure_streak(" + text + ")", is_taken([&] { return FailureStreak{one}; }));
        agree("permit = slow_start(" + text + ")", is_taken([&] { return SlowStart{one}; }));
        for (const long long two : {-1LL, 0LL, 1LL, 7LL, 8LL, 4294967295LL}) {
            agree("permit = trials(" + text + ", " + std::to_string(two) + ")",
                  is_taken([&] { return Trials{one, two}; }));
        }
    }
}
