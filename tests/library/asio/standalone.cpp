// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include <fluxgate/asio.hpp>

#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>

#include <system_error>

namespace net = asio;
namespace errors = std;

#include "cases.hpp"
