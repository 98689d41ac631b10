# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""The package of Conan 2: `conan create packaging/conan`."""

import re
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout

ROOT = Path("..") / ".."


class Fluxgate(ConanFile):
    name = "fluxgate"
    license = "MIT"
    description = "A circuit breaker for C++20, header-only"
    topics = ("circuit-breaker", "resilience", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True
    implements = ["auto_header_only"]

    def set_version(self):
        header = Path(self.recipe_folder) / ROOT / "include/fluxgate/version.hpp"
        text = header.read_text(encoding="utf-8")
        self.version = ".".join(
            re.search(rf"#define FLUXGATE_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH"))

    def export_sources(self):
        root = str(Path(self.recipe_folder) / ROOT)
        copy(self, "LICENSE", root, self.export_sources_folder)
        copy(self, "include/*", root, self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", self.source_folder, str(Path(self.package_folder) / "licenses"))
        copy(self, "include/*", self.source_folder, self.package_folder)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "fluxgate")
        self.cpp_info.set_property("cmake_target_name", "fluxgate::fluxgate")
        self.cpp_info.set_property("pkg_config_name", "fluxgate")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
