# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dinclude=DIR -Dcopy=DIR -P copy.cmake: copies the library's headers, and plants the mutants of
# mutants.cmake. It fails where something that it is to replace is not there, or more than once.
cmake_minimum_required(VERSION 3.23)

file(REMOVE_RECURSE "${copy}")
file(COPY "${include}/" DESTINATION "${copy}")
set(support explore/mutants.hpp)
include("${CMAKE_CURRENT_LIST_DIR}/plant.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/mutants.cmake")
write_names_of_mutants()
