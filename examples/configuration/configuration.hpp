// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// The policies of many breakers in a TOML file:
//
//     [base]                                   what all have
//     trip = "failure_streak(5)"
//     wait = "cooldown(30s)"
//
//     [breakers.prices]                        what this one has in its place
//     trip = "failure_streak(3)"

#include <fluxgate/policy_text.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace configuration {

/// The policies of each breaker, by its name.
using PoliciesByName = std::map<std::string, fluxgate::Policies, std::less<>>;

/// What a file says.
struct Configuration {
    PoliciesByName policies;
    /// What it says it of: each table, and each clause behind the name of its table.
    std::set<std::string> given;
};

/// Throws what is wrong in a line of the file.
[[noreturn]] inline void fail(const std::string& file, const toml::source_region& place,
                              const std::string& what) {
    std::ostringstream sentence;
    sentence << file << ':' << place.begin.line << ": " << what;
    throw std::runtime_error{sentence.str()};
}

/// What the clauses of a table say, by their names.
using Clauses = std::map<std::string, std::string, std::less<>>;

/// Reads the clauses of a table in the place of those that there are. Each is parsed by itself, so
/// that an error names its line.
inline void read_clauses(const toml::table& table, const std::string& file, Clauses& clauses) {
    for (const auto& [key, node] : table) {
        const std::string clause{key.str()};
        const auto* const value = node.as_string();
        if (value == nullptr) {
            fail(file, node.source(), clause + ": expected a text in quotation marks");
        }
        if (value->get().find(';') != std::string::npos) {
            fail(file, node.source(), clause + ": expected one clause, but there is a ';'");
        }
        const std::string before = clause + " = ";
        const auto policies = fluxgate::try_parse_policies(before + value->get());
        if (!policies) {
            const std::size_t column = policies.error().column();
            const std::string expectation{policies.error().expectation()};
            if (column <= before.size()) {
                fail(file, node.source(), expectation);
            }
            fail(file, node.source(),
                 clause + ", column " + std::to_string(column - before.size()) +
                     " of the text: " + expectation);
        }
        clauses[clause] = value->get();
    }
}

/// Returns the table of this name; null where there is none.
inline const toml::table* table_of(const toml::table& parent, std::string_view name,
                                   const std::string& file) {
    const toml::node* const node = parent.get(name);
    if (node != nullptr && !node->is_table()) {
        fail(file, node->source(), std::string{name} + ": expected a table");
    }
    return node != nullptr ? node->as_table() : nullptr;
}

/// Throws unless all keys of the table are among the names.
template <class Names>
void expect_keys(const toml::table& table, const Names& names, const std::string& file,
                 const std::string& what) {
    for (const auto& [key, node] : table) {
        if (std::ranges::find(names, key.str()) == std::ranges::end(names)) {
            fail(file, node.source(), "there is no " + what + ' ' + std::string{key.str()});
        }
    }
}

/// Adds what a table is of, and its clauses.
inline void add_given(const std::string& name, const toml::table& table,
                      std::set<std::string>& given) {
    given.insert('[' + name + ']');
    for (const auto& [key, node] : table) {
        given.insert('[' + name + "] " + std::string{key.str()});
    }
}

/// Returns the policies of the breakers of these names. Throws `std::exception` with the line of
/// the file where the text is wrong, and where it is empty; `file` is its name.
inline Configuration parse(const std::string& text, const std::string& file,
                           std::span<const std::string_view> names) {
    toml::table root;
    try {
        root = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        fail(file, error.source(), std::string{error.description()});
    }
    constexpr std::string_view sections[] = {"base", "breakers"};
    expect_keys(root, sections, file, "section");

    if (root.empty()) {
        // Far more often half a file than a wish; for that, [base] without a clause is enough.
        throw std::runtime_error{file + ": is empty; the defaults are a [base] without clauses"};
    }

    Configuration configuration;
    Clauses base;
    if (const toml::table* const table = table_of(root, "base", file)) {
        read_clauses(*table, file, base);
        add_given("base", *table, configuration.given);
    }
    const toml::table none;
    const toml::table* const found = table_of(root, "breakers", file);
    const toml::table& breakers = found != nullptr ? *found : none;
    expect_keys(breakers, names, file, "breaker");

    for (const std::string_view name : names) {
        Clauses clauses = base;
        if (const toml::table* const table = table_of(breakers, name, file)) {
            read_clauses(*table, file, clauses);
            add_given("breakers." + std::string{name}, *table, configuration.given);
        }
        std::string joined;
        for (const auto& [clause, value] : clauses) {
            joined += clause + " = " + value + "; ";
        }
        configuration.policies.emplace(name, fluxgate::parse_policies(joined));
    }
    return configuration;
}

/// Returns what a file says. Throws as `parse`, and where it cannot be read.
inline Configuration read(const std::string& file, std::span<const std::string_view> names) {
    std::ifstream in{file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in) {
        throw std::runtime_error{file + ": cannot be read"};
    }
    return parse(text, file, names);
}

/// Returns what a file says now that said something else before. Throws as `read`, and where it
/// lacks what it had: an editor may have written half of it by now. Whoever wants a default writes
/// it down, or starts the program anew.
inline Configuration read_again(const std::string& file, std::span<const std::string_view> names,
                                const Configuration& before) {
    Configuration now = read(file, names);
    std::string missing;
    for (const std::string& one : before.given) {
        if (!now.given.contains(one)) {
            missing += (missing.empty() ? "" : ", ") + one;
        }
    }
    if (!missing.empty()) {
        throw std::runtime_error{file + ": lacks what it had before: " + missing +
                                 "; a default is to be written down"};
    }
    return now;
}

}  // namespace configuration
