// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "shared.hpp"

#include <cstdio>

std::string fetch_name() {
    return "a name that is long enough for the heap";
}
int fetch_code() {
    return 200;
}

Payments& payments() {
    static Payments breaker{fluxgate::FailureStreak{5}};
    return breaker;
}

int main() {
    const int failed = check_cxx20() + check_cxx23() + check_no_rtti() + check_no_exceptions();
    std::printf("%d checks failed\n", failed);
    return failed;
}
