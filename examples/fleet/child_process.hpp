// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

/// A program that runs beside this one, and is killed with this object. Lines are written to it and
/// read from it.
class ChildProcess {
public:
    /// Throws `std::runtime_error` where it cannot be started.
    explicit ChildProcess(std::vector<std::string> command) {
        std::array<int, 2> to{};
        std::array<int, 2> from{};
        if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error{"no pipe"};
        }
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
        std::vector<char*> arguments;
        for (std::string& part : command) {
            arguments.push_back(part.data());
        }
        arguments.push_back(nullptr);
        const int error =
            posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(to[0]);
        close(from[1]);
        in_ = fdopen(to[1], "w");
        out_ = fdopen(from[0], "r");
        if (error != 0) {
            throw std::runtime_error{"cannot start " + command.front()};
        }
    }
    ~ChildProcess() {
        kill();
        std::fclose(in_);
        std::fclose(out_);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    void signal(int number) const { ::kill(process_, number); }

    /// Ends it at once, without a word to anybody.
    void kill() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
            process_ = 0;
        }
    }

    /// Has it end in its own way, and returns its exit status.
    int end() {
        std::fflush(in_);
        std::fclose(in_);
        in_ = fopen("/dev/null", "w");
        int status = 0;
        waitpid(process_, &status, 0);
        process_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    void write(const std::string& line) {
        std::fputs((line + '\n').c_str(), in_);
        std::fflush(in_);
    }
    /// Returns the next line that it writes; empty at its end.
    std::string read() {
        std::string line;
        for (int c = std::fgetc(out_); c != EOF && c != '\n'; c = std::fgetc(out_)) {
            line += static_cast<char>(c);
        }
        return line;
    }
    /// Writes a line and returns the answer.
    std::string ask(const std::string& line) {
        write(line);
        return read();
    }

private:
    pid_t process_ = 0;
    std::FILE* in_ = nullptr;
    std::FILE* out_ = nullptr;
};
