// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#if __has_include(<pthread.h>)
#include <pthread.h>
#endif

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Has a request to cancel this thread wait for the end of the scope. For what is called in
/// destructors, out of which nothing may unwind; in handlers, in which the C++ runtimes end the
/// process where a `catch (...)` meets forced unwinding; and while another thread may run a
/// coroutine that the unwinding would destroy.
class CancellationDeferred {
public:
#ifdef PTHREAD_CANCEL_DISABLE
    CancellationDeferred() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~CancellationDeferred() { pthread_setcancelstate(before_, nullptr); }
#else
    CancellationDeferred() noexcept {}
    ~CancellationDeferred() {}
#endif
    CancellationDeferred(const CancellationDeferred&) = delete;
    CancellationDeferred& operator=(const CancellationDeferred&) = delete;

private:
#ifdef PTHREAD_CANCEL_DISABLE
    int before_ = PTHREAD_CANCEL_ENABLE;
#endif
};

}  // namespace fluxgate::inline v0_1::detail
