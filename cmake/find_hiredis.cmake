# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The target fluxgate_hiredis, which is hiredis, where it is found.

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
    pkg_check_modules(hiredis QUIET IMPORTED_TARGET hiredis)
endif()
if(TARGET PkgConfig::hiredis)
    add_library(fluxgate_hiredis INTERFACE IMPORTED)
    target_link_libraries(fluxgate_hiredis INTERFACE PkgConfig::hiredis Threads::Threads)
endif()
find_program(FLUXGATE_REDIS_SERVER NAMES redis-server valkey-server)
mark_as_advanced(FLUXGATE_REDIS_SERVER)
