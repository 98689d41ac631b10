# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dproject=... -P check_architecture.cmake: fails unless docs/architecture.md has a row for each
# header in detail/, and none for a header that is gone.
cmake_minimum_required(VERSION 3.23)

file(READ "${project}/docs/architecture.md" page)
file(GLOB_RECURSE headers RELATIVE "${project}/include/fluxgate/detail"
    "${project}/include/fluxgate/detail/*.hpp")
set(names)
foreach(header IN LISTS headers)
    cmake_path(GET header FILENAME name)
    list(APPEND names "${name}")
    if(NOT page MATCHES "\n\\| `([a-z]+/)?${name}` \\| [A-Z]")
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
