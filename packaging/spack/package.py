# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""The package of Spack 1.0: `spack repo add` a repository with this file as packages/fluxgate/package.py."""

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import depends_on, license, version


class Fluxgate(CMakePackage):
    """A circuit breaker for C++20, header-only."""

    homepage = "https://example.org/fluxgate"  # where you have found this file
    git = "https://example.org/fluxgate.git"

    license("MIT")

    version("0.1.0", tag="v0.1.0")

    depends_on("cxx", type="build")
    depends_on("cmake@3.23:", type="build")

    def cmake_args(self):
        return ["-DFLUXGATE_BUILD_TESTS=OFF", "-DFLUXGATE_BUILD_EXAMPLES=OFF"]
