// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/cobalt/task.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <coroutine>
#include <optional>
#include <tuple>
#include <utility>

namespace boost::cobalt {

/// Goes on with the coroutine that waits for an operation. Dropped, it destroys that.
template <class... Args>
class completion_handler {
public:
    using executor_type = asio::any_io_executor;
    using cancellation_slot_type = asio::cancellation_slot;

    completion_handler(std::coroutine_handle<> waiting, promise_base& promise,
                       std::optional<std::tuple<Args...>>& result)
        : waiting_{waiting},
          executor_{promise.executor},
          slot_{promise.state.slot()},
          result_{&result} {}

    void operator()(Args... args) {
        result_->emplace(std::move(args)...);
        waiting_.release().resume();
    }
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }

private:
    unique_handle waiting_;
    asio::any_io_executor executor_;
    asio::cancellation_slot slot_;
    std::optional<std::tuple<Args...>>* result_;
};

/// An operation that is yet to be started, for an error and one value.
template <class Initiation, class Value, class... InitArgs>
struct [[nodiscard]] op {
    virtual ~op() = default;
    op(Initiation start, InitArgs... started_with)
        : initiation{std::move(start)}, args{std::move(started_with)...} {}
    op(op&&) = default;
    op(const op&) = default;
    op& operator=(op&&) = delete;
    op& operator=(const op&) = delete;

    struct awaiter {
        static bool await_ready() noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> waiting) {
            std::apply(
                [&](InitArgs&... with) {
                    std::move(operation->initiation)(
                        completion_handler<system::error_code, Value>{waiting, waiting.promise(),
                                                                      result},
                        std::move(with)...);
                },
                operation->args);
        }
        Value await_resume() {
            if (std::get<0>(*result)) {
                throw system::system_error{std::get<0>(*result)};
            }
            return std::get<1>(std::move(*result));
        }
        op* operation;
        std::optional<std::tuple<system::error_code, Value>> result{};
    };
    awaiter operator co_await() { return {this}; }

    Initiation initiation;
    std::tuple<InitArgs...> args;
};

/// The completion token of operations that are awaited.
struct use_op_t {};
inline constexpr use_op_t use_op{};

}  // namespace boost::cobalt

template <class Value>
struct boost::asio::async_result<boost::cobalt::use_op_t, void(boost::system::error_code, Value)> {
    template <class Initiation, class... InitArgs>
    static auto initiate(Initiation initiation, boost::cobalt::use_op_t, InitArgs... args) {
        return boost::cobalt::op<Initiation, Value, InitArgs...>{std::move(initiation),
                                                                 std::move(args)...};
    }
};
