# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dinclude=DIR -Dcopy=DIR -P instrument.cmake: copies the library's headers, and has the copy use the
# explorer's atomics, mutexes and plain data (memory.hpp) in the place of the standard's; then plants the
# mutants of mutants.cmake. It fails where something that it is to replace is not there, or more than once.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${copy}")
file(COPY "${include}/" DESTINATION "${copy}")

# ---- Atomics and mutexes --------------------------------------------------------------------------

# Not what no thread of an exploration shares: clocks, random numbers, the process, and threads that sync_wait
# blocks.
file(GLOB_RECURSE headers RELATIVE "${copy}" "${copy}/*.hpp")
list(REMOVE_ITEM headers fluxgate/testing.hpp fluxgate/environment.hpp fluxgate/task.hpp
    fluxgate/detail/fork_safe_mutex.hpp fluxgate/detail/process_id.hpp)
foreach(header IN LISTS headers)
    file(READ "${copy}/${header}" text)
    set(original "${text}")
    string(REPLACE "std::atomic<" "explore::atomic<" text "${text}")
    string(REGEX REPLACE "std::mutex([^_a-z])" "explore::mutex\\1" text "${text}")
    string(REPLACE "ForkSafeMutex" "explore::mutex" text "${text}")
    string(REPLACE "std::condition_variable" "explore::condition_variable" text "${text}")
    string(REPLACE "std::this_thread::get_id()" "explore::this_thread()" text "${text}")
    string(REPLACE "std::thread::id" "std::size_t" text "${text}")
    string(REGEX REPLACE "std::(shared_ptr|make_shared)<((detail::)?(LateListener|SubscribedListener|BasicSubscribedListeners|RegistryEntry|RegisteredBreaker))" "explore::\\1<\\2" text "${text}")
    if(NOT text STREQUAL original)
        string(REPLACE "#pragma once\n" "#pragma once\n#include <explore/memory.hpp>\n" text "${text}")
        file(WRITE "${copy}/${header}" "${text}")
    endif()
endforeach()

set(support explore/memory.hpp)
include("${CMAKE_CURRENT_LIST_DIR}/../mutants/plant.cmake")

# ---- Plain data that threads share ----------------------------------------------------------------

# mark(header type name value): a member that a lock, or another order, guards.
function(mark header type name value)
    replace_once(${header} " ${type} ${name} = ${value};"
        " explore::plain_data<${type}> ${name}{${value}};")
endfunction()

replace_once(semaphore.hpp
    "static inline thread_local WakeLoop* innermost = nullptr;"
    "static inline explore::thread_local_pointer<WakeLoop> innermost{};")
replace_once(semaphore.hpp "std::size_t free_;" "explore::plain_data<std::size_t> free_;")
mark(semaphore.hpp std::uint64_t generation_ 0)
mark(waiter.hpp bool has_entered_ false)
mark(waiter.hpp bool has_slot_ false)
mark(waiter.hpp BasicWaiter* next_ nullptr)
mark(waiter.hpp BasicWaiter* previous_ nullptr)
mark(waiter.hpp BasicWaiter<Mutex>* first_ nullptr)
mark(waiter.hpp BasicWaiter<Mutex>* last_ nullptr)
mark(detail/adapters/asio_waiter.hpp bool parked_ false)
mark(detail/adapters/slot_sender.hpp bool is_stopped_ false)
mark(detail/machine/history.hpp std::uint32_t reopens_ 0)
replace_once(detail/machine/history.hpp " std::chrono::system_clock::time_point changed_at_;"
    " explore::plain_data<std::chrono::system_clock::time_point> changed_at_;")
replace_once(detail/counter_clock.hpp " CounterLine line_;" " explore::plain_data<CounterLine> line_;")
mark(detail/counter_clock.hpp double rate_ 0)
replace_once(tsc.hpp "inline constinit CounterClock" "inline CounterClock")
mark(detail/machine/earlier_calls.hpp std::uint64_t counts_from_ 0)
mark(detail/machine/ledger.hpp std::uint64_t streak_ 0)
mark(detail/machine/pending_successes.hpp std::uint64_t begun_at_ 0)
mark(detail/machine/signal_queue.hpp bool is_being_delivered_ false)
mark(detail/machine/trial_book.hpp std::uint64_t under_way_ 0)
mark(detail/machine/overdue_ring.hpp Mark oldest_ 1)
# Few to clear at a time, and enough for the nanoseconds of a scenario's threshold.
replace_once(detail/machine/overdue_ring.hpp "static constexpr Mark size = 38;"
    "static constexpr Mark size = 13;")
mark(detail/machine/signal_queue.hpp std::size_t delivered_ 0)
replace_once(detail/machine/signal_queue.hpp "LateBounds next_late_{};"
    "std::array<explore::plain_data<LateListeners::Number>, late_kinds> next_late_{};")
replace_once(detail/machine/relations.hpp "const SharedName name;"
    "const explore::plain_data<SharedName> name;")
mark(detail/attached/subscribed_listeners.hpp Number next_ 1)
mark(detail/attached/occupancy.hpp bool is_closed_ false)
mark(detail/machine/totals_bank.hpp std::size_t capacity 0)
# A bank for each execution, whose threads have no end that others see.
replace_once(detail/machine/totals_bank.hpp
    "static BasicTotalsBank* const bank =
            std::unique_ptr<BasicTotalsBank>{new BasicTotalsBank}.release();
        return *bank;"
    "static explore::per_world<BasicTotalsBank> bank;
        return bank.get([] { return new BasicTotalsBank; });")
replace_once(detail/machine/totals_bank.hpp "made_at_start_ = &instance();" "made_at_start_ = nullptr;")
replace_once(detail/machine/totals_bank.hpp
    "static constinit thread_local ThisThread self{};
        return self;"
    "static explore::thread_local_value<ThisThread> self;
        return self.get();")
replace_once(detail/machine/totals_bank.hpp
    "
            take_back_at_end_of_thread();"
    "")

# A way around the lock, for mutants alone.
replace_once(detail/machine/circuit.hpp
    "    /// Runs a section under the lock, with the parts."
    "    template <class Section>
    auto run_without_lock(Section section) {
        return section(locked_);
    }

    /// Runs a section under the lock, with the parts.")

# ---- Mutants --------------------------------------------------------------------------------------

include("${CMAKE_CURRENT_LIST_DIR}/mutants.cmake")
write_names_of_mutants()
