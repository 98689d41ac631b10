# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# Makes a package of a copy of the sources, and compares its headers and its pkg-config file with CMake's.

cmake_minimum_required(VERSION 3.23)

function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(NOT status EQUAL 0)
        list(JOIN ARGV " " command)
        message(FATAL_ERROR "${command}\nended with ${status}:\n${out}")
    endif()
    set(out "${out}" PARENT_SCOPE)
endfunction()

# What a folder has: the headers by their content, and what pkg-config says of it.
function(look_at prefix result)
    file(GLOB_RECURSE headers RELATIVE "${prefix}/include" "${prefix}/include/*.hpp")
    list(SORT headers)
    set(found)
    foreach(header IN LISTS headers)
        file(SHA256 "${prefix}/include/${header}" hash)
        list(APPEND found "${header} ${hash}")
    endforeach()
    set(ENV{PKG_CONFIG_LIBDIR} "${prefix}/share/pkgconfig")
    run(pkg-config --modversion fluxgate)
    list(APPEND found "version ${out}")
    run(pkg-config --libs fluxgate)
    string(STRIP "${out}" out)
    list(APPEND found "libs ${out}")
    set(${result} "${found}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${work}")
file(COPY "${source}/" DESTINATION "${work}/source" PATTERN "build" EXCLUDE PATTERN ".git" EXCLUDE)
run("${CMAKE_COMMAND}" --install "${build}" --prefix "${work}/expected")

if(way STREQUAL "Meson")
    set(ENV{CXX} "${compiler}")
    run(meson setup "${work}/build" "${work}/source" --prefix "${work}/made")
    run(meson install -C "${work}/build")
    set(made "${work}/made")
elseif(way STREQUAL "Debian")
    file(RENAME "${work}/source/packaging/debian" "${work}/source/debian")
    run("${CMAKE_COMMAND}" -E chdir "${work}/source" dpkg-buildpackage -b -us -uc)
    file(GLOB package "${work}/libfluxgate-dev_*_all.deb")
    # It closes no bug, because it was not uploaded to Debian.
    run(lintian --allow-root --fail-on warning --suppress-tags initial-upload-closes-no-bugs "${package}")
    run(dpkg-deb --extract "${package}" "${work}/made")
    set(made "${work}/made/usr")
endif()

look_at("${work}/expected" expected)
look_at("${made}" found)
if(NOT found STREQUAL expected)
    list(REMOVE_ITEM found ${expected})
    list(JOIN found "\n" found)
    message(FATAL_ERROR "The package of ${way} differs from what CMake installs; of what it has, by:\n${found}")
endif()
list(LENGTH found count)
if(count LESS 50)
    message(FATAL_ERROR "The package of ${way} has ${count} files only")
endif()
