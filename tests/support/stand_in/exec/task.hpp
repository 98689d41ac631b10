// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <stdexec/execution.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

// As much of exec::task as Fluxgate's adapter and its tests use: it stands in where stdexec is not
// installed.
//
// A task awaits tasks, plain awaiters, and senders, after which it goes on by its own scheduler: that
// of the receiver or of the task that awaits it, as is its stop token. Where a sender is stopped, no
// frame goes on: those that wait are destroyed by who owns them.
//
// Plain awaiters are awaited as they are. The real one takes them for senders, and goes back to its
// scheduler behind them: what depends on that is not to be tried with this.

namespace exec {

/// Where a task runs, and how it is stopped: of the loop alone, where the real one has any scheduler.
struct task_environment {
    stdexec::inplace_stop_token stop_token;
    stdexec::run_loop* loop = nullptr;

    [[nodiscard]] stdexec::inplace_stop_token query(stdexec::get_stop_token_t) const noexcept {
        return stop_token;
    }
    [[nodiscard]] stdexec::run_loop::scheduler query(stdexec::get_scheduler_t) const noexcept {
        return loop->get_scheduler();
    }
};

/// Who is told that a task has ended: a task that awaits it, or a receiver.
struct task_parent {
    virtual std::coroutine_handle<> ended() noexcept = 0;
    virtual void stopped() noexcept = 0;

protected:
    ~task_parent() = default;
};

struct task_promise_base {
    task_environment environment;
    task_parent* parent = nullptr;
};

/// Awaits a sender, then goes to the task's loop.
template <class Sender>
class sender_awaiter {
    template <class Signatures>
    struct value_of;
    template <class... Signatures>
    struct value_of<stdexec::completion_signatures<Signatures...>> {
        using all =
            typename stdexec::values_of<stdexec::completion_signatures<Signatures...>>::type;
        template <class Values>
        struct one {
            using type = std::monostate;
        };
        template <class Value>
        struct one<std::tuple<Value>> {
            using type = Value;
        };
        using type = typename one<all>::type;
    };
    using value =
        typename value_of<stdexec::completion_signatures_of_t<Sender, task_environment>>::type;

    struct hop_receiver {
        using receiver_concept = stdexec::receiver_t;
        void set_value() && noexcept { awaiter->go_on(); }
        void set_stopped() && noexcept { awaiter->promise_->parent->stopped(); }
        [[nodiscard]] stdexec::empty_env get_env() const noexcept { return {}; }
        sender_awaiter* awaiter;
    };
    struct receiver {
        using receiver_concept = stdexec::receiver_t;
        template <class... Values>
        void set_value(Values&&... values) && noexcept {
            awaiter->value_.emplace(std::forward<Values>(values)...);
            awaiter->hop();
        }
        void set_error(std::exception_ptr error) && noexcept {
            awaiter->error_ = std::move(error);
            awaiter->hop();
        }
        void set_stopped() && noexcept {
            awaiter->is_stopped_ = true;
            awaiter->hop();
        }
        [[nodiscard]] task_environment get_env() const noexcept {
            return awaiter->promise_->environment;
        }
        sender_awaiter* awaiter;
    };
    using hop_sender = stdexec::run_loop::scheduler::sender;

public:
    sender_awaiter(Sender sender, task_promise_base& promise)
        : promise_{&promise},
          operation_{stdexec::connect(std::move(sender), receiver{this})},
          hop_{stdexec::connect(hop_sender{promise.environment.loop}, hop_receiver{this})} {}
    sender_awaiter(const sender_awaiter&) = delete;
    sender_awaiter& operator=(const sender_awaiter&) = delete;

    static bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept {
        waiting_ = waiting;
        stdexec::start(operation_);
    }
    value await_resume() {
        if (error_ != nullptr) {
            std::rethrow_exception(error_);
        }
        return std::move(*value_);
    }

private:
    void hop() noexcept { stdexec::start(hop_); }
    void go_on() noexcept {
        if (is_stopped_) {
            promise_->parent->stopped();
        } else {
            waiting_.resume();
        }
    }

