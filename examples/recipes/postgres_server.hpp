// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../fleet/child_process.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pwd.h>
#include <unistd.h>

/// A PostgreSQL of one's own, in a folder that goes with it. Clients reach it by a socket there.
class PostgresServer {
public:
    /// Takes the folder of PostgreSQL's programs. Throws `std::runtime_error` where it does not
    /// start.
    explicit PostgresServer(const std::string& programs)
        : folder_{make_folder()},
          server_{as_owner({programs + "/postgres", "-D", initialised(programs), "-c",
                            "listen_addresses=", "-c", "unix_socket_directories=" + folder_, "-c",
                            "fsync=off", "-c", "log_min_messages=panic"})} {
        for (int i = 0; i != 500; ++i) {
            if (PQping(where().c_str()) == PQPING_OK) {
                return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        end();
        throw std::runtime_error{programs + "/postgres does not start"};
    }
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer() { end(); }

    /// Returns what `PQconnectdb` takes.
    [[nodiscard]] std::string where() const {
        return "host=" + folder_ + " user=postgres dbname=postgres connect_timeout=2";
    }

    /// Has it hang, with all its connections, until it goes on.
    void stop() {
        PGconn* const connection = PQconnectdb(where().c_str());
        PGresult* const pids = PQexec(
            connection, "select pid from pg_stat_activity where backend_type = 'client backend'");
        server_.signal(SIGSTOP);
        for (int row = 0; row != PQntuples(pids); ++row) {
            stopped_.push_back(static_cast<pid_t>(std::stol(PQgetvalue(pids, row, 0))));
            ::kill(stopped_.back(), SIGSTOP);
        }
        PQclear(pids);
        PQfinish(connection);
    }
    void go_on() {
        server_.signal(SIGCONT);
        for (const pid_t backend : std::exchange(stopped_, {})) {
            ::kill(backend, SIGCONT);
        }
    }

private:
    /// PostgreSQL refuses to run as root, so root has the user of Debian's package run it.
    static std::vector<std::string> as_owner(std::vector<std::string> command) {
        if (geteuid() == 0) {
            command.insert(command.begin(),
                           {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"});
        }
        return command;
    }
    static std::string make_folder() {
        std::string folder = std::filesystem::temp_directory_path() / "postgres-XXXXXX";
        if (mkdtemp(folder.data()) == nullptr) {
            throw std::runtime_error{"no folder for PostgreSQL"};
        }
        const passwd* const owner = geteuid() == 0 ? getpwnam("postgres") : nullptr;
        if (owner != nullptr && chown(folder.c_str(), owner->pw_uid, owner->pw_gid) != 0) {
            throw std::runtime_error{"no folder for the user postgres"};
        }
        return folder;
    }
    /// Has the server's files made. Returns their folder.
    [[nodiscard]] std::string initialised(const std::string& programs) const {
        std::string data = folder_ + "/data";
        ChildProcess initdb{as_owner(
            {programs + "/initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"})};
        if (initdb.end() != 0) {
            throw std::runtime_error{programs + "/initdb has failed"};
        }
        return data;
    }
    void end() {
        go_on();
        server_.signal(SIGINT);
        server_.end();
        std::filesystem::remove_all(folder_);
    }

    const std::string folder_;
    ChildProcess server_;
    std::vector<pid_t> stopped_;
};
