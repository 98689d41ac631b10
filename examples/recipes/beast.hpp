// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/boost_asio.hpp>
#include <fluxgate/fluxgate.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// Boost.Beast in coroutines, with a breaker for each host. To be copied.
namespace recipes {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Response = beast::http::response<beast::http::string_body>;

/// Returns whether the server says that it is unwell. Exceptions count by themselves, such as
/// `beast::error::timeout`; a coroutine that is cancelled is neutral by itself.
inline bool has_failed(const Response& response) {
    return response.result_int() >= 500 || response.result_int() == 429;
}

/// Returns whether an answer was more than we take, which says nothing of the server.
inline bool is_ours(const boost::system::system_error& error) {
    return error.code() == beast::http::error::body_limit ||
           error.code() == beast::http::error::header_limit;
}

/// Returns the breaker of a host, whose callers can bear to wait for half a second.
inline auto make_host(std::string_view host) {
    return fluxgate::AsyncCircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}), fluxgate::Name{host},
        fluxgate::Neutral{&is_ours} | fluxgate::Result{&has_failed}};
}
using Hosts = fluxgate::KeyedBreakers<decltype(&make_host)>;

/// Sends a request for a path. What a client of your own does; a call of a breaker runs it:
/// `hosts.try_call(host, fetch, endpoint, path)`.
inline asio::awaitable<Response> fetch(asio::ip::tcp::endpoint endpoint, std::string path) {
    beast::tcp_stream stream{co_await asio::this_coro::executor};
    stream.expires_after(std::chrono::seconds{1});
    // Each awaitable is a variable: GCC 12 destroys some temporaries of a co_await twice.
    auto connected = stream.async_connect(endpoint, asio::use_awaitable);
    co_await std::move(connected);
    beast::http::request<beast::http::empty_body> request{beast::http::verb::get, path, 11};
    request.set(beast::http::field::host, endpoint.address().to_string());
    auto written = beast::http::async_write(stream, request, asio::use_awaitable);
    co_await std::move(written);
    beast::flat_buffer buffer;
    Response response;
    auto read = beast::http::async_read(stream, buffer, response, asio::use_awaitable);
    co_await std::move(read);
    co_return response;
}

}  // namespace recipes