    task_promise_base* promise_;
    std::coroutine_handle<> waiting_;
    std::optional<value> value_;
    std::exception_ptr error_;
    bool is_stopped_ = false;
    stdexec::connect_result_t<Sender, receiver> operation_;
    stdexec::connect_result_t<hop_sender, hop_receiver> hop_;
};

template <class T>
struct task_promise_result : task_promise_base {
    void return_value(T value) { result.template emplace<1>(std::move(value)); }
    T take() {
        if (auto* const error = std::get_if<2>(&result)) {
            std::rethrow_exception(*error);
        }
        return std::get<1>(std::move(result));
    }
    std::variant<std::monostate, T, std::exception_ptr> result;
};
template <>
struct task_promise_result<void> : task_promise_base {
    void return_void() noexcept {}
    void take() const {
        if (auto* const error = std::get_if<2>(&result)) {
            std::rethrow_exception(*error);
        }
    }
    std::variant<std::monostate, std::monostate, std::exception_ptr> result;
};

template <class T>
struct default_task_context {};

template <class T>
struct value_signature {
    using type = stdexec::set_value_t(T);
};
template <>
struct value_signature<void> {
    using type = stdexec::set_value_t();
};

template <class T, class Context>
class [[nodiscard]] basic_task {
public:
    using sender_concept = stdexec::sender_t;

    struct promise_type : task_promise_result<T> {
        struct final_awaiter {
            static bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(
                std::coroutine_handle<promise_type> ended) const noexcept {
                return ended.promise().parent->ended();
            }
            void await_resume() const noexcept {}
        };

        basic_task get_return_object() noexcept {
            return basic_task{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static final_awaiter final_suspend() noexcept { return {}; }
        void unhandled_exception() noexcept {
            this->result.template emplace<2>(std::current_exception());
        }

        template <class Awaitable>
        decltype(auto) await_transform(Awaitable&& awaitable) {
            if constexpr (stdexec::sender<Awaitable> &&
                          !requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
                return sender_awaiter<std::decay_t<Awaitable>>{std::forward<Awaitable>(awaitable),
                                                               *this};
            } else {
                return std::forward<Awaitable>(awaitable);
            }
        }
    };

    basic_task(basic_task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    basic_task& operator=(basic_task other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~basic_task() {
        if (handle_ != nullptr) {
            handle_.destroy();
        }
    }

    class awaiter final : task_parent {
    public:
        explicit awaiter(std::coroutine_handle<promise_type> awaited) noexcept
            : awaited_{awaited} {}
        static bool await_ready() noexcept { return false; }
        template <std::derived_from<task_promise_base> Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> by) noexcept {
            by_ = by;
            awaiting_ = &by.promise();
            awaited_.promise().environment = awaiting_->environment;
            awaited_.promise().parent = this;
            return awaited_;
        }
        T await_resume() { return awaited_.promise().take(); }

    private:
        std::coroutine_handle<> ended() noexcept override { return by_; }
        void stopped() noexcept override { awaiting_->parent->stopped(); }

        std::coroutine_handle<promise_type> awaited_;
        std::coroutine_handle<> by_;
        task_promise_base* awaiting_ = nullptr;
    };
    /// Awaits it in another task.
    awaiter operator co_await() && noexcept { return awaiter{handle_}; }

    template <class Self, class... Env>
    static consteval auto get_completion_signatures() {
        return stdexec::completion_signatures<typename value_signature<T>::type,
                                              stdexec::set_error_t(std::exception_ptr),
                                              stdexec::set_stopped_t()>{};
    }

    template <class Receiver>
    class operation final : task_parent {
    public:
        using operation_state_concept = stdexec::operation_state_t;
        operation(basic_task task, Receiver receiver)
            : task_{std::move(task)}, receiver_{std::move(receiver)} {}

        void start() & noexcept {
            const auto env = stdexec::get_env(receiver_);
            promise_type& promise = task_.handle_.promise();
            promise.environment = {env.query(stdexec::get_stop_token), env.loop};
            promise.parent = this;
            task_.handle_.resume();
        }

    private:
        std::coroutine_handle<> ended() noexcept override {
            try {
                if constexpr (std::is_void_v<T>) {
                    task_.handle_.promise().take();
                    stdexec::set_value(std::move(receiver_));
                } else {
                    stdexec::set_value(std::move(receiver_), task_.handle_.promise().take());
                }
            } catch (...) {
                stdexec::set_error(std::move(receiver_), std::current_exception());
            }
            return std::noop_coroutine();
        }
        void stopped() noexcept override {
            std::exchange(task_.handle_, nullptr).destroy();
            stdexec::set_stopped(std::move(receiver_));
        }

        basic_task task_;
        Receiver receiver_;
    };
    template <class Receiver>
    operation<Receiver> connect(Receiver receiver) && {
        return {std::move(*this), std::move(receiver)};
    }

private:
    explicit basic_task(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

template <class T>
using task = basic_task<T, default_task_context<T>>;

}  // namespace exec
