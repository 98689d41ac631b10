// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/redis_options.hpp>

#if __has_include(<hiredis/hiredis.h>)
#include <hiredis/hiredis.h>
#else
#include <hiredis.h>  // as pkg-config has it where it is installed elsewhere
#endif
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A connection to a Redis, which asks one thing at a time. Whatever fails ends it, so that no
/// answer that comes late is taken for another one's. Used by one thread.
class RedisConnection {
    using Clock = std::chrono::steady_clock;
    using microseconds = std::chrono::microseconds;

    struct EndReply {
        void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
    };
    struct EndContext {
        void operator()(redisContext* context) const noexcept { redisFree(context); }
    };

public:
    using Reply = std::unique_ptr<redisReply, EndReply>;

    /// Takes what outlives it.
    explicit RedisConnection(const RedisOptions& options) : options_{options} {}

    [[nodiscard]] bool is_open() const noexcept { return context_ != nullptr; }

    /// Connects, by this time. Returns false where that fails, and says in `error` why.
    [[nodiscard]] bool open(Clock::time_point by, std::string& error) {
        const timeval time = left_until(by);
        errno = 0;
        context_.reset(options_.host.starts_with('/')
                           ? redisConnectUnixWithTimeout(options_.host.c_str(), time)
                           : redisConnectWithTimeout(options_.host.c_str(), options_.port, time));
        timeout_ = {};
        if (context_ == nullptr || context_->err != 0) {
            return fail(error);
        }
        return set_timeout(left_until(by)) && is_let_through(error) && log_in(by, error);
    }

    void close() noexcept { context_.reset(); }

    /// Sends a command and waits for its reply until then. Returns nothing where there is none; a
    /// reply may be an error of the server's.
    [[nodiscard]] Reply ask(const std::vector<std::string_view>& command, Clock::time_point by,
                            std::string& error) {
        texts_.clear();
        sizes_.clear();
        for (const std::string_view part : command) {
            texts_.push_back(part.data());
            sizes_.push_back(part.size());
        }
        if (set_timeout(left_until(by))) {
            errno = 0;
            Reply reply{static_cast<redisReply*>(redisCommandArgv(
                context_.get(), static_cast<int>(command.size()), texts_.data(), sizes_.data()))};
            if (reply != nullptr) {
                return reply;
            }
        }
        static_cast<void>(fail(error));
        return nullptr;
    }

    /// Returns where the server is.
    [[nodiscard]] std::string address() const {
        return options_.host.starts_with('/') ? options_.host
                                              : options_.host + ':' + std::to_string(options_.port);
    }

private:
    /// Returns whether the user's function, where there is one, lets the connection through.
    [[nodiscard]] bool is_let_through(std::string& error) {
        if (!options_.on_connect) {
            return true;
        }
        bool is_right = false;
        const char* what = ": on_connect has given the connection up";
        guarded<unwinding_types<>>([&] { is_right = options_.on_connect(context_.get()); },
                                   [&] { what = ": on_connect has thrown"; });
        if (!is_right) {
            error = address() + what;
            context_.reset();
        }
        return is_right;
    }

    /// Says who it is, and chooses the database.
    [[nodiscard]] bool log_in(Clock::time_point by, std::string& error) {
        if (!options_.password.empty() || !options_.user.empty()) {
            std::vector<std::string_view> command{"AUTH"};
            if (!options_.user.empty()) {
                command.push_back(options_.user);
            }
            command.push_back(options_.password);
            if (!is_done(command, by, error)) {
                return false;
            }
        }
        const std::string database = std::to_string(options_.database);
        return options_.database == 0 || is_done({"SELECT", database}, by, error);
    }
    [[nodiscard]] bool is_done(const std::vector<std::string_view>& command, Clock::time_point by,
                               std::string& error) {
        const Reply reply = ask(command, by, error);
        if (reply == nullptr) {
            return false;
        }
        if (reply->type == REDIS_REPLY_ERROR) {
            error = address() + ": " + std::string{reply->str, reply->len};
            context_.reset();
            return false;
        }
        return true;
    }

    /// Ends the connection, and says why.
    [[nodiscard]] bool fail(std::string& error) {
        const bool is_timeout = errno == EAGAIN || errno == EWOULDBLOCK || errno == ETIMEDOUT;
        const char* reason = "no memory";
        if (context_ != nullptr) {
            reason = is_timeout && context_->err == REDIS_ERR_IO ? "no answer in time"
                                                                 : context_->errstr;
        }
        error = address() + ": " + reason;
        context_.reset();
        return false;
    }

    [[nodiscard]] static timeval left_until(Clock::time_point by) {
        using std::chrono::seconds;
        const auto left = (std::max)(microseconds{1000},
                                     std::chrono::duration_cast<microseconds>(by - Clock::now()));
        const auto whole = std::chrono::duration_cast<seconds>(left);
        timeval time{};
        time.tv_sec = static_cast<decltype(time.tv_sec)>(whole.count());
        time.tv_usec = static_cast<decltype(time.tv_usec)>((left - whole).count());
        return time;
    }
    /// Has reads and writes wait so long, where that is much less or more than they would.
    [[nodiscard]] bool set_timeout(timeval time) {
        const microseconds wanted = std::chrono::seconds{time.tv_sec} + microseconds{time.tv_usec};
        if (wanted <= timeout_ && timeout_ - wanted < timeout_ / 4) {
            return true;
        }
        timeout_ = wanted;
        return redisSetTimeout(context_.get(), time) == REDIS_OK;
    }

    const RedisOptions& options_;
    std::unique_ptr<redisContext, EndContext> context_;
    microseconds timeout_{};
    std::vector<const char*> texts_;
    std::vector<std::size_t> sizes_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
