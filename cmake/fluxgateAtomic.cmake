# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# fluxgate_find_atomic(result): the library that atomics of eight bytes need here, if any. Some 32-bit
# processors have no instructions for them, such as those of Debian's armel.
function(fluxgate_find_atomic result)
    set(${result} "" PARENT_SCOPE)
    if(NOT CMAKE_SIZEOF_VOID_P EQUAL 4)
        return()
    endif()
    include(CheckCXXSourceCompiles)
    set(program "
        #include <atomic>
        #include <cstdint>
        std::atomic<std::uint64_t> value{0};
        int main() { return static_cast<int>(value.fetch_add(1)); }")
    check_cxx_source_compiles("${program}" FLUXGATE_HAS_ATOMICS)
    if(NOT FLUXGATE_HAS_ATOMICS)
        set(CMAKE_REQUIRED_LIBRARIES atomic)
        check_cxx_source_compiles("${program}" FLUXGATE_HAS_LIBATOMIC)
        if(FLUXGATE_HAS_LIBATOMIC)
            set(${result} atomic PARENT_SCOPE)
        else()
            message(WARNING "fluxgate: this compiler has no atomics of eight bytes, "
                "and there is no libatomic")
        endif()
    endif()
endfunction()
