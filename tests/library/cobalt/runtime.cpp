// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What Boost.Cobalt's headers declare and its library defines, as far as tasks need it: where Debian has
// the headers alone.

#include <boost/asio/executor.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/cobalt/config.hpp>
#include <boost/cobalt/detail/exception.hpp>
#include <boost/cobalt/this_thread.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace boost::cobalt {
namespace {

std::optional<executor>& executor_of_thread() {
    thread_local std::optional<executor> own;
    return own;
}

std::exception_ptr error_that_says(const char* what) {
    return std::make_exception_ptr(std::runtime_error{what});
}

}  // namespace

namespace this_thread {

pmr::memory_resource* get_default_resource() noexcept {
    return pmr::get_default_resource();
}
executor& get_executor(const source_location& where) {
    if (!executor_of_thread()) {
        detail::throw_bad_executor(where);
    }
    return *executor_of_thread();
}
bool has_executor() {
    return executor_of_thread().has_value();
}
void set_executor(executor own) noexcept {
    executor_of_thread() = std::move(own);
}

}  // namespace this_thread

namespace detail {

std::exception_ptr moved_from_exception() {
    return error_that_says("a task was moved from");
}
std::exception_ptr completed_unexpected() {
    return error_that_says("a task has completed before it was awaited");
}
std::exception_ptr detached_exception() {
    return error_that_says("a task was detached");
}
std::exception_ptr wait_not_ready() {
    return error_that_says("a task is not ready");
}
std::exception_ptr already_awaited() {
    return error_that_says("a task is awaited twice");
}
std::exception_ptr allocation_failed() {
    return error_that_says("a task has no memory");
}
void throw_bad_executor(const source_location&) {
    throw asio::bad_executor{};
}

}  // namespace detail
}  // namespace boost::cobalt
