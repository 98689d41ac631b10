# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# Installs the library where that is the way, moves what was installed, and builds and runs the project
# beside this script against it.

cmake_minimum_required(VERSION 3.23)

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(NOT status EQUAL 0)
        list(JOIN ARGV " " command)
        message(FATAL_ERROR "${command}\nended with ${status}:\n${out}")
    endif()
endfunction()

file(REMOVE_RECURSE "${work}")
set(arguments
    -G "${generator}"
    "-DCMAKE_CXX_COMPILER=${compiler}"
    "-DCMAKE_CXX_FLAGS=${flags}"
    "-DWAY=${way}"
    "-DVERSION=${version}"
    "-DFLUXGATE_SOURCE=${source}")

if(way MATCHES "package|pkgconfig")
    run("${CMAKE_COMMAND}" --install "${build}" --prefix "${work}/installed here")
    file(RENAME "${work}/installed here" "${work}/moved")
    list(APPEND arguments "-DCMAKE_PREFIX_PATH=${work}/moved")
    set(ENV{PKG_CONFIG_PATH} "${work}/moved/share/pkgconfig")
endif()

run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/project" -B "${work}/build" ${arguments})
run("${CMAKE_COMMAND}" --build "${work}/build")
run("${work}/build/consumer")
