# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The target fluxgate_httplib, which is cpp-httplib, where it is found; FLUXGATE_HTTPLIB_LINKS says whether
# this compiler's programs link it.

# Its own build installs a CMake package, Debian's a pkg-config file; both carry the macros that the
# compiled library was built with.
find_package(httplib CONFIG QUIET)
set(httplib_target httplib::httplib)
if(NOT httplib_FOUND)
    find_package(PkgConfig QUIET)
    if(PKG_CONFIG_FOUND)
        pkg_check_modules(httplib QUIET IMPORTED_TARGET cpp-httplib)
    endif()
    set(httplib_target PkgConfig::httplib)
endif()
if(TARGET ${httplib_target})
    add_library(fluxgate_httplib INTERFACE IMPORTED)
    target_link_libraries(fluxgate_httplib INTERFACE ${httplib_target} Threads::Threads)
    # From 0.15 on, its header calls OpenSSL where it is built with it, and does not say so.
    find_package(OpenSSL QUIET)
    if(OPENSSL_FOUND)
        target_link_libraries(fluxgate_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto)
    endif()
    fluxgate_can_link(FLUXGATE_HTTPLIB_LINKS fluxgate_httplib
        "#include <httplib.h>
        int main() { return httplib::Server{}.listen(\"127.0.0.1\", 0); }")
endif()
