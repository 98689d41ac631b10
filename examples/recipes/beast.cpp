// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for Boost.Beast, tried on a server that answers, turns mute and recovers.

#include "beast.hpp"

#include "checks.hpp"
#include "server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using recipes::check;
using recipes::Server;
namespace asio = boost::asio;

namespace {

/// What came of calls that were made at once.
struct Outcomes {
    int answered = 0;
    int failed = 0;
    int rejected = 0;
};

class Client {
public:
    explicit Client(int port)
        : endpoint_{asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)} {}

    Outcomes get(int calls_at_once) {
        Outcomes outcomes;
        asio::io_context context;
        for (int i = 0; i != calls_at_once; ++i) {
            asio::co_spawn(context, get(outcomes), throw_on);
        }
        context.run();
        return outcomes;
    }
    /// Starts a call, and cancels it while its server is mute.
    void cancel() {
        Outcomes outcomes;
        asio::io_context context;
        asio::cancellation_signal signal;
        asio::co_spawn(context, get(outcomes),
                       asio::bind_cancellation_slot(signal.slot(), throw_on));
        context.run_for(50ms);
        signal.emit(asio::cancellation_type::terminal);
        context.run();
    }
    [[nodiscard]] fluxgate::CircuitBreakerInfo info() { return hosts_["prices"]->info(); }

private:
    static void throw_on(const std::exception_ptr& error) {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
    }
    asio::awaitable<void> get(Outcomes& outcomes) {
        auto call = hosts_.try_call("prices", recipes::fetch, endpoint_, std::string{"/"});
        try {
            const auto response = co_await std::move(call);
            if (!response) {
                ++outcomes.rejected;
            } else {
                ++(recipes::has_failed(*response) ? outcomes.failed : outcomes.answered);
            }
        } catch (const boost::system::system_error&) {
            ++outcomes.failed;
        }
    }

    asio::ip::tcp::endpoint endpoint_;
    recipes::Hosts hosts_{&recipes::make_host};
};

}  // namespace

int main() {
    // Four calls at once: of more connections, the server leaves some waiting.
    Server server;
    Client client{server.port()};
    for (const int status : {200, 404, 404, 200}) {
        server.answer(status);
        check(client.get(4).answered == 4, "answers come as they are");
    }
    server.answer(Server::mute);
    client.cancel();
    check(client.info().metrics.failure_count == 0, "neither these nor a cancelled call fail");

    server.answer(503);
    Outcomes outcomes = client.get(1);
    int failed = 0;
    while (outcomes.rejected == 0) {
        failed += outcomes.failed;
        outcomes = client.get(1);
    }
    check(failed < 20, "a server that fails is left alone after a few calls");
    std::cout << "rejected after " << failed << " failures\n";

    server.answer(200);
    while (client.info().state != fluxgate::State::closed) {
        client.get(1);
        std::this_thread::sleep_for(10ms);
    }
    check(client.get(4).answered == 4, "it recovers");

    server.answer(Server::mute);
    int hung = 0;
    for (outcomes = client.get(4); outcomes.rejected != 4; outcomes = client.get(4)) {
        hung += outcomes.failed;
    }
    check(hung < 20, "a mute server is left alone after a few time-outs");
    std::cout << "rejected after " << hung << " time-outs\n";
}
