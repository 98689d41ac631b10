# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

cmake_minimum_required(VERSION 3.23)
string(REPLACE "." "\\." literal "${version}")
foreach(recipe IN ITEMS
        "meson.build=version: '${literal}'"
        "MODULE.bazel=version = \"${literal}\""
        "packaging/vcpkg/fluxgate/vcpkg.json=\"version-semver\": \"${literal}\""
        "packaging/spack/package.py=version\\(\"${literal}\", tag=\"v${literal}\"\\)"
        "packaging/homebrew/fluxgate.rb=tag: \"v${literal}\""
        "packaging/nix/default.nix=version = \"${literal}\""
        "packaging/debian/changelog=^fluxgate \\(${literal}-")
    string(REGEX MATCH "^([^=]+)=(.+)$" _ "${recipe}")
    set(file "${CMAKE_MATCH_1}")
    set(pattern "${CMAKE_MATCH_2}")
    file(READ "${source}/${file}" text)
    if(NOT text MATCHES "${pattern}")
        message(SEND_ERROR "${file} is not of version ${version}, which include/fluxgate/version.hpp names")
    endif()
endforeach()
