# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# cmake -Dprogram=... -Doutcome=... -P compare_output.cmake: runs the program and fails unless it succeeds
# and prints what the file says.
file(READ "${outcome}" expected)
execute_process(COMMAND "${program}" OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "The program ended with ${status}")
endif()
if(NOT printed STREQUAL expected)
    message(FATAL_ERROR "The program printed\n${printed}\nand not\n${expected}")
endif()
