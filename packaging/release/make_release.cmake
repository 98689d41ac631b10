# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dout=DIR [-Dtag=vX.Y.Z] -P packaging/release/make_release.cmake: makes the files of a release of this checkout,
# each with its checksum: the library in one header, and an archive of what CMake installs. Fails where the tag is not
# the version's.
#
# sha256sum --check checks one.
cmake_minimum_required(VERSION 3.23)
cmake_path(SET source NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(build "${out}/build")
run("${CMAKE_COMMAND}" -S "${source}" -B "${build}" -G Ninja
    -DFLUXGATE_BUILD_TESTS=OFF -DFLUXGATE_BUILD_EXAMPLES=OFF)
load_cache("${build}" READ_WITH_PREFIX made_ CMAKE_PROJECT_VERSION)
set(version "${made_CMAKE_PROJECT_VERSION}")
if(DEFINED tag AND NOT tag STREQUAL "v${version}")
    message(FATAL_ERROR "The tag is ${tag}, and the version is ${version}")
endif()

run("${CMAKE_COMMAND}" --build "${build}" --target fluxgate_single_header)
file(COPY_FILE "${build}/single_header/fluxgate.hpp" "${out}/fluxgate.hpp")
run("${CMAKE_COMMAND}" -E chdir "${build}" cpack -G TGZ)
file(COPY_FILE "${build}/fluxgate-${version}.tar.gz" "${out}/fluxgate-${version}.tar.gz")
file(REMOVE_RECURSE "${build}")

foreach(file IN ITEMS fluxgate.hpp fluxgate-${version}.tar.gz)
    file(SHA256 "${out}/${file}" hash)
    file(WRITE "${out}/${file}.sha256" "${hash}  ${file}\n")
endforeach()
