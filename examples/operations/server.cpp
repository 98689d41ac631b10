// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "server.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/src.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace operations {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

/// The headers of every answer: it is for this page alone, and not to be kept.
constexpr std::array<std::pair<const char*, const char*>, 4> common_headers{{
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy",
     "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; "
     "script-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
}};

/// The names that clients may call the server by.
class Names {
public:
    explicit Names(const Place& place) : names_{place.names} {
        for (std::string& name : names_) {
            name.resize(without_port(name).size());
        }
        names_.insert(names_.end(), {"localhost", "127.0.0.1", "[::1]"});
        const bool is_ipv6 = place.host.find(':') != std::string::npos;
        names_.push_back(is_ipv6 ? '[' + place.host + ']' : place.host);
    }

    /// Returns whether a Host header, with or without a port, is one of them.
    [[nodiscard]] bool have(std::string_view host) const {
        const std::string_view name = without_port(host);
        return std::ranges::any_of(
            names_, [&](const std::string& known) { return beast::iequals(known, name); });
    }

private:
    [[nodiscard]] static std::string_view without_port(std::string_view host) {
        const auto colon = host.rfind(':');
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        const bool has_port = colon != std::string_view::npos &&
                              std::ranges::all_of(host.substr(colon + 1), is_digit);
        return has_port ? host.substr(0, colon) : host;
    }

    std::vector<std::string> names_;
};

/// What all connections share.
struct Shared {
    Server::Handler handler;
    Bounds bounds;
    Names names;
    // How many connections there are. Nothing else hangs on it.
    std::atomic<std::size_t> connections{0};
};

/// Returns what is said to a request that could not be read; nothing where nobody listens any more.
std::optional<Answer> explain(const error_code& error) {
    if (error == http::error::body_limit) {
        return refuse(413, "the body is longer than any command");
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return refuse(431, "the header is too long");
    }
    if (error.category() == make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
        return refuse(400, "the request cannot be read: " + error.message());
    }
    return std::nullopt;
}

/// One request, and its answer.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, Shared& shared)
        : stream_{std::move(socket)}, shared_{shared}, buffer_{2 * shared.bounds.header} {
        parser_.header_limit(static_cast<std::uint32_t>(shared.bounds.header));
        parser_.body_limit(shared.bounds.body);
        ++shared_.connections;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { --shared_.connections; }

    void start() {
        asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
    }

private:
    void read() {
        stream_.expires_after(shared_.bounds.time);  // for all of it, not for each piece
        http::async_read(stream_, buffer_, parser_,
                         [self = shared_from_this()](const error_code& error, std::size_t) {
                             self->answer(error);
                         });
    }

    void answer(const error_code& error) {
        std::optional<Answer> answer =
            error ? explain(error) : std::optional{answer_to(parser_.get())};
        if (!answer) {
            return;
        }
        message_.version(11);
        message_.keep_alive(false);
        message_.result(static_cast<unsigned>(answer->status));
        for (const auto& [name, value] : common_headers) {
            message_.set(name, value);
        }
        message_.set(http::field::content_type, answer->type);
        for (const auto& [name, value] : answer->headers) {
            message_.set(name, value);
        }
        message_.body() = std::move(answer->body);
        message_.prepare_payload();
        write();
    }

    [[nodiscard]] Answer answer_to(const http::request<http::string_body>& request) const {
        // A part of an answer would be cut out of it after its command was obeyed.
        for (const http::field field :
             {http::field::range, http::field::transfer_encoding, http::field::content_encoding}) {
            if (request.count(field) != 0) {
                return refuse(400, std::string{to_string(field)} + " is not understood");
            }
        }
        const auto host = request[http::field::host];
        if (request.count(http::field::host) != 1 ||
            !shared_.names.have({host.data(), host.size()})) {
            return refuse(421, "this server has another name: give it with --name");
        }
        try {
            const auto target = boost::urls::parse_origin_form(request.target());
            if (!target) {
                return refuse(400, "the path is not one of a URL");
            }
            Request read;
            read.method = request.method_string();
            read.path = boost::urls::pct_string_view{target->encoded_path()}.decode();
            if (request.count(http::field::authorization) == 1) {
                read.authorization = request[http::field::authorization];
            }
            read.body = request.body();
            return shared_.handler(read);
        } catch (const std::exception& error) {
            return refuse(500, error.what());
        }
    }

    void write() {
        stream_.expires_after(shared_.bounds.time);
        const auto written = [self = shared_from_this()](const error_code& error, std::size_t) {
            if (!error) {
                self->end();
            }
        };
        if (parser_.is_header_done() && parser_.get().method() == http::verb::head) {
            http::async_write_header(stream_, serializer_, written);
        } else {
            http::async_write(stream_, serializer_, written);
        }
    }

    /// Says that nothing more comes, and reads on for a while: to close with bytes that were not
    /// read would take the answer back.
    void end() {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.expires_after(std::chrono::seconds{1});
        drain();
    }
    void drain() {
        constexpr std::size_t most = 65'536;
        if (drained_ >= most) {
            return;
        }
        stream_.async_read_some(
            asio::buffer(rest_),
            [self = shared_from_this()](const error_code& error, std::size_t size) {
                self->drained_ += size;
                if (!error) {
                    self->drain();
                }
            });
    }

    beast::tcp_stream stream_;
    Shared& shared_;
    beast::flat_buffer buffer_;
    http::request_parser<http::string_body> parser_;
    http::response<http::string_body> message_;
    http::response_serializer<http::string_body> serializer_{message_};
    std::array<char, 4096> rest_{};
    std::size_t drained_ = 0;
};

}  // namespace

