# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# Plants mutants, which are faults of the kind that a change to the library may bring, in a copy of the headers.
# Before it is included: `copy` is the directory of the copy, and `support` the header that the changed ones
# include.

# replace_once(header original replacement)
function(replace_once header original replacement)
    file(READ "${copy}/fluxgate/${header}" text)
    string(FIND "${text}" "${original}" first)
    string(FIND "${text}" "${original}" last REVERSE)
    if(first EQUAL -1 OR NOT first EQUAL last)
        message(SEND_ERROR "${header} has not exactly one place with this text:\n${original}")
        return()
    endif()
    string(REPLACE "${original}" "${replacement}" text "${text}")
    if(NOT text MATCHES "#include <${support}>")
        string(REPLACE "#pragma once\n" "#pragma once\n#include <${support}>\n"
            text "${text}")
    endif()
    file(WRITE "${copy}/fluxgate/${header}" "${text}")
endfunction()

set(mutants "")

# mutant(name FOUND_BY test IN header WEAKENS code | ALWAYS code | NEVER code | REPLACES code BY code [...]): a
# fault that the environment variable FLUXGATE_MUTANT switches on, of one or more edits. In BY, MUTANT is
# whether it is on.
function(mutant name)
    list(LENGTH mutants number)
    list(APPEND mutants "${name}")
    set(mutants "${mutants}" PARENT_SCOPE)
    set(is_on "explore::is_mutant(${number})")
    math(EXPR last "${ARGC} - 1")
    foreach(i RANGE 1 ${last})
        set(word "${ARGV${i}}")
        math(EXPR next "${i} + 1")
        set(code "${ARGV${next}}")
        if(word STREQUAL "IN")
            set(header "${code}")
        elseif(word STREQUAL "WEAKENS")
            string(REGEX REPLACE "std::memory_order_(acquire|release|acq_rel)"
                "explore::order_unless(${number}, std::memory_order_\\1)" mutated "${code}")
            if(mutated STREQUAL code)
                message(SEND_ERROR "the mutant '${name}' has no order to weaken")
            endif()
            replace_once("${header}" "${code}" "${mutated}")
        elseif(word STREQUAL "ALWAYS")
            replace_once("${header}" "${code}" "(${is_on} || (${code}))")
        elseif(word STREQUAL "NEVER")
            replace_once("${header}" "${code}" "(!${is_on} && (${code}))")
        elseif(word STREQUAL "REPLACES")
            set(original "${code}")
        elseif(word STREQUAL "BY")
            string(REPLACE "MUTANT" "${is_on}" mutated "${code}")
            replace_once("${header}" "${original}" "${mutated}")
        endif()
    endforeach()
endfunction()

# Writes the names of the mutants that were planted, in their order.
function(write_names_of_mutants)
    list(TRANSFORM mutants REPLACE "(.+)" "    std::string_view{\"\\1\"},\n" OUTPUT_VARIABLE names)
    list(JOIN names "" names)
    file(WRITE "${copy}/mutant_names.inc" "${names}")
endfunction()
