// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

struct redisContext;

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// How a `RedisFleet` finds its Redis, and how it uses it. Assign the members that are to be
/// another than the default.
struct RedisOptions {
    /// A name, an address, or, where it begins with a slash, the path of a socket. The system
    /// resolves names, and may take longer than `timeout` for it.
    std::string host = "127.0.0.1";
    /// From 1 to 65535.
    int port = 6379;
    /// A user of Redis' ACL; empty for the default one.
    std::string user{};
    /// Empty where none is asked for.
    std::string password{};
    /// Not below zero.
    int database = 0;
    /// All keys begin with it, in braces, so that a cluster has them in one slot. Fleets of other
    /// prefixes know nothing of this one. Not empty, and without braces.
    std::string prefix = "fluxgate";
    /// The name of this node, for people who look into the Redis. It need not be unique.
    std::string node{};
    /// How long rounds are apart, about, from 10 ms to one hour. What one node learns is learnt by
    /// all within two of them and an answer's time.
    std::chrono::milliseconds interval{200};
    /// How long the Redis may take to answer, from 10 ms to one hour.
    std::chrono::milliseconds timeout{250};
    /// Called with what is wrong, once when the Redis is lost, and once for each breaker whose key
    /// holds something else. On the fleet's thread; what it throws is ignored. What went wrong since
    /// is in `FleetStatus::last_error`.
    std::function<void(std::string_view)> on_error{};
    /// Called with each new connection before anything is sent, to make it a TLS one
    /// (`redisInitiateSSLWithContext` of hiredis_ssl). Returns whether that is done; else the
    /// connection is given up, as it is where this throws. What it sends and receives is bounded by
    /// `timeout`. On the fleet's thread.
    std::function<bool(redisContext*)> on_connect{};
};

}  // namespace fluxgate::inline v0_1
