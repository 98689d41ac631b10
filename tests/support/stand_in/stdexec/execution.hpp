// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

// As much of std::execution as Fluxgate's adapters and their tests use, under the names that stdexec
// has: written by the C++26 working draft, [exec] and [stoptoken]. It stands in where stdexec is not
// installed.

namespace stdexec {

// ---- Queries ------------------------------------------------------------------------------------

template <class Env, class Query, class... Args>
concept answers = requires(const Env& env, Query query, Args&&... args) {
    env.query(query, std::forward<Args>(args)...);
};

struct empty_env {};

struct get_env_t {
    template <class T>
    decltype(auto) operator()(const T& of) const noexcept {
        if constexpr (requires { of.get_env(); }) {
            return of.get_env();
        } else {
            return empty_env{};
        }
    }
};
inline constexpr get_env_t get_env{};
template <class T>
using env_of_t = decltype(get_env(std::declval<T>()));

struct get_scheduler_t {
    template <class Env>
        requires answers<Env, get_scheduler_t>
    auto operator()(const Env& env) const noexcept {
        return env.query(*this);
    }
};
inline constexpr get_scheduler_t get_scheduler{};

template <class Tag>
struct get_completion_scheduler_t {
    template <class Attributes, class... Env>
        requires answers<Attributes, get_completion_scheduler_t>
    auto operator()(const Attributes& attributes, const Env&...) const noexcept {
        return attributes.query(*this);
    }
};
template <class Tag>
inline constexpr get_completion_scheduler_t<Tag> get_completion_scheduler{};

// ---- Stops --------------------------------------------------------------------------------------

struct never_stop_token {
    template <class F>
    struct callback_type {
        explicit callback_type(never_stop_token, F) noexcept {}
    };
    static bool stop_requested() noexcept { return false; }
    static bool stop_possible() noexcept { return false; }
};

class inplace_stop_source;

struct stop_callback_base {
    virtual void call() noexcept = 0;

    inplace_stop_source* source = nullptr;
    stop_callback_base* next = nullptr;
    stop_callback_base* previous = nullptr;
    bool is_called = false;
    /// Where to say that the callback has ended its own life.
    bool* is_gone = nullptr;

protected:
    ~stop_callback_base() = default;
};

template <class F>
class inplace_stop_callback;

class inplace_stop_token {
public:
    template <class F>
    using callback_type = inplace_stop_callback<F>;

    inplace_stop_token() = default;
    explicit inplace_stop_token(inplace_stop_source* source) noexcept : source_{source} {}
    [[nodiscard]] bool stop_requested() const noexcept;
    [[nodiscard]] bool stop_possible() const noexcept { return source_ != nullptr; }

private:
    template <class F>
    friend class inplace_stop_callback;
    inplace_stop_source* source_ = nullptr;
};

class inplace_stop_source {
public:
    inplace_stop_source() = default;
    inplace_stop_source(const inplace_stop_source&) = delete;
    inplace_stop_source& operator=(const inplace_stop_source&) = delete;

    [[nodiscard]] inplace_stop_token get_token() noexcept { return inplace_stop_token{this}; }
    [[nodiscard]] bool stop_requested() const noexcept {
        const std::lock_guard lock{mutex_};
        return is_requested_;
    }

    bool request_stop() noexcept {
        std::unique_lock lock{mutex_};
        if (std::exchange(is_requested_, true)) {
            return false;
        }
        caller_ = std::this_thread::get_id();
        while (stop_callback_base* const callback = first_) {
            remove(*callback);
            callback->is_called = true;
            bool is_gone = false;
            callback->is_gone = &is_gone;
            current_ = callback;
            lock.unlock();
            callback->call();
            lock.lock();
            if (!is_gone) {
                callback->is_gone = nullptr;
            }
            current_ = nullptr;
            called_.notify_all();
        }
        return true;
    }

private:
    template <class F>
    friend class inplace_stop_callback;

