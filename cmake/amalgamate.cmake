# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dinclude_dir=... -Doutput=... -P amalgamate.cmake: writes fluxgate.hpp and all that it includes
# into one header.

cmake_minimum_required(VERSION 3.23)

set_property(GLOBAL PROPERTY seen "")

# The text of a header, with those that it includes in the place of their first inclusion.
function(expand header result)
    file(READ "${include_dir}/${header}" rest)
    string(REPLACE "// SPDX-FileCopyrightText: 2026 The Fluxgate authors\n" "" rest "${rest}")
    string(REPLACE "// SPDX-License-Identifier: MIT\n" "" rest "${rest}")
    string(REPLACE "#pragma once\n" "" rest "${rest}")
    set(text "")
    while(rest MATCHES "#include <(fluxgate/[^>]+\\.hpp)>\n")
        set(included "${CMAKE_MATCH_1}")
        set(directive "${CMAKE_MATCH_0}")
        string(FIND "${rest}" "${directive}" begin)
        string(SUBSTRING "${rest}" 0 ${begin} before)
        string(LENGTH "${directive}" size)
        math(EXPR end "${begin} + ${size}")
        string(SUBSTRING "${rest}" ${end} -1 rest)
        string(APPEND text "${before}")
        get_property(seen GLOBAL PROPERTY seen)
        if(NOT included IN_LIST seen)
            set_property(GLOBAL APPEND PROPERTY seen "${included}")
            expand("${included}" included_text)
            string(APPEND text "${included_text}")
        endif()
    endwhile()
    set(${result} "${text}${rest}" PARENT_SCOPE)
endfunction()

expand(fluxgate/fluxgate.hpp text)
string(REGEX REPLACE "\n\n\n+" "\n\n" text "${text}")
file(WRITE "${output}" "// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Fluxgate in one header. Made from include/fluxgate; do not edit.

#pragma once

#ifndef FLUXGATE_SINGLE_HEADER
#ifdef FLUXGATE_MODE
#error \"fluxgate: the single header and <fluxgate/...> are included in one unit: include either\"
#include <fluxgate/stops_here_with_two_copies>
#endif
${text}
#define FLUXGATE_SINGLE_HEADER
#endif
")
