// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <QtCore/QTimer>
#include <QtCore/QUrl>
#include <QtNetwork/QNetworkAccessManager>
#include <QtNetwork/QNetworkReply>
#include <QtNetwork/QNetworkRequest>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

// Qt's network access, with a breaker for each host: all requests of a manager. To be copied.
namespace recipes {

/// What came of a request.
struct Finished {
    QNetworkReply::NetworkError error = QNetworkReply::NoError;
    int status = 0;
    bool timed_out = false;

    /// Returns whether the server did not answer to the end, or says that it is unwell.
    [[nodiscard]] bool has_failed() const {
        constexpr int last_of_connection = 199;  // of the network and of proxies
        return timed_out || is_bad() || error == QNetworkReply::ProtocolFailure ||
               (error != QNetworkReply::NoError && error <= last_of_connection);
    }
    /// Returns whether it ended by our own doing: by `abort()`, and not by the time-out, which Qt
    /// reports as the same; or because no such request can be sent.
    [[nodiscard]] bool is_ours() const {
        return !timed_out && !is_bad() &&
               (error == QNetworkReply::OperationCanceledError ||
                error == QNetworkReply::ProtocolUnknownError);
    }
    [[nodiscard]] bool is_bad() const { return status >= 500 || status == 429; }
};

/// Returns the breaker of a host, whose callers can bear to wait for half a second.
inline auto make_host(std::string_view host) {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}), fluxgate::Name{host},
        fluxgate::Neutral{&Finished::is_ours} | fluxgate::Result{&Finished::has_failed}};
}
using Hosts = fluxgate::KeyedBreakers<decltype(&make_host)>;

/// The reply to a request that was rejected: it is finished as soon as the event loop runs.
class RejectedReply final : public QNetworkReply {
public:
    RejectedReply(QNetworkAccessManager::Operation operation, const QNetworkRequest& request,
                  const fluxgate::Rejection& why, QObject* parent)
        : QNetworkReply{parent} {
        setOperation(operation);
        setRequest(request);
        setUrl(request.url());
        QNetworkReply::open(ReadOnly);  // which would clear an error
        const std::string_view state = to_string(why.state);
        setError(ServiceUnavailableError,
                 QStringLiteral("not permitted: the circuit is ") +
                     QString::fromUtf8(state.data(), static_cast<int>(state.size())));
        setFinished(true);
        const auto tell = [this] {
            Q_EMIT errorOccurred(error());
            Q_EMIT finished();
        };
        QMetaObject::invokeMethod(this, tell, Qt::QueuedConnection);
    }
    void abort() override {}

protected:
    qint64 readData(char*, qint64) override { return -1; }
};

/// A manager whose requests are guarded. `hosts` must outlive it. Replies that are under way at its
/// end are neutral.
class GuardedManager final : public QNetworkAccessManager {
public:
    /// Takes the time-out of whole transfers, in place of Qt's, which is left unset.
    GuardedManager(Hosts& hosts, std::chrono::milliseconds timeout)
        : hosts_{hosts}, timeout_{timeout} {}

    /// Returns the name of a host's breaker, with no password in it.
    static std::string host_of(const QUrl& url) {
        const int default_port = url.scheme() == QStringLiteral("https") ? 443 : 80;
        return url.host().toStdString() + ':' + std::to_string(url.port(default_port));
    }

protected:
    QNetworkReply* createRequest(Operation operation, const QNetworkRequest& request,
                                 QIODevice* data) override {
        const QUrl url = request.url();
        if (!url.scheme().startsWith(QStringLiteral("http"))) {
            return QNetworkAccessManager::createRequest(operation, request, data);
        }
        fluxgate::Rejection why;
        auto permission = hosts_.try_acquire(host_of(url), why);
        if (!permission) {
            return new RejectedReply{operation, request, why, this};
        }
        QNetworkReply* const reply = QNetworkAccessManager::createRequest(operation, request, data);
        // A slot is copied, a permission is not: so it is shared.
        const auto call = std::make_shared<Hosts::Permission>(std::move(*permission));
        const auto timed_out = std::make_shared<bool>(false);
        QTimer::singleShot(timeout_, reply, [reply, timed_out] {
            if (reply->isRunning()) {
                *timed_out = true;
                reply->abort();
            }
        });
        connect(reply, &QNetworkReply::finished, this, [reply, call, timed_out] {
            const QVariant status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
            call->returned(Finished{reply->error(), status.toInt(), *timed_out});
        });
        return reply;
    }

private:
    Hosts& hosts_;
    const std::chrono::milliseconds timeout_;
};

}  // namespace recipes
