# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# Before a list of mutants is included: each becomes a test that passes if `program`, whose headers have the
# mutants planted, fails or crashes in the test that is to find it.
function(mutant name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOUND_BY" "")
    if(NOT arg_FOUND_BY STREQUAL "NOTHING")
        string(REPLACE "," "\\," test "${arg_FOUND_BY}")  # Catch2 takes a comma for an "or"
        # By way of CMake, since ctest takes no output for an answer where a program has crashed.
        add_test(NAME "mutants:${name}" COMMAND
            ${CMAKE_COMMAND} -E env "FLUXGATE_MUTANT=${name}" $<TARGET_FILE:${program}> "${test}")
        set_tests_properties("mutants:${name}" PROPERTIES
            LABELS mutants TIMEOUT 300 PASS_REGULAR_EXPRESSION "FAILED:;Subprocess aborted;Segmentation fault")
    endif()
endfunction()
