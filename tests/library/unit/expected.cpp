// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/expected.hpp>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

using fluxgate::bad_expected_access;
using fluxgate::expected;
using fluxgate::unexpected;

namespace {

struct Pinned {
    explicit Pinned(int number) : value{number} {}
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    int value;
};

}  // namespace

#ifdef __cpp_lib_expected
static_assert(std::is_same_v<expected<int, char>, std::expected<int, char>>);
#endif

// What std::expected and the class that stands in for it have in common.

TEST_CASE("an expected holds a value") {
    expected<std::string, int> good{"yes"};
    REQUIRE(good);
    CHECK(good.has_value());
    CHECK(*good == "yes");
    CHECK(good->size() == 3);
    CHECK(good.value() == "yes");
    CHECK(good.value_or("no") == "yes");
    CHECK(expected<std::string, int> {} -> empty());
    good.value() += '!';
    CHECK(expected<std::string, int>{good}.value() == "yes!");
    CHECK(*std::move(good) == "yes!");
}

TEST_CASE("an expected holds an error") {
    const expected<std::string, int> bad{unexpected{7}};
    CHECK_FALSE(bad);
    CHECK(bad.error() == 7);
    CHECK(bad.value_or("no") == "no");
    CHECK_THROWS_AS(bad.value(), bad_expected_access<int>);
    try {
        static_cast<void>(bad.value());
    } catch (const std::exception& error) {
        CHECK(std::string{error.what()}.find("expected") != std::string::npos);
    }
}

TEST_CASE("an expected tells a value from an error of the same type") {
    CHECK(expected<int, int>{1}.has_value());
    CHECK_FALSE(expected<int, int>{unexpected{1}}.has_value());
}

TEST_CASE("an expected of nothing is a success or an error") {
    const expected<void, int> good;
    CHECK(good);
    good.value();
    const expected<void, int> bad{unexpected{7}};
    CHECK_FALSE(bad);
    CHECK(bad.error() == 7);
    CHECK_THROWS_AS(bad.value(), bad_expected_access<int>);
}

TEST_CASE("an expected holds values that cannot be copied or moved") {
    expected<std::unique_ptr<int>, int> movable{std::make_unique<int>(5)};
    CHECK(*std::move(movable).value() == 5);
    const expected<Pinned, int> pinned{std::in_place, 3};
    CHECK(pinned->value == 3);
}