    /// Returns false, and does nothing, where a stop was requested.
    bool add(stop_callback_base& callback) noexcept {
        const std::lock_guard lock{mutex_};
        if (is_requested_) {
            return false;
        }
        callback.source = this;
        callback.next = first_;
        if (first_ != nullptr) {
            first_->previous = &callback;
        }
        first_ = &callback;
        return true;
    }
    /// Takes it out, or waits until its call is over, unless that is the caller.
    void leave(stop_callback_base& callback) noexcept {
        std::unique_lock lock{mutex_};
        if (!callback.is_called) {
            remove(callback);
        } else if (caller_ == std::this_thread::get_id()) {
            if (callback.is_gone != nullptr) {
                *callback.is_gone = true;
            }
        } else {
            called_.wait(lock, [&] { return current_ != &callback; });
        }
    }
    void remove(stop_callback_base& callback) noexcept {
        (callback.previous != nullptr ? callback.previous->next : first_) = callback.next;
        if (callback.next != nullptr) {
            callback.next->previous = callback.previous;
        }
        callback.next = nullptr;
        callback.previous = nullptr;
    }

    mutable std::mutex mutex_;
    std::condition_variable called_;
    bool is_requested_ = false;
    std::thread::id caller_;
    stop_callback_base* first_ = nullptr;
    stop_callback_base* current_ = nullptr;
};

inline bool inplace_stop_token::stop_requested() const noexcept {
    return source_ != nullptr && source_->stop_requested();
}

template <class F>
class inplace_stop_callback final : stop_callback_base {
public:
    inplace_stop_callback(inplace_stop_token token, F f) noexcept : f_{std::move(f)} {
        if (token.source_ != nullptr && !token.source_->add(*this)) {
            f_();
        }
    }
    inplace_stop_callback(const inplace_stop_callback&) = delete;
    inplace_stop_callback& operator=(const inplace_stop_callback&) = delete;
    ~inplace_stop_callback() {
        if (source != nullptr) {
            source->leave(*this);
        }
    }

private:
    void call() noexcept override { f_(); }
    F f_;
};

struct get_stop_token_t {
    template <class Env>
    auto operator()(const Env& env) const noexcept {
        if constexpr (answers<Env, get_stop_token_t>) {
            return env.query(*this);
        } else {
            return never_stop_token{};
        }
    }
};
inline constexpr get_stop_token_t get_stop_token{};
template <class Env>
using stop_token_of_t = std::remove_cvref_t<decltype(get_stop_token(std::declval<Env>()))>;
template <class Token, class F>
using stop_callback_for_t = typename Token::template callback_type<F>;

// ---- Senders, receivers, operations -------------------------------------------------------------

struct sender_t {};
struct receiver_t {};
struct operation_state_t {};

template <class T>
concept sender = requires { typename std::remove_cvref_t<T>::sender_concept; };
template <class T>
concept receiver = requires { typename std::remove_cvref_t<T>::receiver_concept; };

struct set_value_t {
    template <class Receiver, class... Values>
    void operator()(Receiver&& receiver, Values&&... values) const noexcept {
        static_assert(noexcept(std::move(receiver).set_value(std::forward<Values>(values)...)));
        std::move(receiver).set_value(std::forward<Values>(values)...);
    }
};
struct set_error_t {
    template <class Receiver, class Error>
    void operator()(Receiver&& receiver, Error&& error) const noexcept {
        static_assert(noexcept(std::move(receiver).set_error(std::forward<Error>(error))));
        std::move(receiver).set_error(std::forward<Error>(error));
    }
};
struct set_stopped_t {
    template <class Receiver>
    void operator()(Receiver&& receiver) const noexcept {
        static_assert(noexcept(std::move(receiver).set_stopped()));
        std::move(receiver).set_stopped();
    }
};
inline constexpr set_value_t set_value{};
inline constexpr set_error_t set_error{};
inline constexpr set_stopped_t set_stopped{};

struct connect_t {
    template <class Sender, class Receiver>
    auto operator()(Sender&& sender, Receiver receiver) const {
        static_assert(stdexec::sender<Sender> && stdexec::receiver<Receiver>);
        return std::forward<Sender>(sender).connect(std::move(receiver));
    }
};
inline constexpr connect_t connect{};
template <class Sender, class Receiver>
using connect_result_t = decltype(connect(std::declval<Sender>(), std::declval<Receiver>()));

struct start_t {
    template <class Operation>
    void operator()(Operation& operation) const noexcept {
        static_assert(noexcept(operation.start()));
        operation.start();
    }
};
inline constexpr start_t start{};

struct schedule_t {
    template <class Scheduler>
    auto operator()(Scheduler&& scheduler) const {
        return std::forward<Scheduler>(scheduler).schedule();
    }
};
inline constexpr schedule_t schedule{};

template <class... Signatures>
struct completion_signatures {};
template <class Sender, class... Env>
using completion_signatures_of_t =
    decltype(std::remove_reference_t<Sender>::template get_completion_signatures<Sender, Env...>());

// ---- Pipes --------------------------------------------------------------------------------------

template <class Derived>
struct sender_adaptor_closure {
    template <sender Sender>
    friend auto operator|(Sender&& sender, const Derived& closure) {
        return closure(std::forward<Sender>(sender));
    }
};

// ---- Factories ----------------------------------------------------------------------------------

/// Completes with what it holds, where it is started.
template <class Tag, class... Values>
class just_sender {
public:
    using sender_concept = sender_t;

