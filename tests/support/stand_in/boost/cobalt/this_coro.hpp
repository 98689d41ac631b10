// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/this_coro.hpp>

namespace boost::cobalt::this_coro {

using namespace asio::this_coro;

}  // namespace boost::cobalt::this_coro
