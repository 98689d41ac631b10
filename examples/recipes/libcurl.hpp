// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

// libcurl, with a breaker for each host: easy handles, and the multi interface. To be copied.
namespace recipes {

/// What came of a transfer.
struct Transferred {
    CURLcode code = CURLE_OK;
    long status = 0;

    /// Returns it, of a transfer that has ended with this code.
    [[nodiscard]] static Transferred by(CURL* easy, CURLcode code) {
        Transferred transferred{code, 0};
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &transferred.status);
        return transferred;
    }
    /// Returns whether the server did not answer, or says that it is unwell.
    [[nodiscard]] bool has_failed() const {
        switch (code) {
            case CURLE_OK:
            case CURLE_HTTP_RETURNED_ERROR:  // by CURLOPT_FAILONERROR
            case CURLE_TOO_MANY_REDIRECTS: return is_bad(status);
            default: return true;
        }
    }
    /// Returns whether it ended by our own doing, before anybody could know how the server is.
    [[nodiscard]] bool is_ours() const {
        if (is_bad(status)) {
            return false;
        }
        switch (code) {
            case CURLE_ABORTED_BY_CALLBACK:
            case CURLE_WRITE_ERROR:
            case CURLE_READ_ERROR:
            case CURLE_URL_MALFORMAT:
            case CURLE_UNSUPPORTED_PROTOCOL:
            case CURLE_FAILED_INIT:
            case CURLE_OUT_OF_MEMORY:
            case CURLE_FILESIZE_EXCEEDED:
            case CURLE_SEND_FAIL_REWIND:
            case CURLE_SSL_CERTPROBLEM:
            case CURLE_SSL_CACERT_BADFILE:
            case CURLE_INTERFACE_FAILED:
            case CURLE_UNKNOWN_OPTION:
            case CURLE_NOT_BUILT_IN:
            case CURLE_BAD_FUNCTION_ARGUMENT: return true;
            default: return false;
        }
    }

private:
    [[nodiscard]] static bool is_bad(long status) { return status >= 500 || status == 429; }
};

/// Returns the breaker of a host, whose callers can bear to wait for half a second.
inline auto make_host(std::string_view host) {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{500}), fluxgate::Name{host},
        fluxgate::Neutral{&Transferred::is_ours} | fluxgate::Result{&Transferred::has_failed}};
}
using Hosts = fluxgate::KeyedBreakers<decltype(&make_host)>;

/// Performs a transfer of an easy handle, or says why it did not.
inline auto perform(Hosts& hosts, std::string_view host, CURL* easy) {
    return hosts.try_call(host, [easy] { return Transferred::by(easy, curl_easy_perform(easy)); });
}

/// The transfers of one multi handle, for one thread. Those that are under way at its end are
/// neutral.
class Transfers {
public:
    using Done = std::function<void(CURL* easy, const Transferred& transferred)>;

    /// Both must outlive it.
    Transfers(Hosts& hosts, CURLM* multi) : hosts_{hosts}, multi_{multi} {}
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;
    ~Transfers() {
        for (const auto& [easy, transfer] : under_way_) {
            curl_multi_remove_handle(multi_, easy);
        }
    }

    /// Starts a transfer, whose end `done` is told; returns false where it did not: because of the
    /// circuit, as `why` then says, or because libcurl takes no such handle now.
    [[nodiscard]] bool start(std::string_view host, CURL* easy, Done done,
                             fluxgate::Rejection& why) {
        auto call = hosts_.try_acquire(host, why);
        if (!call) {
            return false;
        }
        if (curl_multi_add_handle(multi_, easy) != CURLM_OK) {
            return false;
        }
        under_way_.emplace(easy, Transfer{std::move(*call), std::move(done)});
        return true;
    }

    /// Settles a long transfer early: to be called when the first of its body is there, as by the
    /// function of `CURLOPT_WRITEFUNCTION`. What ends it later says nothing of the server.
    void answered(CURL* easy) {
        if (const auto transfer = under_way_.find(easy); transfer != under_way_.end()) {
            transfer->second.call.returned(Transferred::by(easy, CURLE_OK));
        }
    }

    /// Moves them on without waiting. Returns whether there are any.
    bool perform() {
        int running = 0;
        curl_multi_perform(multi_, &running);
        int left = 0;
        while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
            CURL* const easy = message->easy_handle;
            const Transferred transferred = Transferred::by(easy, message->data.result);
            auto ended = under_way_.extract(easy);
            if (ended.empty()) {
                continue;  // somebody else's
            }
            curl_multi_remove_handle(multi_, easy);
            ended.mapped().call.returned(transferred);
            ended.mapped().done(easy, transferred);
        }
        return !under_way_.empty();
    }

private:
    struct Transfer {
        Hosts::Permission call;
        Done done;
    };

    Hosts& hosts_;
    CURLM* const multi_;
    std::unordered_map<CURL*, Transfer> under_way_;
};

}  // namespace recipes
