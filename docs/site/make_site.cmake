# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dproject=DIR -Ddoxygen=PROGRAM -Ddoxyfile=FILE -Dmkdocs=PROGRAM -Dpython=PROGRAM -Dout=DIR -P make_site.cmake:
# makes the site in out/html, of the project's pages and of a reference by that configuration of Doxygen.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${out}/pages" "${out}/html")
execute_process(
    COMMAND "${python}" "${project}/docs/site/lay_out.py" "${project}" "${out}/pages"
    COMMAND_ERROR_IS_FATAL ANY)
# For those who include it by its address.
execute_process(
    COMMAND "${CMAKE_COMMAND}" "-Dinclude_dir=${project}/include" "-Doutput=${out}/pages/fluxgate.hpp"
        -P "${project}/cmake/amalgamate.cmake"
    COMMAND_ERROR_IS_FATAL ANY)
# With the functions of the namespaces too. Which of them have no comment, as deduction guides, is not asked here.
file(READ "${doxyfile}" configuration)
file(WRITE "${out}/Doxyfile" "${configuration}
INPUT += \"${project}/docs/site/reference.dox\"
WARN_IF_UNDOCUMENTED = NO
HIDE_UNDOC_MEMBERS = YES
OUTPUT_DIRECTORY = \"${out}/pages\"
HTML_OUTPUT = reference
")
execute_process(COMMAND "${doxygen}" "${out}/Doxyfile" WORKING_DIRECTORY "${project}" COMMAND_ERROR_IS_FATAL ANY)
file(COPY "${project}/docs/site/mkdocs.yml" DESTINATION "${out}")
execute_process(
    COMMAND "${mkdocs}" build --strict --quiet --config-file "${out}/mkdocs.yml"
    COMMAND_ERROR_IS_FATAL ANY)
