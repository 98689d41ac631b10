# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# Installs the library where that is the way, moves what was installed, and builds and runs a project
# against it: the one beside this script, or the one that the README tells a newcomer to write.

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

if(way MATCHES "package|pkgconfig|readme")
    run("${CMAKE_COMMAND}" --install "${build}" --prefix "${work}/installed here")
    file(RENAME "${work}/installed here" "${work}/moved")
    list(APPEND arguments "-DCMAKE_PREFIX_PATH=${work}/moved")
    set(ENV{PKG_CONFIG_PATH} "${work}/moved/share/pkgconfig")
endif()

set(project "${CMAKE_CURRENT_LIST_DIR}/project")
set(program consumer)
if(way STREQUAL "readme")
    set(project "${work}/project")
    set(program guarded)
    file(READ "${source}/README.md" readme)
    foreach(file IN ITEMS "cpp=main.cpp" "cmake=CMakeLists.txt")
        string(REGEX MATCH "^(.+)=(.+)$" _ "${file}")
        set(name "${CMAKE_MATCH_2}")
        if(NOT readme MATCHES "```${CMAKE_MATCH_1}\n([^`]+)```")
            message(FATAL_ERROR "README.md has no ${name}")
        endif()
        file(WRITE "${project}/${name}" "${CMAKE_MATCH_1}")
    endforeach()
endif()

if(way STREQUAL "meson")
    # Meson wants subprojects in a folder of the project, and configures what it finds there.
    file(COPY "${CMAKE_CURRENT_LIST_DIR}/project/" DESTINATION "${work}/project")
    file(COPY "${source}/" DESTINATION "${work}/project/subprojects/fluxgate"
        PATTERN "build" EXCLUDE PATTERN ".git" EXCLUDE)
    set(ENV{CXX} "${compiler}")
    set(ENV{CXXFLAGS} "${flags}")
    run("${meson}" setup "${work}/build" "${work}/project")
    run("${meson}" compile -C "${work}/build")
    run("${work}/build/consumer")
    return()
endif()

run("${CMAKE_COMMAND}" -S "${project}" -B "${work}/build" ${arguments})
run("${CMAKE_COMMAND}" --build "${work}/build")
run("${work}/build/${program}")
if(way STREQUAL "superproject")
    # What it exports is found, and finds the library that came with it.
    run("${CMAKE_COMMAND}" --install "${work}/build" --prefix "${work}/installed")
    list(APPEND arguments "-DWAY=exported" "-DCMAKE_PREFIX_PATH=${work}/installed")
    run("${CMAKE_COMMAND}" -S "${project}" -B "${work}/user" ${arguments})
    run("${CMAKE_COMMAND}" --build "${work}/user")
    run("${work}/user/${program}")
endif()
