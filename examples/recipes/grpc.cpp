// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for gRPC, tried on a server that answers, hangs and recovers.

#include "grpc.hpp"

#include "checks.hpp"
#include "prices.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using recipes::check;

namespace {

class Prices final : public shop::Prices::Service {
public:
    std::atomic<std::chrono::milliseconds> delay{0ms};
    std::atomic<int> calls{0};

    grpc::Status Get(grpc::ServerContext*, const shop::Ask* ask, shop::Answer* answer) override {
        ++calls;
        std::this_thread::sleep_for(delay.load());
        answer->set_cents(995);
        return ask->item() == "none" ? grpc::Status{grpc::NOT_FOUND, "no such item"}
                                     : grpc::Status::OK;
    }
    grpc::Status Watch(grpc::ServerContext* context, const shop::Ask*,
                       grpc::ServerWriter<shop::Answer>* out) override {
        shop::Answer answer;
        answer.set_cents(995);
        out->Write(answer);
        for (int i = 0; i != 15 && !context->IsCancelled(); ++i) {
            std::this_thread::sleep_for(50ms);
        }
        return grpc::Status::OK;
    }
};

class Client {
public:
    Client(recipes::Methods& methods, const std::string& target)
        : stub_{shop::Prices::NewStub(
              recipes::guarded_channel(methods, target, grpc::InsecureChannelCredentials()))} {}

    grpc::Status get(const char* item, std::chrono::milliseconds timeout = 1s) {
        Call call{item, timeout};
        return stub_->Get(&call.context, call.ask, &call.answer);
    }
    grpc::Status get_by_callback(const char* item) {
        Call call{item, 1s};
        std::promise<grpc::Status> status;
        stub_->async()->Get(&call.context, &call.ask, &call.answer,
                            [&](const grpc::Status& ended) { status.set_value(ended); });
        return status.get_future().get();
    }
    grpc::Status cancel() {
        Call call{"cup", 1s};
        std::promise<grpc::Status> status;
        stub_->async()->Get(&call.context, &call.ask, &call.answer,
                            [&](const grpc::Status& ended) { status.set_value(ended); });
        call.context.TryCancel();
        return status.get_future().get();
    }
    /// Reads a stream to its end. Returns its status, and how many messages came.
    std::pair<grpc::Status, int> watch() {
        Call call{"cup", 5s};
        const auto reader = stub_->Watch(&call.context, call.ask);
        int messages = 0;
        while (reader->Read(&call.answer)) {
            ++messages;
        }
        return {reader->Finish(), messages};
    }

private:
    struct Call {
        Call(const char* item, std::chrono::milliseconds timeout) {
            context.set_deadline(std::chrono::system_clock::now() + timeout);
            ask.set_item(item);
        }
        grpc::ClientContext context;
        shop::Ask ask;
        shop::Answer answer;
    };

    std::unique_ptr<shop::Prices::Stub> stub_;
};

bool is_rejected(const grpc::Status& status) {
    return status.error_message().starts_with("not permitted");
}

}  // namespace

int main() {
    Prices prices;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&prices);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();

    recipes::Methods methods{&recipes::make_method};
    Client client{methods, "127.0.0.1:" + std::to_string(port)};
    const auto info = [&](const char* method) { return methods[method]->info(); };
    constexpr auto* get = "/shop.Prices/Get";
    constexpr auto* watch = "/shop.Prices/Watch";

    for (int i = 0; i != 20; ++i) {
        check(client.get("cup").ok(), "an answer comes as it is");
        check(client.get("none").error_code() == grpc::NOT_FOUND, "so does one that says no");
        check(client.get_by_callback("cup").ok(), "so does one of a callback");
    }
    prices.delay = 100ms;
    check(client.cancel().error_code() == grpc::CANCELLED, "our own end of a call is told");
    prices.delay = 0ms;
    check(info(get).metrics.failure_count == 0, "none of that is a failure");

    {
        std::vector<std::future<std::pair<grpc::Status, int>>> streams;
        for (int i = 0; i != 8; ++i) {
            streams.push_back(std::async(std::launch::async, [&] { return client.watch(); }));
        }
        for (auto& stream : streams) {
            const auto [status, messages] = stream.get();
            check(status.ok() && messages == 1, "a stream comes to its end");
        }
        check(info(watch).metrics.failure_count == 0,
              "streams that live longer than an answer may take are well");
    }

    prices.delay = 400ms;
    const int before = prices.calls;
    grpc::Status status = client.get("cup", 100ms);
    int timed_out = 0;
    while (!is_rejected(status)) {
        check(status.error_code() == grpc::DEADLINE_EXCEEDED, "a time-out comes as it is");
        ++timed_out;
        status = client.get("cup", 100ms);
    }
    check(timed_out < 20, "a server that hangs is left alone after a few time-outs");
    check(status.error_code() == grpc::UNAVAILABLE, "a rejection looks like a server that is gone");
    check(is_rejected(client.get_by_callback("cup")), "so does one of a callback");
    check(prices.calls - before <= timed_out, "nothing is sent of a call that is rejected");
    check(client.watch().first.ok(), "another method has a circuit of its own");
    std::cout << "rejected after " << timed_out << " time-outs\n";

    prices.delay = 0ms;
    while (info(get).state != fluxgate::State::closed) {
        client.get("cup");
        std::this_thread::sleep_for(10ms);
    }
    check(client.get("cup").ok(), "it recovers");
    server->Shutdown(std::chrono::system_clock::now());
}
