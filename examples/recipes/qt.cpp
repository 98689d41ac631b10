// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The recipe for Qt's network access, tried on a server that answers, turns mute and recovers.

#include "qt.hpp"

#include "checks.hpp"
#include "server.hpp"

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QUrl>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using recipes::check;
using recipes::Server;

namespace {

/// Returns a reply that has finished.
std::unique_ptr<QNetworkReply> finished(QNetworkReply* reply) {
    QEventLoop loop;
    QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec();
    return std::unique_ptr<QNetworkReply>{reply};
}

bool is_rejected(const QNetworkReply& reply) {
    return reply.errorString().startsWith(QStringLiteral("not permitted"));
}

}  // namespace

int main(int count, char** arguments) {
    const QCoreApplication application{count, arguments};
    Server server;
    recipes::Hosts hosts{&recipes::make_host};
    auto manager = std::make_unique<recipes::GuardedManager>(hosts, 1s);
    const QUrl url{QString::fromStdString(server.url())};
    const auto get = [&] { return finished(manager->get(QNetworkRequest{url})); };
    const auto info = [&] { return hosts[recipes::GuardedManager::host_of(url)]->info(); };

    for (const int status : {200, 404, 404, 200}) {
        server.answer(status);
        const auto reply = get();
        check(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute) == status,
              "an answer comes as it is");
    }
    server.answer(Server::mute);
    QNetworkReply* const aborted = manager->get(QNetworkRequest{url});
    QTimer::singleShot(20ms, aborted, &QNetworkReply::abort);
    check(finished(aborted)->error() == QNetworkReply::OperationCanceledError,
          "our own end of a request is told");
    check(info().metrics.failure_count == 0, "none of that is a failure");

    int timed_out = 0;
    std::unique_ptr<QNetworkReply> reply = get();
    for (; !is_rejected(*reply); reply = get()) {
        ++timed_out;
    }
    check(timed_out < 20, "a mute server is left alone after a few time-outs");
    check(reply->error() == QNetworkReply::ServiceUnavailableError, "a rejection is an error");
    std::cout << "rejected after " << timed_out << " time-outs\n";

    server.answer(200);
    while (info().state != fluxgate::State::closed) {
        get();
        std::this_thread::sleep_for(10ms);
    }
    check(get()->error() == QNetworkReply::NoError, "it recovers");

    server.answer(Server::mute);
    manager->get(QNetworkRequest{url});
    check(info().calls_under_way == 1U, "a request is under way");
    reply.reset();  // a manager deletes its replies
    manager.reset();
    check(info().calls_under_way == 0U, "a request that nobody ends is neutral");
}