Answer refuse(int status, const std::string& error) {
    using nlohmann::json;
    return {.status = status,
            .body = json{{"error", error}}.dump(-1, ' ', false, json::error_handler_t::replace)};
}

class Server::Listener {
public:
    Listener(const Place& place, Handler handler, const Bounds& bounds)
        : shared_{std::move(handler), bounds, Names{place}} {
        try {
            tcp::resolver resolver{context_};
            const auto found =
                resolver.resolve(place.host, std::to_string(place.port), tcp::resolver::passive);
            acceptor_ = tcp::acceptor{context_, *found.begin()};
        } catch (const boost::system::system_error& error) {
            throw std::runtime_error{"the server cannot listen on " + place.host + ", port " +
                                     std::to_string(place.port) + ": " + error.code().message()};
        }
        accept();
        try {
            constexpr int threads = 4;
            for (int i = 0; i != threads; ++i) {
                threads_.emplace_back([this] { run(); });
            }
        } catch (...) {
            end();
            throw;
        }
    }

    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    ~Listener() { end(); }

    [[nodiscard]] unsigned short port() const { return acceptor_.local_endpoint().port(); }

private:
    void run() {
        for (;;) {
            try {
                context_.run();
                return;
            } catch (const std::exception&) {
                continue;  // for want of memory: the connection is gone, and the others go on
            }
        }
    }

    void end() {
        context_.stop();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

    void accept() {
        acceptor_.async_accept(
            asio::make_strand(context_), [this](const error_code& error, tcp::socket socket) {
                if (error) {
                    // As where there are too many files open: the next one may be gone by then.
                    constexpr std::chrono::milliseconds pause{100};
                    retry_.expires_after(pause);
                    retry_.async_wait([this](const error_code&) { accept(); });
                    return;
                }
                if (shared_.connections < shared_.bounds.connections) {
                    std::make_shared<Connection>(std::move(socket), shared_)->start();
                }
                accept();
            });
    }

    Shared shared_;
    asio::io_context context_;
    tcp::acceptor acceptor_{context_};
    asio::steady_timer retry_{context_};
    std::vector<std::thread> threads_;
};

Server::Server(const Place& place, Handler handler, const Bounds& bounds)
    : listener_{std::make_unique<Listener>(place, std::move(handler), bounds)} {}
Server::~Server() = default;

unsigned short Server::port() const {
    return listener_->port();
}

}  // namespace operations
