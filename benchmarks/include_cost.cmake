# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# What it costs to include each header, and to instantiate ten different breakers, beside the standard
# headers that each needs. Prints rows of the benchmarks' table; a figure is the least of its runs.
#
#   cmake -Dcompiler=g++ -Dinclude_dir=include -Dwork_dir=build [-Druns=9] \
#       [-Dheaders=fluxgate/state.hpp] -P include_cost.cmake

cmake_minimum_required(VERSION 3.23)

if(NOT DEFINED runs)
    set(runs 9)
endif()
file(MAKE_DIRECTORY "${work_dir}")

# collect(header): adds what a header includes, through other headers of the library, to `seen` and
# `standard`.
function(collect header)
    if(header IN_LIST seen)
        return()
    endif()
    list(APPEND seen "${header}")
    file(STRINGS "${include_dir}/${header}" lines REGEX "^#include <")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE "^#include <(.+)>.*" "\\1" included "${line}")
        if(included MATCHES "^fluxgate/.+\\.hpp$")
            collect("${included}")
        elseif(NOT included MATCHES "^fluxgate/")  # those that end a compilation do not exist
            list(APPEND standard "${included}")
        endif()
    endforeach()
    set(seen "${seen}" PARENT_SCOPE)
    set(standard "${standard}" PARENT_SCOPE)
endfunction()

# lessen(result source): compiles a source; lowers `result` to the time that took, in microseconds.
function(lessen result source)
    string(TIMESTAMP begin "%s%f" UTC)
    execute_process(
        COMMAND "${compiler}" -std=c++20 -fsyntax-only "-I${include_dir}" "${source}"
        COMMAND_ERROR_IS_FATAL ANY)
    string(TIMESTAMP end "%s%f" UTC)
    math(EXPR time "${end} - ${begin}")
    if(NOT ${result} OR time LESS ${result})
        set(${result} ${time} PARENT_SCOPE)
    endif()
endfunction()

# print_row(name source bound header...): times the source beside the standard headers of the headers.
# The bound is in hundredths; 0 is none.
function(print_row name source bound)
    set(seen)
    set(standard)
    foreach(header IN LISTS ARGN)
        collect("${header}")
    endforeach()
    list(REMOVE_DUPLICATES standard)
    list(TRANSFORM standard REPLACE "(.+)" "#if __has_include(<\\1>)\n#include <\\1>\n#endif")
    list(JOIN standard "\n" baseline)
    file(WRITE "${work_dir}/baseline.cpp" "#include <version>\n${baseline}\n")
    file(WRITE "${work_dir}/figure.cpp" "${source}\n")
    # In turn, so that what else the machine does meets both.
    set(baseline_time)
    set(figure_time)
    foreach(run RANGE 1 ${runs})
        lessen(baseline_time "${work_dir}/baseline.cpp")
        lessen(figure_time "${work_dir}/figure.cpp")
    endforeach()
    math(EXPR hundredths "(100 * ${figure_time} + ${baseline_time} / 2) / ${baseline_time}")
    math(EXPR figure_ms "${figure_time} / 1000")
    math(EXPR baseline_ms "${baseline_time} / 1000")
    set(bound_text "none")
    set(verdict "")
    if(bound)
        set(bound_text "x 1.${bound}")
        set(verdict "met")
        if(hundredths GREATER "1${bound}")
            set(verdict "NOT MET")
        endif()
    endif()
    math(EXPR whole "${hundredths} / 100")
    math(EXPR rest "${hundredths} % 100")
    if(rest LESS 10)
        set(rest "0${rest}")
    endif()
    execute_process(COMMAND "${CMAKE_COMMAND}" -E echo
        "| ${name} | ${figure_ms} ms | its standard headers | ${baseline_ms} ms | ${whole}.${rest} | ${bound_text} | ${verdict} |")
endfunction()

print_row("include circuit_breaker.hpp" "#include <fluxgate/circuit_breaker.hpp>" 25
    fluxgate/circuit_breaker.hpp)
if(NOT DEFINED headers)
    file(GLOB headers RELATIVE "${include_dir}" "${include_dir}/fluxgate/*.hpp")
endif()
foreach(header IN LISTS headers)
    if(header MATCHES "asio|boost|prometheus|opentelemetry|circuit_breaker.hpp$|version")
        continue()  # adapters need another library, and the one is above
    endif()
    string(REPLACE "fluxgate/" "" name "${header}")
    print_row("include ${name}" "#include <${header}>" 0 "${header}")
endforeach()
print_row("include async_circuit_breaker.hpp" "#include <fluxgate/async_circuit_breaker.hpp>" 0
    fluxgate/async_circuit_breaker.hpp)

set(breakers "#include <fluxgate/circuit_breaker.hpp>
using namespace fluxgate;
using namespace std::chrono_literals;
int work(int);
")
set(policies
    "FailureStreak{1}" "FailureRate{0.5}" "MinRequests{5} & FailureRate{0.2}"
    "FailureStreak{3} | FailureRate{0.1}" "SlowRate{0.5, 1s}" "AvgLatency{1s}"
    "TimeWindow{10s}" "TypeOf<int>{}" "Backoff{1s}" "SingleThreaded{}")
foreach(policy IN LISTS policies)
    string(APPEND breakers "int call(decltype(CircuitBreaker{${policy}})& breaker) { return breaker.call(work, 1); }\n")
endforeach()
print_row("ten different breakers" "${breakers}" 0 fluxgate/circuit_breaker.hpp)
