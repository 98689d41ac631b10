// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

/// The version of the library, by the rules of semantic versioning. While the major number is 0, a
/// new minor number may change the interface.
#define FLUXGATE_VERSION_MAJOR 0
#define FLUXGATE_VERSION_MINOR 1
#define FLUXGATE_VERSION_PATCH 0
