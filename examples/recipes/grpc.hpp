// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_interceptor.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// gRPC, with a breaker for each method of a channel: blocking calls, callbacks and streams of the
// server. To be copied.
namespace recipes {

/// Returns whether the server did not answer, or says that it is unwell. All others are answers,
/// such as `NOT_FOUND`.
inline bool has_failed(grpc::StatusCode code) {
    switch (code) {
        case grpc::UNAVAILABLE:
        case grpc::DEADLINE_EXCEEDED:
        case grpc::RESOURCE_EXHAUSTED:
        case grpc::INTERNAL:
        case grpc::UNKNOWN:
        case grpc::DATA_LOSS: return true;
        default: return false;
    }
}

/// Returns whether we ended the call before anybody could know how the server is.
inline bool is_ours(grpc::StatusCode code) {
    return code == grpc::CANCELLED;
}

/// Returns the breaker of a method, whose callers can bear to wait for half a second.
inline auto make_method(std::string_view method) {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}), fluxgate::Name{method},
        fluxgate::Neutral{&is_ours} | fluxgate::Result{&has_failed}};
}
using Methods = fluxgate::KeyedBreakers<decltype(&make_method)>;

/// Guards one call. A call that is rejected ends with `UNAVAILABLE`, and nothing is sent. Calls of
/// the other kinds, in which the client streams, last for as long as the client has something to
/// say, so they are not guarded: an `acquire_as` or a breaker beside the stub is for them.
class GuardsCall final : public grpc::experimental::Interceptor {
    using Hook = grpc::experimental::InterceptionHookPoints;
    using Rpc = grpc::experimental::ClientRpcInfo;

public:
    GuardsCall(Methods& methods, const Rpc& rpc) : methods_{methods}, rpc_{rpc} {}

    void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
        if (is_guarded() && batch->QueryInterceptionHookPoint(Hook::PRE_SEND_INITIAL_METADATA)) {
            call_ = methods_.try_acquire(rpc_.method(), why_);
            if (!call_) {
                rejected_ = true;
                batch->Hijack();  // asks the hooks below for what the server would have sent
                return;
            }
        }
        if (rejected_) {
            reject(*batch);
        } else if (is_guarded()) {
            settle(*batch);
        }
        batch->Proceed();
    }

private:
    [[nodiscard]] bool is_guarded() const {
        return rpc_.type() == Rpc::Type::UNARY || rpc_.type() == Rpc::Type::SERVER_STREAMING;
    }
    void reject(grpc::experimental::InterceptorBatchMethods& batch) const {
        if (batch.QueryInterceptionHookPoint(Hook::PRE_RECV_MESSAGE)) {
            batch.FailHijackedRecvMessage();
        }
        if (batch.QueryInterceptionHookPoint(Hook::PRE_RECV_STATUS)) {
            *batch.GetRecvStatus() = {
                grpc::UNAVAILABLE,
                std::string{"not permitted: the circuit is "} + std::string{to_string(why_.state)}};
        }
    }
    void settle(grpc::experimental::InterceptorBatchMethods& batch) {
        if (rpc_.type() == Rpc::Type::SERVER_STREAMING &&
            batch.QueryInterceptionHookPoint(Hook::POST_RECV_MESSAGE) &&
            batch.GetRecvMessage() != nullptr) {
            if (auto call = take_call()) {
                call->succeeded();  // a stream is well once its first message is there
            }
        }
        if (batch.QueryInterceptionHookPoint(Hook::POST_RECV_STATUS)) {
            if (auto call = take_call()) {
                call->returned(batch.GetRecvStatus()->error_code());
            }
        }
    }
    /// Takes the call, for one of the threads: a message and the status may come at one time.
    std::optional<Methods::Permission> take_call() {
        const std::lock_guard lock{mutex_};
        return std::exchange(call_, std::nullopt);
    }

    Methods& methods_;
    const Rpc& rpc_;
    fluxgate::Rejection why_;
    bool rejected_ = false;
    std::mutex mutex_;
    /// Guarded by the mutex, once the call has been sent.
    std::optional<Methods::Permission> call_;
};

/// Returns a channel whose calls are guarded. `methods` must outlive it.
inline std::shared_ptr<grpc::Channel> guarded_channel(
    Methods& methods, const std::string& target,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    class Factory final : public grpc::experimental::ClientInterceptorFactoryInterface {
    public:
        explicit Factory(Methods& methods) : methods_{methods} {}
        grpc::experimental::Interceptor* CreateClientInterceptor(
            grpc::experimental::ClientRpcInfo* rpc) override {
            return new GuardsCall{methods_, *rpc};  // gRPC deletes it
        }

    private:
        Methods& methods_;
    };
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> factories;
    factories.push_back(std::make_unique<Factory>(methods));
    return grpc::experimental::CreateCustomChannelWithInterceptors(target, credentials, {},
                                                                   std::move(factories));
}

}  // namespace recipes
