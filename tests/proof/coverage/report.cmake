# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dproject=DIR -Dbuild=DIR -Dgcovr=PROGRAM -Dgcov=PROGRAM -P report.cmake: prints, for each header, how
# many of its lines and branches the tests have run, and writes each line to a page.
cmake_minimum_required(VERSION 3.23)

# The branches by which a call may throw are the compiler's, and in most places nothing can throw.
execute_process(
    COMMAND "${gcovr}" --root "${project}" --object-directory "${build}" --gcov-executable "${gcov}"
        --filter "${project}/include/fluxgate/" --exclude-throw-branches --exclude-unreachable-branches
        --gcov-ignore-parse-errors --exclude-directories "${build}/CMakeFiles"
        --json-summary "${build}/coverage.json" --html-details "${build}/coverage.html" "${build}"
    COMMAND_ERROR_IS_FATAL ANY)
file(READ "${build}/coverage.json" report)

# row(name lines_covered lines branches_covered branches): prints a row of the table.
function(row name)
    set(text "${name}")
    string(LENGTH "${text}" length)
    math(EXPR missing "44 - ${length}")
    string(REPEAT " " ${missing} padding)
    string(APPEND text "${padding}")
    foreach(field IN LISTS ARGN)
        string(LENGTH "${field}" length)
        math(EXPR missing "9 - ${length}")
        string(REPEAT " " ${missing} padding)
        string(APPEND text "${padding}${field}")
    endforeach()
    message("${text}")
endfunction()

row("" "lines" "run" "branches" "taken")
string(JSON count LENGTH "${report}" files)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON name GET "${report}" files ${i} filename)
    string(REPLACE "include/fluxgate/" "" name "${name}")
    string(JSON lines GET "${report}" files ${i} line_total)
    string(JSON run GET "${report}" files ${i} line_covered)
    string(JSON branches GET "${report}" files ${i} branch_total)
    string(JSON taken GET "${report}" files ${i} branch_covered)
    row("${name}" ${lines} ${run} ${branches} ${taken})
endforeach()
string(JSON lines GET "${report}" line_total)
string(JSON run GET "${report}" line_covered)
string(JSON branches GET "${report}" branch_total)
string(JSON taken GET "${report}" branch_covered)
row("all" ${lines} ${run} ${branches} ${taken})
message("Line by line: ${build}/coverage.html")
