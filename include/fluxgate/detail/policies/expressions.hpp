// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <tuple>
#include <utility>

// Expressions are flat: `a & b & c` is one `AllOf<A, B, C>`, evaluated by one fold.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

template <template <class...> class Expression, class T>
inline constexpr bool is_expression = false;
template <template <class...> class Expression, class... Operands>
inline constexpr bool is_expression<Expression, Expression<Operands...>> = true;

/// Returns the operands of an expression of this kind; anything else is one operand itself.
template <template <class...> class Expression, class T>
constexpr auto operands_of(T operand) {
    if constexpr (is_expression<Expression, T>) {
        return std::move(operand).operands();
    } else {
        return std::tuple<T>{std::move(operand)};
    }
}

template <template <class...> class Expression, class... Operands>
constexpr auto make_expression(std::tuple<Operands...> operands) {
    return Expression<Operands...>{std::move(operands)};
}

/// Returns `left` and `right` as one expression, without nesting one in another of its kind.
template <template <class...> class Expression, class Left, class Right>
constexpr auto joined(Left left, Right right) {
    return make_expression<Expression>(std::tuple_cat(operands_of<Expression>(std::move(left)),
                                                      operands_of<Expression>(std::move(right))));
}

}  // namespace fluxgate::inline v0_1::detail