    explicit just_sender(Values... values) : values_{std::move(values)...} {}

    template <class Self, class... Env>
    static consteval completion_signatures<Tag(Values...)> get_completion_signatures() {
        return {};
    }

    template <class Receiver>
    struct operation {
        using operation_state_concept = operation_state_t;
        void start() & noexcept {
            std::apply([&](Values&... values) { Tag{}(std::move(receiver), std::move(values)...); },
                       values);
        }
        Receiver receiver;
        std::tuple<Values...> values;
    };
    template <class Receiver>
    operation<Receiver> connect(Receiver receiver) const& {
        return {std::move(receiver), values_};
    }
    template <class Receiver>
    operation<Receiver> connect(Receiver receiver) && {
        return {std::move(receiver), std::move(values_)};
    }

private:
    std::tuple<Values...> values_;
};

template <class... Values>
just_sender<set_value_t, std::decay_t<Values>...> just(Values&&... values) {
    return just_sender<set_value_t, std::decay_t<Values>...>{std::forward<Values>(values)...};
}
template <class Error>
just_sender<set_error_t, std::decay_t<Error>> just_error(Error&& error) {
    return just_sender<set_error_t, std::decay_t<Error>>{std::forward<Error>(error)};
}
inline just_sender<set_stopped_t> just_stopped() {
    return just_sender<set_stopped_t>{};
}

// ---- Adaptors -----------------------------------------------------------------------------------

template <class Tag, class Signatures, class F>
struct replaced;

/// The signatures of which those of `Tag` are those of what `F` returns, or throws.
template <class Tag, class... Signatures, class F>
struct replaced<Tag, completion_signatures<Signatures...>, F> {
    template <class Result>
    struct of_result {
        using type = set_value_t(Result);
    };
    template <class Result>
        requires std::is_void_v<Result>
    struct of_result<Result> {
        using type = set_value_t();
    };
    template <class Signature>
    struct one {
        using type = Signature;
    };
    template <class... Values>
    struct one<Tag(Values...)> {
        using type = typename of_result<std::invoke_result_t<F, Values...>>::type;
    };
    template <class Done, class... Rest>
    struct distinct {
        using type = Done;
    };
    template <class... Done, class Next, class... Rest>
    struct distinct<completion_signatures<Done...>, Next, Rest...>
        : distinct<
              std::conditional_t<(std::same_as<Done, Next> || ...), completion_signatures<Done...>,
                                 completion_signatures<Done..., Next>>,
              Rest...> {};
    using type = typename distinct<completion_signatures<>, typename one<Signatures>::type...,
                                   set_error_t(std::exception_ptr)>::type;
};

/// Completes with what a function makes of one kind of completion.
template <class Tag, class Sender, class F>
class mapped_sender {
public:
    using sender_concept = sender_t;

