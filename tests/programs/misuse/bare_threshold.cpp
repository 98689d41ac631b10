// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a duration needs its unit: write 5s or std::chrono::seconds{5}, not 5

#include <fluxgate/fluxgate.hpp>

fluxgate::SlowRate slow{0.5, 1.5};
