// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The program itself, at SIGHUP: it reads its file again while it calls.

#include "catch.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace {

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// The program, as long as this lives, and what it prints.
class Program {
public:
    explicit Program(const std::filesystem::path& file) {
        int ends[2]{};
        if (pipe(ends) != 0) {
            throw std::runtime_error{"no pipe"};
        }
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            execl(PROGRAM, PROGRAM, file.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
        close(ends[1]);
        output_ = fdopen(ends[0], "r");
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        stop();
        std::fclose(output_);
    }

    void hang_up() const { kill(child_, SIGHUP); }

    /// Returns the status with which it ends when it is told to.
    int stop() {
        if (child_ == 0) {
            return 0;
        }
        kill(child_, SIGTERM);
        int status = 0;
        waitpid(child_, &status, 0);
        child_ = 0;
        return status;
    }

    /// Returns the next line that begins so; empty where the output ends before.
    std::string line_of(const std::string& beginning) {
        std::string line;
        for (int character = 0; (character = std::fgetc(output_)) != EOF;) {
            if (character != '\n') {
                line += static_cast<char>(character);
            } else if (line.starts_with(beginning)) {
                return line;
            } else {
                line.clear();
            }
        }
        return {};
    }

private:
    pid_t child_ = 0;
    std::FILE* output_ = nullptr;
};

/// A file of policies for one test.
class File {
public:
    explicit File(const std::string& text) { write(text); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream{path_} << text; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("fluxgate_" + std::to_string(getpid()) + ".toml");
};

}  // namespace

TEST_CASE("a program takes other policies over at SIGHUP, and its circuits keep their state") {
    const std::string sample = contents_of(SAMPLE);
    const File file{sample};
    Program program{file.path()};
    CHECK(program.line_of("prices: ").find("trip = failure_streak(3)") != std::string::npos);

    // Mail fails at each call: its circuit opens, and stays open for an hour.
    std::string mail;
    while (!mail.starts_with("mail: open")) {
        program.hang_up();
        mail = program.line_of("mail: ");
        REQUIRE(!mail.empty());
    }

    std::string changed = sample;
    changed.replace(changed.find("failure_streak(3)"), 17, "failure_rate(0.5)");
    file.write(changed);
    program.hang_up();
    std::string prices;
    while (prices.find("trip = failure_rate(0.5)") == std::string::npos) {
        prices = program.line_of("prices: closed");
        REQUIRE(!prices.empty());
    }
    CHECK(program.line_of("mail: ") == mail);  // the state and the counts, too
    CHECK(program.stop() == 0);
}

TEST_CASE("a program reports a file that is wrong, and goes on as before") {
    const std::string sample = contents_of(SAMPLE);
    const File file{sample};
    Program program{file.path()};
    const std::string before = program.line_of("prices: ");
    file.write(sample + "\ntrip = \"failure_streak(zero)\"\n");
    program.hang_up();
    CHECK(program.line_of(file.path().string())
              .ends_with("trip, column 16 of the text: expected FailureStreak's count"));
    CHECK(program.line_of("ignored") == "ignored: the policies are as before");
    const std::string after = program.line_of("prices: ");
    CHECK(after.substr(after.find("window")) == before.substr(before.find("window")));

    // Half a file, as an editor leaves it for a moment.
    file.write(sample.substr(0, sample.find("[breakers.mail]")));
    program.hang_up();
    CHECK(
        program.line_of(file.path().string())
            .ends_with("lacks what it had before: [breakers.mail], [breakers.mail] wait; a default "
                       "is to be written down"));
    CHECK(program.line_of("ignored") == "ignored: the policies are as before");
    CHECK(program.line_of("mail: ").find("wait = cooldown(") != std::string::npos);

    std::filesystem::remove(file.path());
    program.hang_up();
    CHECK(program.line_of(file.path().string()).ends_with("cannot be read"));
    CHECK(program.stop() == 0);
}