    mapped_sender(Sender sender, F f) : sender_{std::move(sender)}, f_{std::move(f)} {}

    template <class Self, class... Env>
    static consteval auto get_completion_signatures() {
        return typename replaced<Tag, completion_signatures_of_t<Sender, Env...>, F>::type{};
    }
    [[nodiscard]] env_of_t<Sender> get_env() const noexcept { return stdexec::get_env(sender_); }

    template <class Receiver>
    struct mapping_receiver {
        using receiver_concept = receiver_t;

        template <class... Values>
        void set_value(Values&&... values) && noexcept {
            complete<set_value_t>(std::forward<Values>(values)...);
        }
        template <class Error>
        void set_error(Error&& error) && noexcept {
            complete<set_error_t>(std::forward<Error>(error));
        }
        void set_stopped() && noexcept { complete<set_stopped_t>(); }
        [[nodiscard]] env_of_t<Receiver> get_env() const noexcept {
            return stdexec::get_env(receiver);
        }

        template <class Completion, class... Values>
        void complete(Values&&... values) noexcept {
            if constexpr (!std::same_as<Completion, Tag>) {
                Completion{}(std::move(receiver), std::forward<Values>(values)...);
            } else {
                try {
                    if constexpr (std::is_void_v<std::invoke_result_t<F, Values...>>) {
                        std::invoke(std::move(f), std::forward<Values>(values)...);
                        stdexec::set_value(std::move(receiver));
                    } else {
                        stdexec::set_value(
                            std::move(receiver),
                            std::invoke(std::move(f), std::forward<Values>(values)...));
                    }
                } catch (...) {
                    stdexec::set_error(std::move(receiver), std::current_exception());
                }
            }
        }

        Receiver receiver;
        F f;
    };
    template <class Receiver>
    auto connect(Receiver receiver) const& {
        return stdexec::connect(sender_, mapping_receiver<Receiver>{std::move(receiver), f_});
    }
    template <class Receiver>
    auto connect(Receiver receiver) && {
        return stdexec::connect(std::move(sender_),
                                mapping_receiver<Receiver>{std::move(receiver), std::move(f_)});
    }

private:
    Sender sender_;
    F f_;
};

template <class Tag, class F>
struct mapping_closure : sender_adaptor_closure<mapping_closure<Tag, F>> {
    explicit mapping_closure(F function) : f{std::move(function)} {}
    template <sender Sender>
    auto operator()(Sender&& sender) const {
        return mapped_sender<Tag, std::decay_t<Sender>, F>{std::forward<Sender>(sender), f};
    }
    F f;
};
template <class F>
mapping_closure<set_value_t, F> then(F f) {
    return mapping_closure<set_value_t, F>{std::move(f)};
}
template <class F>
mapping_closure<set_error_t, F> upon_error(F f) {
    return mapping_closure<set_error_t, F>{std::move(f)};
}
template <class F>
mapping_closure<set_stopped_t, F> upon_stopped(F f) {
    return mapping_closure<set_stopped_t, F>{std::move(f)};
}

// ---- A loop -------------------------------------------------------------------------------------

/// An execution context that runs what is scheduled in the thread that calls `run`.
class run_loop {
    struct task {
        virtual void execute() noexcept = 0;

    protected:
        ~task() = default;
    };

public:
    class scheduler {
    public:
        explicit scheduler(run_loop* loop) noexcept : loop_{loop} {}

        class sender {
        public:
            using sender_concept = sender_t;

            explicit sender(run_loop* loop) noexcept : loop_{loop} {}

            template <class Self, class... Env>
            static consteval completion_signatures<set_value_t(), set_stopped_t()>
            get_completion_signatures() {
                return {};
            }

            template <class Receiver>
            class operation final : task {
            public:
                using operation_state_concept = operation_state_t;
                operation(run_loop* loop, Receiver receiver)
                    : loop_{loop}, receiver_{std::move(receiver)} {}
                void start() & noexcept { loop_->push(*this); }

