// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "explorer.hpp"

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <cxxabi.h>
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace explore {
namespace {

namespace context = boost::context;

/// A set of threads, a bit each.
using Threads = std::uint32_t;

constexpr Threads only(std::size_t thread) {
    return Threads{1} << thread;
}
constexpr bool contains(Threads threads, std::size_t thread) {
    return (threads & only(thread)) != 0;
}
constexpr std::size_t first_of(Threads threads) {
    return static_cast<std::size_t>(std::countr_zero(threads));
}

bool are_dependent(const Step& one, const Step& other) {
    if (one.access == Access::none || other.access == Access::none ||
        one.location != other.location) {
        return false;
    }
    if (one.access == Access::begins) {
        return other.access == Access::ends;
    }
    if (one.access == Access::ends) {
        return other.access == Access::begins;
    }
    return one.access != Access::reads || other.access != Access::reads;
}

/// Returns whether there is a state in which either may come first: an unlocking never may.
bool may_be_swapped(const Step& one, const Step& other) {
    return one.access != Access::unlocks && other.access != Access::unlocks;
}

/// What the C++ runtime knows of the exceptions of one thread: each fiber has its own.
struct ExceptionState {
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

ExceptionState& exception_state() {
    return *reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

/// Hands out a stack that is there already.
class KeptStack {
public:
    explicit KeptStack(const context::stack_context& stack) : stack_{stack} {}
    [[nodiscard]] context::stack_context allocate() const { return stack_; }
    void deallocate(const context::stack_context&) const noexcept {}

private:
    context::stack_context stack_;
};

/// One thread of the program.
struct Thread {
    std::function<void()> body;
    context::fiber fiber;
    context::stack_context stack{};
    ExceptionState exceptions;
    bool is_over = false;
    /// What it does next.
    Step next;
    /// What has happened before its next event, by the rules of the memory.
    VectorClock clock;
    /// What has happened before, by the order of dependent steps in this execution.
    VectorClock order;
    std::uint32_t locations = 0;
};

/// A point of an execution at which a thread was chosen.
struct Node {
    Threads enabled = 0;
    /// Threads of which another execution is to choose one here.
    Threads to_try = 0;
    Threads tried = 0;
    /// Threads whose choice here leads to what was explored before.
    Threads asleep = 0;
    std::array<Step, most_threads> next{};
    std::size_t thread = 0;
    Step step;
    /// Which of the answers of `choose` the step gets, and how many there are.
    std::size_t choice = 0;
    std::size_t choices = 1;
};

/// The order of the steps at one location.
struct LocationOrder {
    VectorClock all;
    VectorClock writes;
};

struct MadeStep {
    std::size_t thread;
    Step step;
    std::size_t choice;
    std::uint64_t value;
};

class Explorer {
public:
    static Explorer& instance() {
        static Explorer explorer;
        return explorer;
    }

    Result explore(const std::function<std::unique_ptr<World>()>& make, const Options& options);

    void report(std::string_view what) {
        if (failure_.empty()) {
            failure_ = what;
        }
    }

    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] std::size_t current() const { return current_; }
    [[nodiscard]] bool is_interleaving() const { return is_interleaving_; }
    [[nodiscard]] Thread& thread() { return threads_[current_]; }
    [[nodiscard]] std::size_t steps_made() const { return made_.size(); }

    void before(const Step& step) {
        if (current_ == main_thread || !is_interleaving_) {
            return;
        }
        if (ended_.contains(step.location)) {
            report("an atomic or a mutex is used after its end");
        }
        Thread& thread = threads_[current_];
        thread.next = step;
        switch_to_main();
    }

    std::size_t choose(std::size_t count) {
        if (current_ == main_thread || count <= 1 || is_finishing_) {
            return 0;
        }
        Node& node = path_[depth_];
        node.choices = count;
        if (node.choice >= count) {
            report("the program does not do the same in the same execution");
            return 0;
        }
        return node.choice;
    }

    int spurious_failures_left = 0;

    void note(std::uint64_t value) {
        if (current_ != main_thread && !made_.empty()) {
            made_.back().value = value;
        }
    }

    void end_location(std::uint32_t location) {
        if (is_interleaving_) {
            ended_.insert(location);
        }
    }

    void set_locked(std::uint32_t location, bool locked) {
        if (locked) {
            locked_.push_back(location);
        } else {
            std::erase(locked_, location);
        }
    }

private:
    static constexpr std::size_t stack_size = std::size_t{256} * 1024;

    void run(const std::function<std::unique_ptr<World>()>& make);
    void start_threads();
    void interleave();
    void resume(std::size_t number);
    void switch_to_main();

    [[nodiscard]] Threads enabled() const;
    [[nodiscard]] bool choose_thread(Threads enabled, Threads asleep);
    void find_races();
    void order_step(std::size_t number, const Step& step);
    [[nodiscard]] Threads asleep_after(const Node& node) const;
    [[nodiscard]] bool go_to_next_execution();
    [[nodiscard]] std::string trace() const;

    Options options_;
    std::array<Thread, most_threads> threads_;
    std::size_t count_ = 0;  // of threads, but for the main one
    std::size_t current_ = main_thread;
    context::fiber main_fiber_;
    bool is_interleaving_ = false;
    /// True once this execution has nothing more to tell: its threads only run to their end.
    bool is_finishing_ = false;
    std::string failure_;

    /// The nodes of this execution, and of those that are to come after it.
    std::vector<Node> path_;
    std::size_t depth_ = 0;
    std::vector<MadeStep> made_;
    std::vector<std::uint32_t> locked_;
    /// The locations whose end some thread has made.
    std::unordered_set<std::uint32_t> ended_;
    std::map<std::uint32_t, LocationOrder> orders_;

    std::uint64_t executions_ = 0;
    std::uint64_t redundant_ = 0;
};

void Explorer::resume(std::size_t number) {
    ExceptionState& exceptions = exception_state();
    threads_[main_thread].exceptions = std::exchange(exceptions, threads_[number].exceptions);
    current_ = number;
    threads_[number].fiber = std::move(threads_[number].fiber).resume();
    current_ = main_thread;
    threads_[number].exceptions = std::exchange(exceptions, threads_[main_thread].exceptions);
}

void Explorer::switch_to_main() {
    main_fiber_ = std::move(main_fiber_).resume();
}

void Explorer::start_threads() {
    for (std::size_t i = 1; i <= count_; ++i) {
        Thread& thread = threads_[i];
        if (thread.stack.sp == nullptr) {
            thread.stack = context::protected_fixedsize_stack{stack_size}.allocate();
        }
        thread.clock = threads_[main_thread].clock;
        thread.clock[i] = 1;
        const context::preallocated place{thread.stack.sp, thread.stack.size, thread.stack};
        thread.fiber = context::fiber{std::allocator_arg, place, KeptStack{thread.stack},
                                      [this, &thread](context::fiber&& main) {
                                          main_fiber_ = std::move(main);
                                          thread.body();
                                          thread.is_over = true;
                                          thread.next = Step{};
                                          return std::move(main_fiber_);
                                      }};
    }
    is_interleaving_ = true;
    for (std::size_t i = 1; i <= count_; ++i) {
        resume(i);  // up to its first step
    }
}

Threads Explorer::enabled() const {
    Threads enabled = 0;
    for (std::size_t i = 1; i <= count_; ++i) {
        const Thread& thread = threads_[i];
        const bool waits = thread.next.access == Access::locks &&
                           std::ranges::find(locked_, thread.next.location) != locked_.end();
        if (!thread.is_over && !waits) {
            enabled |= only(i);
        }
    }
    return enabled;
}

/// Chooses the thread of a new node. Returns false where every choice was explored elsewhere.
bool Explorer::choose_thread(Threads enabled, Threads asleep) {
    const Threads candidates = enabled & ~asleep;
    if (candidates == 0) {
        return false;
    }
    Node node;
    node.enabled = enabled;
    node.asleep = asleep;
    for (std::size_t i = 1; i <= count_; ++i) {
        node.next[i] = threads_[i].next;
    }
    // The same thread, if it can go on: so an execution has few switches.
    const std::size_t previous = depth_ == 0 ? main_thread : path_[depth_ - 1].thread;
    node.thread = contains(candidates, previous) ? previous : first_of(candidates);
    node.to_try = options_.reduces ? only(node.thread) : enabled;
    path_.push_back(node);
    return true;
}

/// Finds, for each thread's next step, the latest step of another thread that it might have come
/// before, and has that order explored too.
void Explorer::find_races() {
    for (std::size_t i = 1; i <= count_; ++i) {
        if (threads_[i].is_over) {
            continue;
        }
        const Step& next = threads_[i].next;
        for (std::size_t place = depth_; place-- > 0;) {
            Node& node = path_[place];
            if (node.thread == i || !are_dependent(node.step, next) ||
                !may_be_swapped(node.step, next) || threads_[i].order[node.thread] >= place + 1) {
                continue;
            }
            Threads leading =
                0;  // those whose choice at the node leads to this step's coming first
            for (std::size_t other = 1; other <= count_; ++other) {
                if (contains(node.enabled, other) &&
                    (other == i || threads_[i].order[other] > place + 1)) {
                    leading |= only(other);
                }
            }
            if (leading == 0) {
                node.to_try |= node.enabled;
            } else if ((leading & node.to_try) == 0) {
                node.to_try |= contains(leading, i) ? only(i) : only(first_of(leading));
            }
            break;
        }
    }
}

/// Puts the step that was just made in its place among those that it depends on.
void Explorer::order_step(std::size_t number, const Step& step) {
    VectorClock& order = threads_[number].order;
    const auto place = static_cast<std::uint32_t>(depth_ + 1);
    if (step.access == Access::none) {
        order[number] = place;
        return;
    }
    LocationOrder& location = orders_[step.location];
    const bool only_reads = step.access == Access::reads || step.access == Access::begins;
    order.join(only_reads ? location.writes : location.all);
    order[number] = place;
    if (step.access != Access::ends) {
        location.all.join(order);
    }
    if (!only_reads) {
        location.writes.join(order);
    }
}

Threads Explorer::asleep_after(const Node& node) const {
    Threads asleep = 0;
    if (!options_.reduces) {
        return asleep;
    }
    const Threads candidates = (node.asleep | node.tried) & ~only(node.thread);
    for (std::size_t i = 1; i <= count_; ++i) {
        if (contains(candidates, i) && !are_dependent(node.next[i], node.step)) {
            asleep |= only(i);
        }
    }
    return asleep;
}

void Explorer::interleave() {
    Threads asleep = 0;
    for (;;) {
        if (!failure_.empty()) {
            return;  // what is broken is used no more: it may be gone
        }
        const Threads enabled = this->enabled();
        if (enabled == 0) {
            const auto last = threads_.begin() + static_cast<std::ptrdiff_t>(count_) + 1;
            if (!std::all_of(threads_.begin() + 1, last,
                             [](const Thread& thread) { return thread.is_over; })) {
                report("deadlock");
            }
            return;
        }
        if (!is_finishing_) {
            if (depth_ == path_.size() && !choose_thread(enabled, asleep)) {
                ++redundant_;
                is_finishing_ = true;
            } else if (!contains(enabled, path_[depth_].thread)) {
                report("the program does not do the same in the same execution");
                return;
            }
        }
        if (!is_finishing_) {
            find_races();
        }
        const std::size_t chosen = is_finishing_ ? first_of(enabled) : path_[depth_].thread;
        const Step step = threads_[chosen].next;
        ++threads_[chosen].clock[chosen];
        made_.push_back({chosen, step, 0, 0});
        if (!is_finishing_) {
            path_[depth_].step = step;
        }
        resume(chosen);
        if (is_finishing_) {
            continue;
        }
        made_.back().choice = path_[depth_].choice;
        order_step(chosen, step);
        asleep = asleep_after(path_[depth_]);
        ++depth_;
    }
}

/// Makes one execution: that of the path, as far as it goes.
void Explorer::run(const std::function<std::unique_ptr<World>()>& make) {
    for (Thread& thread : threads_) {
        const context::stack_context stack = thread.stack;
        thread = Thread{};
        thread.stack = stack;
    }
    threads_[main_thread].clock[main_thread] = 1;
    count_ = 0;
    depth_ = 0;
    made_.clear();
    locked_.clear();
    ended_.clear();
    orders_.clear();
    is_finishing_ = false;
    spurious_failures_left = options_.spurious_failures;

    std::unique_ptr<World> world = make();
    for (std::function<void()>& body : world->threads()) {
        threads_.at(++count_).body = std::move(body);
    }
    start_threads();
    interleave();
    is_interleaving_ = false;
    ++executions_;
    VectorClock& clock = threads_[main_thread].clock;
    for (std::size_t i = 1; i <= count_; ++i) {
        clock.join(threads_[i].clock);
    }
    ++clock[main_thread];
    if (!is_finishing_ && failure_.empty()) {
        world->check();
    }
    if (!failure_.empty()) {
        // What is broken cannot be taken apart, and threads in a deadlock cannot end: all is left
        // where it is.
        static_cast<void>(world.release());
        for (Thread& thread : threads_) {
            static_cast<void>(new context::fiber{std::move(thread.fiber)});
            thread.stack = {};
        }
    }
}

/// Goes back to the latest node where something is left to be tried. Returns false if there is
/// none.
bool Explorer::go_to_next_execution() {
    while (!path_.empty()) {
        Node& node = path_.back();
        if (node.choice + 1 < node.choices) {
            ++node.choice;
            return true;
        }
        node.tried |= only(node.thread);
        const Threads candidates = node.to_try & ~node.tried & ~node.asleep;
        if (candidates != 0) {
            node.thread = first_of(candidates);
            node.choice = 0;
            node.choices = 1;
            return true;
        }
        path_.pop_back();
    }
    return false;
}

std::string Explorer::trace() const {
    static constexpr std::array names{"", "reads", "writes", "locks", "unlocks", "begins", "ends"};
    std::ostringstream text;
    for (const MadeStep& made : made_) {
        text << "  thread " << made.thread << ' '
             << names.at(static_cast<std::size_t>(made.step.access)) << " location " << std::hex
             << made.step.location << ' ' << made.step.name << ": " << made.value << std::dec;
        if (made.choice != 0) {
            text << ", choice " << made.choice;
        }
        text << '\n';
    }
    return text.str();
}

Result Explorer::explore(const std::function<std::unique_ptr<World>()>& make,
                         const Options& options) {
    options_ = options;
    path_.clear();
    failure_.clear();
    executions_ = 0;
    redundant_ = 0;
    bool is_exhaustive = false;
    const auto begin = std::chrono::steady_clock::now();
    const auto is_cut_off = [&] {
        return executions_ >= options.executions ||
               std::chrono::steady_clock::now() - begin >= options.time;
    };
    do {
        run(make);
        if (!failure_.empty()) {
            break;
        }
        is_exhaustive = !go_to_next_execution();
    } while (!is_exhaustive && !is_cut_off());
    Result result{executions_, redundant_, is_exhaustive, failure_, {}};
    if (!failure_.empty()) {
        result.trace = trace();
    }
    return result;
}

}  // namespace

Result explore(const std::function<std::unique_ptr<World>()>& make, const Options& options) {
    return Explorer::instance().explore(make, options);
}
void report(std::string_view what) {
    Explorer::instance().report(what);
}
std::size_t this_thread() noexcept {
    return Explorer::instance().current();
}
bool is_interleaving() noexcept {
    return Explorer::instance().is_interleaving();
}
bool memory_is_weak() noexcept {
    return Explorer::instance().options().weak;
}
void before(const Step& step) {
    Explorer::instance().before(step);
}
std::size_t choose(std::size_t count) {
    return Explorer::instance().choose(count);
}
bool may_fail_spuriously() noexcept {
    return Explorer::instance().spurious_failures_left > 0;
}
void fail_spuriously() noexcept {
    --Explorer::instance().spurious_failures_left;
}
std::uint32_t new_location() {
    // By the thread that makes it: whichever interleaving, its number is the same.
    Explorer& explorer = Explorer::instance();
    const auto thread = static_cast<std::uint32_t>(explorer.current());
    return thread << 16 | ++explorer.thread().locations;
}
VectorClock& clock_of_this_thread() noexcept {
    return Explorer::instance().thread().clock;
}
std::size_t steps_made() noexcept {
    return Explorer::instance().steps_made();
}
void note(std::uint64_t value) {
    Explorer::instance().note(value);
}
void end_location(std::uint32_t location) {
    Explorer::instance().end_location(location);
}
void set_locked(std::uint32_t location, bool locked) {
    Explorer::instance().set_locked(location, locked);
}

}  // namespace explore
