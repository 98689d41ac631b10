// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <httplib.h>

#include <chrono>
#include <string_view>

// cpp-httplib, with a breaker for each host. To be copied.
namespace recipes {

/// Returns whether the server did not answer, or says that it is unwell.
inline bool has_failed(const httplib::Result& result) {
    if (!result) {
        return result.error() != httplib::Error::ExceedRedirectCount;
    }
    return result->status >= 500 || result->status == 429;
}

/// Returns whether it ended by our own doing, as where a receiver has said that it wants no more.
inline bool is_ours(const httplib::Result& result) {
    switch (result.error()) {
        case httplib::Error::Canceled:
        case httplib::Error::BindIPAddress:
        case httplib::Error::SSLLoadingCerts:
        case httplib::Error::UnsupportedMultipartBoundaryChars:
        case httplib::Error::Compression: return true;
        default: return false;
    }
}

/// Returns the breaker of a host, whose callers can bear to wait for half a second.
inline auto make_http_host(std::string_view host) {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}), fluxgate::Name{host},
        fluxgate::Neutral{&is_ours} | fluxgate::Result{&has_failed}};
}
using HttpHosts = fluxgate::KeyedBreakers<decltype(&make_http_host)>;

}  // namespace recipes
