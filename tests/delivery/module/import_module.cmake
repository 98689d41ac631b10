# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dsource=DIR -Dwork=DIR -Dcompiler=CLANG -P import_module.cmake: compiles the module, and every program of
# examples/entities with an import in the place of its includes of the library; links and runs one.
cmake_minimum_required(VERSION 3.23)

function(run)
    execute_process(COMMAND "${compiler}" -std=c++20 -O0 -pthread ${ARGN}
        WORKING_DIRECTORY "${work}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")
run("-I${source}/include" --precompile "${source}/include/fluxgate/fluxgate.cppm" -o fluxgate.pcm)
run(-c fluxgate.pcm -o fluxgate.o)

set(import -fmodule-file=fluxgate=fluxgate.pcm)
file(GLOB programs "${source}/examples/entities/*.cpp")
foreach(program IN LISTS programs)
    cmake_path(GET program STEM name)
    file(READ "${program}" text)
    string(REGEX REPLACE "#include <fluxgate/[^\n]*\n" "" text "${text}")
    # Behind the last include.
    string(FIND "${text}" "#include" last REVERSE)
    string(SUBSTRING "${text}" 0 ${last} before)
    string(SUBSTRING "${text}" ${last} -1 behind)
    string(FIND "${behind}" "\n" end)
    string(SUBSTRING "${behind}" 0 ${end} include)
    string(SUBSTRING "${behind}" ${end} -1 behind)
    file(WRITE "${work}/${name}.cpp" "${before}${include}\n#include <coroutine>\nimport fluxgate;\n${behind}")
    run(${import} -fsyntax-only ${name}.cpp)
endforeach()

run(${import} async_circuit_breaker.cpp fluxgate.o -o async_circuit_breaker)
execute_process(COMMAND "${work}/async_circuit_breaker" COMMAND_ERROR_IS_FATAL ANY)
