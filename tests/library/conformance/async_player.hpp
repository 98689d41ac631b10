// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "player.hpp"
#include "spawn.hpp"

#include <coroutine>
#include <map>
#include <set>
#include <string>
#include <utility>

// The asynchronous breaker's actions, and what came of them:
//
//     start <at> <id>                     a call whose function suspends until it is finished
//     finish <at> <id> <outcome> <text>   lets that function end so
//     done <id> <result>                  a call that has come back to its caller
//     running <ids...>                    functions under way
//     waiting <ids...>                    calls that wait for a slot in half-open

namespace conformance {

template <class... Policies>
class AsyncPlayer : public Player<AsyncPlayer<Policies...>> {
public:
    AsyncPlayer(Reader& reader, std::uint32_t cap, Policies... policies)
        : Player<AsyncPlayer>{reader},
          breaker_{fluxgate::testing::Virtual{this->time_}, this->remember_signals(),
                   fluxgate::MaxHalfOpenCalls{cap}, std::move(policies)...} {}

    auto& breaker() { return breaker_; }

    bool act() {
        Reader& reader = this->reader_;
        if (reader.at("start")) {
            this->go_to(reader.word(1, 3));
            const std::string id = reader.word(2, 3);
            waiting_.insert(id);
            callers_.try_emplace(id, caller(id));
            return true;
        }
        if (reader.at("finish")) {
            this->go_to(reader.word(1, 5));
            const auto found = running_.find(reader.word(2, 5));
            if (found == running_.end()) {
                reader.fail("this call is not running");
            }
            outcome_ = reader.word(3, 5);
            text_ = reader.word(4, 5);
            running_.extract(found).mapped().resume();
            return true;
        }
        return false;
    }

    void check_calls() {
        Reader& reader = this->reader_;
        for (; reader.at("done"); reader.next()) {
            const auto found = done_.find(reader.word(1, 3));
            if (found == done_.end()) {
                reader.fail("this call has not come back");
            }
            reader.expect("the result", reader.word(2, 3), found->second);
            done_.erase(found);
        }
        if (!done_.empty()) {
            reader.fail("before this, call " + done_.begin()->first + " came back");
        }
        std::set<std::string> running;
        for (const auto& [id, handle] : running_) {
            running.insert(id);
        }
        check_ids("running", running);
        check_ids("waiting", waiting_);
    }

private:
    /// Suspends the protected function until it is finished.
    struct Run {
        static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) {
            player.waiting_.erase(id);
            player.running_.emplace(id, handle);
        }
        static void await_resume() noexcept {}
        AsyncPlayer& player;
        const std::string& id;
    };

    static fluxgate::Task<> protected_function(AsyncPlayer* player, std::string id) {
        Run run{*player, id};
        co_await run;
        end_as(player->reader_, player->outcome_, player->text_);
    }

    fluxgate::Task<> caller(std::string id) {
        std::string result;
        try {
            fluxgate::Task<> call = breaker_.call(protected_function, this, id);
            co_await std::move(call);
            result = "ok";
        } catch (...) {
            result = result_of([] { throw; });
        }
        waiting_.erase(id);
        done_.emplace(id, result);
    }

    void check_ids(const char* kind, const std::set<std::string>& actual) {
        Reader& reader = this->reader_;
        if (!reader.at(kind)) {
            reader.fail(std::string{"is no '"} + kind + "'");
        }
        const std::set<std::string> expected{reader.words().begin() + 1, reader.words().end()};
        if (expected != actual) {
            std::string text = std::string{"in fact, "} + kind + " are";
            for (const std::string& id : actual) {
                text += " " + id;
            }
            reader.fail(text);
        }
        reader.next();
    }

    decltype(fluxgate::AsyncCircuitBreaker{
        std::declval<fluxgate::testing::Virtual>(), std::declval<fluxgate::Listeners<>>(),
        std::declval<fluxgate::MaxHalfOpenCalls>(), std::declval<Policies>()...}) breaker_;
    std::string outcome_;
    std::string text_;
    std::set<std::string> waiting_;
    std::map<std::string, std::coroutine_handle<>> running_;
    std::map<std::string, std::string> done_;
    std::map<std::string, Spawned> callers_;
};

}  // namespace conformance
