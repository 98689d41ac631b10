// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The file of policies: what it gives, and what is said where it is wrong.

#include "catch.hpp"

#include <fluxgate/policy_text.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <string_view>

#include <configuration.hpp>

namespace {

constexpr std::array<std::string_view, 2> names{"orders", "mail"};

std::string error_of(const std::string& text) {
    try {
        static_cast<void>(configuration::parse(text, "file.toml", names));
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a breaker has the clauses of its own table, and else those of the base") {
    const auto [policies, given] = configuration::parse(R"toml(
[base]
trip = "failure_streak(5)"
wait = "cooldown(30s)"
[breakers.mail]
wait = "cooldown(1h)"
overdue = "2s"
)toml",
                                                        "file.toml", names);
    REQUIRE(policies.size() == 2);
    CHECK(policies.at("orders") ==
          fluxgate::parse_policies("trip = failure_streak(5); wait = cooldown(30s)"));
    CHECK(policies.at("mail") == fluxgate::parse_policies("trip = failure_streak(5); "
                                                          "wait = cooldown(1h); overdue = 2s"));
}

TEST_CASE("a file gives the defaults where it says so, and not where it is empty") {
    CHECK(configuration::parse("[base]\n", "file.toml", names).policies.at("orders") ==
          fluxgate::Policies{});
    for (const char* const empty : {"", "\n", "# nothing yet\n"}) {
        CHECK(error_of(empty) == "file.toml: is empty; the defaults are a [base] without clauses");
    }
}

TEST_CASE("a file that lacks what it had is told, and one that has more is read") {
    const std::string path = "fluxgate_configuration_read_again.toml";
    const auto write = [&](const std::string& text) { std::ofstream{path} << text; };
    const std::string base = "[base]\ntrip = \"failure_streak(5)\"\nwait = \"always\"\n";
    const std::string mail = "[breakers.mail]\nwait = \"never\"\n";
    write(base + mail);
    const configuration::Configuration before = configuration::read(path, names);
    const auto error_of_now = [&] {
        try {
            static_cast<void>(configuration::read_again(path, names, before));
        } catch (const std::exception& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    const std::string lacks = path + ": lacks what it had before: ";
    const std::string advice = "; a default is to be written down";
    // As far as an editor has come, line by line.
    write("");
    CHECK(error_of_now().find("is empty") != std::string::npos);
    write("[base]\n");
    CHECK(error_of_now() == lacks +
                                "[base] trip, [base] wait, [breakers.mail], "
                                "[breakers.mail] wait" +
                                advice);
    write(base);
    CHECK(error_of_now() == lacks + "[breakers.mail], [breakers.mail] wait" + advice);
    write(base + "[breakers.mail]\n");
    CHECK(error_of_now() == lacks + "[breakers.mail] wait" + advice);
    write(base + mail + "overdue = \"2s\"\n");
    CHECK(error_of_now().empty());
    CHECK(configuration::read_again(path, names, before).policies.at("mail") ==
          fluxgate::parse_policies("trip = failure_streak(5); wait = never; overdue = 2s"));
    std::remove(path.c_str());
}

TEST_CASE("what is wrong in a file is told with its line, and the column of the text") {
    CHECK(error_of("[base]\ntrip = \"failure_rate(1.5)\"") ==
          "file.toml:2: trip, column 14 of the text: FailureRate's ratio must be in (0, 1], but is "
          "1.5");
    CHECK(error_of("[breakers.mail]\ntrips = \"failure_streak(5)\"") ==
          "file.toml:2: expected a clause: preset, window, trip, wait, permit, overdue or state");
    CHECK(error_of("[base]\ntrip = 5") == "file.toml:2: trip: expected a text in quotation marks");
    CHECK(error_of("[base]\ntrip = \"failure_streak(5); wait = never\"") ==
          "file.toml:2: trip: expected one clause, but there is a ';'");
    CHECK(error_of("[breakers.mial]\n") == "file.toml:1: there is no breaker mial");
    CHECK(error_of("[bases]\n") == "file.toml:1: there is no section bases");
    CHECK(error_of("base = 1\n") == "file.toml:1: base: expected a table");
    CHECK(error_of("[base\n").starts_with("file.toml:1: "));
}

TEST_CASE("a file that is not there is told") {
    CHECK_THROWS_WITH(configuration::read("/nowhere/file.toml", names),
                      "/nowhere/file.toml: cannot be read");
}