            private:
                void execute() noexcept override {
                    if (get_stop_token(stdexec::get_env(receiver_)).stop_requested()) {
                        stdexec::set_stopped(std::move(receiver_));
                    } else {
                        stdexec::set_value(std::move(receiver_));
                    }
                }
                run_loop* loop_;
                Receiver receiver_;
            };
            template <class Receiver>
            operation<Receiver> connect(Receiver receiver) const {
                return {loop_, std::move(receiver)};
            }

            struct attributes {
                [[nodiscard]] scheduler query(
                    get_completion_scheduler_t<set_value_t>) const noexcept {
                    return scheduler{loop};
                }
                run_loop* loop;
            };
            [[nodiscard]] attributes get_env() const noexcept { return {loop_}; }

        private:
            run_loop* loop_;
        };

        [[nodiscard]] sender schedule() const noexcept { return sender{loop_}; }
        friend bool operator==(const scheduler&, const scheduler&) = default;

    private:
        run_loop* loop_;
    };

    [[nodiscard]] scheduler get_scheduler() noexcept { return scheduler{this}; }

    void run() {
        for (std::unique_lock lock{mutex_};;) {
            changed_.wait(lock, [&] { return is_finishing_ || !tasks_.empty(); });
            if (tasks_.empty()) {
                return;
            }
            task* const next = tasks_.front();
            tasks_.pop_front();
            lock.unlock();
            next->execute();
            lock.lock();
        }
    }
    void finish() {
        const std::lock_guard lock{mutex_};
        is_finishing_ = true;
        changed_.notify_all();
    }

private:
    void push(task& next) noexcept {
        const std::lock_guard lock{mutex_};
        tasks_.push_back(&next);
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_finishing_ = false;
    std::deque<task*> tasks_;
};

// ---- Waiting for one ----------------------------------------------------------------------------

template <class Signatures>
struct values_of;
template <class Signature>
struct values_of_one {
    using type = void;
};
template <class... Values>
struct values_of_one<set_value_t(Values...)> {
    using type = std::tuple<std::decay_t<Values>...>;
};
/// Of a sender with one signature of values, or with none.
template <class... Signatures>
struct values_of<completion_signatures<Signatures...>> {
    template <class One, class... Rest>
    struct first {
        using type = One;
    };
    template <class... Rest>
        requires(sizeof...(Rest) != 0)
    struct first<void, Rest...> : first<Rest...> {};
    using found = typename first<typename values_of_one<Signatures>::type...>::type;
    using type = std::conditional_t<std::is_void_v<found>, std::tuple<>, found>;
};

template <class Values>
struct waited_for {
    run_loop loop;
    std::optional<Values> values;
    std::exception_ptr error;
};
struct loop_env {
    [[nodiscard]] run_loop::scheduler query(get_scheduler_t) const noexcept {
        return loop->get_scheduler();
    }
    run_loop* loop;
};
template <class Values>
struct waiting_receiver {
    using receiver_concept = receiver_t;

    template <class... Given>
    void set_value(Given&&... values) && noexcept {
        to->values.emplace(std::forward<Given>(values)...);
        to->loop.finish();
    }
    template <class Error>
    void set_error(Error&& error) && noexcept {
        if constexpr (std::same_as<std::decay_t<Error>, std::exception_ptr>) {
            to->error = std::forward<Error>(error);
        } else {
            to->error = std::make_exception_ptr(std::forward<Error>(error));
        }
        to->loop.finish();
    }
    void set_stopped() && noexcept { to->loop.finish(); }
    [[nodiscard]] loop_env get_env() const noexcept { return {&to->loop}; }

    waited_for<Values>* to;
};

/// Runs a sender, with a loop in this thread, and returns its values; nothing where it was stopped.
template <sender Sender>
auto sync_wait(Sender&& sender) {
    using values = typename values_of<completion_signatures_of_t<Sender, loop_env>>::type;
    waited_for<values> to;
    auto operation = connect(std::forward<Sender>(sender), waiting_receiver<values>{&to});
    start(operation);
    to.loop.run();
    if (to.error != nullptr) {
        std::rethrow_exception(to.error);
    }
    return std::move(to.values);
}

}  // namespace stdexec
