# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# add_header_copy(target script): a target that copies the library's headers by a script that plants mutants,
# anew when one of them, the script or its list of mutants changes. Sets `copy` to their directory.
function(add_header_copy target script)
    set(copy "${CMAKE_CURRENT_BINARY_DIR}/include")
    set(copy "${copy}" PARENT_SCOPE)
    set(script "${CMAKE_CURRENT_SOURCE_DIR}/${script}")
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.hpp")
    set(copies ${headers})
    list(TRANSFORM copies REPLACE "^${PROJECT_SOURCE_DIR}/include" "${copy}")
    add_custom_command(
        OUTPUT "${copy}/mutant_names.inc"
        BYPRODUCTS ${copies}
        COMMAND ${CMAKE_COMMAND} "-Dinclude=${PROJECT_SOURCE_DIR}/include" "-Dcopy=${copy}" -P "${script}"
        DEPENDS ${headers} "${script}" "${CMAKE_CURRENT_SOURCE_DIR}/mutants.cmake"
            "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plant.cmake"
        COMMENT "Copying the headers for ${target}"
        VERBATIM)
    add_custom_target(${target} DEPENDS "${copy}/mutant_names.inc")
endfunction()
