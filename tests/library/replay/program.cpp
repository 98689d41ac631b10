// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The program that compares policies: what it prints, and how it ends.

#include "catch.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A folder that is there as long as this.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "fluxgate-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error{"no folder"};
        }
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
        std::ofstream{path_ / name} << text;
        return (path_ / name).string();
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};

struct Outcome {
    int status;
    std::string out;
    std::string err;
    /// In kilobytes.
    long most_memory;
};

/// Runs a command of the shell in the project's folder, in which `replay` is the program.
Outcome run(const Folder& folder, const std::string& command) {
    const std::string whole = "replay() { '" PROGRAM "' \"$@\"; }; cd '" PROJECT "' && { " +
                              command + "\n} >'" + folder.path("out") + "' 2>'" +
                              folder.path("err") + "'";
    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", whole.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents_of(folder.path("out")),
            contents_of(folder.path("err")), usage.ru_maxrss};
}

}  // namespace

TEST_CASE("the command of the page prints what the page says") {
    const Folder folder;
    const std::string page = contents_of(PROJECT "/docs/choosing-numbers.md");
    const std::string before = "build/quickstart/examples/replay/";
    const auto begin = page.find(before);
    REQUIRE(begin != std::string::npos);
    const auto end = page.find("```\n\n```text\n", begin);
    REQUIRE(end != std::string::npos);
    std::string command = page.substr(begin + before.size(), end - begin - before.size());
    command.replace(command.find("replay.svg"), 10, folder.path("replay.svg"));
    const auto table = end + std::string{"```\n\n```text\n"}.size();

    const Outcome outcome = run(folder, command);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());  // and no progress, as it is no terminal
    CHECK(outcome.out == page.substr(table, page.find("```", table) - table));
    CHECK(contents_of(folder.path("replay.svg")).ends_with("</svg>\n"));
}

TEST_CASE("the commands of the page about access logs print what it says") {
    const Folder folder;
    const std::string page = contents_of(PROJECT "/docs/access-logs.md");
    const std::string between = "```\n\n```text\n";
    int commands = 0;
    for (auto at = page.find(between); at != std::string::npos; at = page.find(between, at + 1)) {
        const std::string before = "```sh\n";
        const auto begin = page.rfind(before, at) + before.size();
        std::string command = page.substr(begin, at - begin);
        const auto picture = command.find("--picture ") + std::string{"--picture "}.size();
        command.insert(picture, folder.path(""));
        const std::string name = command.substr(picture, command.find(' ', picture) - picture);
        const auto table = at + between.size();
        ++commands;
#ifndef HAS_JQ
        if (command.starts_with("jq")) {
            continue;
        }
#endif
        const Outcome outcome = run(folder, command);
        CHECK(outcome.status == 0);
        CHECK(outcome.err.empty());
        CHECK(outcome.out == page.substr(table, page.find("```", table) - table));
        CHECK(contents_of(name).ends_with("</svg>\n"));
    }
    CHECK(commands == 3);
}

TEST_CASE("a file that ends within a line is replayed, and that is told") {
    const Folder folder;
    const std::string file =
        folder.file("calls.csv", "time_s,latency_ms,ok\n1,20,1\n2,20,0\n3.5,2");
    const Outcome outcome = run(folder, "replay '" + file + "' ''");
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "Of the lines, 1 is torn, and left out here.\n");
    CHECK(outcome.out.find("waited in vain") != std::string::npos);
}

TEST_CASE("help has examples, and says what the times are") {
    const Folder folder;
    const Outcome outcome = run(folder, "replay --help");
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("replay calls.csv --slow 500ms") != std::string::npos);
    CHECK(outcome.out.find("time_s      when the call began") != std::string::npos);
    CHECK(outcome.out.find("end_s       when it ended") != std::string::npos);
}

TEST_CASE("a broken line ends the program, and is told by its number") {
    const Folder folder;
    const std::string file =
        folder.file("calls.csv", "time_s,latency_ms,ok\n1,1,1\n2,1,?\n3,1,1\n");
    const Outcome outcome = run(folder, "replay '" + file + "' ''");
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.err ==
          file + ": fluxgate: ok in line 3 must be 1 or 0, or true or false, but is ?\n");
}

TEST_CASE("what else may be wrong is told") {
    const Folder folder;
    CHECK(run(folder, "replay /nowhere.csv ''").err == "/nowhere.csv: cannot be read\n");
    CHECK(run(folder, "replay /nowhere.csv ''").status == 1);
    const std::string empty = folder.file("empty.csv", "time_s,latency_ms,ok\n");
    CHECK(run(folder, "replay '" + empty + "' ''").err == empty + ": there are no calls in it\n");
    CHECK(run(folder, "replay examples/replay/calls.csv 'trip = nothing'").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv 'trip = nothing'").err.find("column 8") !=
          std::string::npos);
    CHECK(run(folder, "replay examples/replay/calls.csv '' --slow 5").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv '' --slow 0ms").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv '' --slow 99999999999999min").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv '' --late 0s").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv '' --late 99999999999s").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv '' >/dev/full").status == 1);
    CHECK(run(folder, "replay '" + empty + "' '' --picture '" + empty + "'").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv").status == 2);
    CHECK(run(folder, "replay examples/replay/calls.csv '' --picture /nowhere/p.svg").status == 1);
}

TEST_CASE("times since 1970 are told to the millisecond") {
    const Folder folder;
    const Outcome outcome = run(folder,
                                "printf '1764218400.25,18,1\\n1764218401.25,1000.7,0\\n' | "
                                "replay - 'trip = failure_streak(1)'");
    CHECK(outcome.out.find("opened 1 time, at 1764218402.251 s\n") != std::string::npos);
}

TEST_CASE("calls that the recorder lost are told") {
    const Folder folder;
    const Outcome outcome = run(folder, "printf '1,1,1\\n# lost 7\\n' | replay - ''");
    CHECK(outcome.status == 0);
    CHECK(outcome.err == "The recorder had to leave out 7 calls, which are missing here.\n");
}

TEST_CASE("each key may have a breaker of its own, and slow calls may be bad") {
    const Folder folder;
    const std::string file =
        folder.file("calls.csv", "1,100,0,a\n2,100,1,b\n3,100,1,b\n4,100,1,a\n5,900,1,b\n");
    const std::string texts = " 'trip = failure_streak(1); wait = never'";
    const Outcome one = run(folder, "replay '" + file + "'" + texts);
    CHECK(one.out.find("           4               1             0             0.1 s\n") !=
          std::string::npos);
    const Outcome by_key = run(folder, "replay '" + file + "' --by-key --slow 500ms" + texts);
    CHECK(by_key.out.find("           1               2             0               1 s\n") !=
          std::string::npos);
}

#ifndef SANITIZED
TEST_CASE("memory does not grow with the number of calls") {
    const Folder folder;
    const auto memory_for = [&](int calls) {
        const std::string file = folder.path("calls.csv");
        {
            std::ofstream out{file};
            for (int i = 0; i != calls; ++i) {
                out << i / 100 << '.' << 10 + i % 90 << ",20,1\n";
            }
        }
        const Outcome outcome =
            run(folder,
                "replay '" + file + "' '' 'trip = failure_streak(5)' 'window = time_window(10s)'");
        CHECK(outcome.status == 0);
        return outcome.most_memory;
    };
    const long few = memory_for(100'000);
    CHECK(memory_for(1'000'000) < few + few / 2);
}
#endif
