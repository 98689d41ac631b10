# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dproject=DIR -Dreference=DIR -Dout=DIR -Dmkdocs=PROGRAM -Dpython=PROGRAM -P make_site.cmake: makes the
# site in out/html, of the project's pages and of the reference that Doxygen has made.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${out}/pages" "${out}/html")
execute_process(
    COMMAND "${python}" "${project}/docs/site/lay_out.py" "${project}" "${out}/pages"
    COMMAND_ERROR_IS_FATAL ANY)
file(COPY "${reference}/" DESTINATION "${out}/pages/reference")
file(COPY "${project}/docs/site/mkdocs.yml" DESTINATION "${out}")
execute_process(
    COMMAND "${mkdocs}" build --strict --quiet --config-file "${out}/mkdocs.yml"
    COMMAND_ERROR_IS_FATAL ANY)
