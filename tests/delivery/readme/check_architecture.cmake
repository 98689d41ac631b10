# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dproject=... -P check_architecture.cmake: fails unless docs/architecture.md has a row for each
# header in detail/, and none for a header that is gone; and unless the rooms know less the further down
# they stand on that page: no header of a room includes one of a room above, itself or by way of public
# headers.
cmake_minimum_required(VERSION 3.23)

set(include "${project}/include/fluxgate")
file(READ "${project}/docs/architecture.md" page)

# ---- Rows -----------------------------------------------------------------------------------------

file(GLOB_RECURSE headers RELATIVE "${include}/detail" "${include}/detail/*.hpp")
set(names)
foreach(header IN LISTS headers)
    cmake_path(GET header FILENAME name)
    list(APPEND names "${name}")
    if(NOT page MATCHES "\n\\| `${name}` \\| [A-Z]")
        message(SEND_ERROR "docs/architecture.md has no row for detail/${header}")
    endif()
endforeach()

string(REGEX MATCHALL "\n\\| `[a-z_/]+\\.hpp`" rows "${page}")
foreach(row IN LISTS rows)
    string(REGEX REPLACE ".*[`/]([a-z_]+\\.hpp)`" "\\1" name "${row}")
    if(NOT name IN_LIST names)
        message(SEND_ERROR "docs/architecture.md has a row for ${name}, which is not in detail/")
    endif()
endforeach()

# ---- Rooms ----------------------------------------------------------------------------------------

string(REGEX MATCHALL "\n## detail/[a-z]+" rooms "${page}")
list(TRANSFORM rooms REPLACE "\n## detail/" "")

file(GLOB folders RELATIVE "${include}/detail" "${include}/detail/*")
foreach(folder IN LISTS folders)
    if(IS_DIRECTORY "${include}/detail/${folder}" AND NOT folder IN_LIST rooms)
        message(SEND_ERROR "docs/architecture.md has no section for the room detail/${folder}")
    endif()
endforeach()

# room_of(result header): the place of the header's room on the page; -1 for a header of none.
function(room_of result header)
    set(room -1)
    if(header MATCHES "^detail/([a-z]+)/")
        list(FIND rooms "${CMAKE_MATCH_1}" room)
    endif()
    set(${result} ${room} PARENT_SCOPE)
endfunction()

# follow(header way): looks at what `header` includes for a header of `room` in the place `place`. `way`
# tells how that was reached.
function(follow header way)
    file(STRINGS "${include}/${header}" lines REGEX "^#include <fluxgate/.+\\.hpp>")
    foreach(line IN LISTS lines)
        string(REGEX REPLACE "^#include <fluxgate/(.+)>.*" "\\1" included "${line}")
        room_of(other "${included}")
        if(NOT other EQUAL -1)
            if(other LESS place)
                message(SEND_ERROR "${way} includes ${included}, of a room above its own")
            endif()
        elseif(NOT included IN_LIST seen)
            list(APPEND seen "${included}")
            follow("${included}" "${way}, by ${included},")
        endif()
    endforeach()
    set(seen "${seen}" PARENT_SCOPE)
endfunction()

foreach(header IN LISTS headers)
    room_of(place "detail/${header}")
    if(NOT place EQUAL -1)
        set(seen)
        follow("detail/${header}" "detail/${header}")
    endif()
endforeach()
