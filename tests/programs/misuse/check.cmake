# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dsource=... -Dinclude_dir=... -Dheaders=... -Dcompiler=... -Dflags=... -P check.cmake

cmake_minimum_required(VERSION 3.23)

file(READ "${source}" text)
if(text MATCHES "\n// flags: ([^\n]+)\n")
    string(APPEND flags " ${CMAKE_MATCH_1}")
endif()
separate_arguments(flags UNIX_COMMAND "${flags}")
# Those that are compiled already, but for programs to which they are not what they are to others.
set(compiled "-include" "${headers}")
if(text MATCHES "\n// flags: |\n#define " OR NOT text MATCHES "\n#include <fluxgate/fluxgate.hpp>\n")
    set(compiled)
endif()
execute_process(
    COMMAND "${compiler}" -std=c++20 ${flags} -fsyntax-only -Werror=unused-result
        "-I${include_dir}" ${compiled} "${source}"
    RESULT_VARIABLE status
    ERROR_VARIABLE messages)

if(text MATCHES "\n// compiles\n")
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "It does not compile:\n${messages}")
    endif()
    return()
endif()
if(NOT text MATCHES "\n// expect: ([^\n]+)\n")
    message(FATAL_ERROR "It does not say what to expect")
endif()
set(sentence "${CMAKE_MATCH_1}")
if(status EQUAL 0)
    message(FATAL_ERROR "It compiles")
endif()
if(NOT messages MATCHES "error: ([^\n]+)")
    message(FATAL_ERROR "There is no error:\n${messages}")
endif()
set(first_error "${CMAKE_MATCH_1}")
string(FIND "${first_error}" "${sentence}" found)
if(found EQUAL -1)
    message(FATAL_ERROR "The first error is\n    ${first_error}\nand does not say\n    ${sentence}")
endif()
