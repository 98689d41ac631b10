# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# Looks at the machine code of a call through a closed circuit, and of a breaker for one thread.
cmake_minimum_required(VERSION 3.23)

# An atomic read-modify-write; an exchange with memory is one by itself.
set(locked "[\t ]lock[\t\n ]|[\t ]xchg[bwlq]?[\t ]+[^\n]*\\(")

# disassemble(result object): its instructions, without the bytes, and the names that they refer to.
function(disassemble result object)
    execute_process(
        COMMAND "${objdump}" --disassemble --reloc --no-show-raw-insn "${object}"
        OUTPUT_VARIABLE text
        COMMAND_ERROR_IS_FATAL ANY)
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

# check_closed_path(text function): from the entry to the first return, the closed path is less than a
# hundred bytes, calls the protected function itself, and writes to no memory that is shared.
function(check_closed_path text function)
    if(NOT text MATCHES "\n[0-9a-f]+ <${function}>:\n([^<]*(<[^>]*>[^<\n]*\n[^<]*)*)")
        message(FATAL_ERROR "there is no ${function}")
    endif()
    string(REGEX REPLACE "\n\n.*" "\n" body "${CMAKE_MATCH_1}")
    string(REGEX MATCH "^ *([0-9a-f]+):" _ "${body}")
    math(EXPR begin "0x${CMAKE_MATCH_1}")
    if(NOT body MATCHES "\n *([0-9a-f]+):[\t ]+ret")
        message(FATAL_ERROR "${function} does not return:\n${body}")
    endif()
    math(EXPR size "0x${CMAKE_MATCH_1} + 1 - ${begin}")
    message(STATUS "${function}: ${size} bytes from the entry to the first return")
    if(NOT size LESS 100)
        message(FATAL_ERROR "the closed path of ${function} is not below 100 bytes:\n${body}")
    endif()
    string(REGEX REPLACE "\n *[0-9a-f]+:[\t ]+ret.*" "" path "${body}")
    if(NOT path MATCHES "[\t ]call[^\n]*\n[\t ]+[0-9a-f]+:[\t ]+R_X86_64_PLT32[\t ]+_Z4worki")
        message(FATAL_ERROR "the closed path of ${function} does not call the protected function itself:\n${body}")
    endif()
    if(body MATCHES "${locked}")
        message(FATAL_ERROR "the closed path of ${function} has a locked instruction:\n${body}")
    endif()
endfunction()

disassemble(calls "${calls_object}")
check_closed_path("${calls}" call_of_many_threads)
check_closed_path("${calls}" call_of_one_thread)

disassemble(among_others "${among_others_object}")
check_closed_path("${among_others}" call_among_others)

disassemble(single "${single_object}")
# But for what may be shared with others: names that are long, budgets, listeners that come later, and the number
# of the process.
set(shared_with_others "thread_uniform|ThreadRandom|SharedName|OpenBudgetState|_Sp_counted_base|shared_ptr|Occupancy|Relations|SignalQueue|BudgetPlace|Registration|deliver")
string(REGEX REPLACE "<[^\n>]*(${shared_with_others})[^\n>]*>:\n([^\n]+\n)*" "" single "${single}")
if(single MATCHES "${locked}")
    message(FATAL_ERROR "a breaker for one thread has an atomic read-modify-write: ${CMAKE_MATCH_0}")
endif()
if(NOT calls MATCHES "${locked}")
    message(FATAL_ERROR "a breaker for many threads has no atomic read-modify-write, so this check "
        "cannot see one")
endif()
