# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""Writes include/fluxgate/fluxgate.cppm, the library as a C++20 module, from its public headers.

    python3 packaging/module/make_module.py           writes it
    python3 packaging/module/make_module.py --check   fails where it would write something else

A name is public that a public header declares outside `detail`. Headers that need another library
are no part of the module.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
MODULE = INCLUDE / "fluxgate" / "fluxgate.cppm"

OPEN_NAMESPACE = re.compile(r"^(?:inline )?namespace ([\w:\s]*)\{")
REASONED_ATTRIBUTE = re.compile(r'\[\[nodiscard\((?:\s*"[^"]*")+\)\]\]')
CLOSE_NAMESPACE = re.compile(r"^\}.*// namespace")
# What a line in the first column declares, behind `template <…>`, attributes and macros.
DECLARATIONS = [
    re.compile(r"^(?:template <.*> *)?(?:class|struct|enum class|enum)(?: \[\[.*?\]\])? (\w+)(?P<rest>.*)$"),
    re.compile(r"^concept (\w+)"),
    re.compile(r"^using (\w+) ="),
    re.compile(r"^using (?:\w+::)+(\w+);"),
    re.compile(r"^(?:inline )?constexpr [\w:<>, ]+? (\w+)(?: =|\{|;)"),
    re.compile(r"^(?:\[\[.*?\]\] )?(?:(?:inline|constexpr|consteval|static|FLUXGATE_\w+) )*"
               r"[A-Za-z_][\w:]*(?:<.*>)?(?:::\w+)*[&*]? (\w+)\("),
]
NOT_NAMES = {"std", "requires", "operator", "static_assert", "friend", "if", "return"}


def adapters():
    """Returns the headers that need another library, as CMakeLists.txt lists them."""
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    block = re.search(r"set\(fluxgate_adapters\n(.*?)\)\n", text, re.S)[1]
    return set(re.findall(r'"([^"=]+)=', block))


def public_headers():
    outside = adapters()
    headers = sorted(path.relative_to(INCLUDE).as_posix() for path in (INCLUDE / "fluxgate").glob("*.hpp"))
    return [header for header in headers if header not in outside]


def names_of(header, names):
    """Adds the public names of a header to those of their namespaces."""
    namespaces = []
    text = (INCLUDE / header).read_text(encoding="utf-8")
    for line in REASONED_ATTRIBUTE.sub("[[nodiscard]]", text).splitlines():
        opened = OPEN_NAMESPACE.match(line)
        if opened:
            path = re.sub(r"inline \w+", "", opened[1]).replace(" ", "")
            namespaces.append([part for part in path.split("::") if part])
            continue
        if CLOSE_NAMESPACE.match(line):
            namespaces.pop()
            continue
        parts = [part for path in namespaces for part in path]
        if not parts or parts[0] != "fluxgate" or "detail" in parts:
            continue
        for declaration in DECLARATIONS:
            found = declaration.match(line)
            if found and found[1] not in NOT_NAMES:
                rest = found.groupdict().get("rest") or ""
                if not rest.lstrip().startswith("<"):  # a specialisation, which has its template's name
                    names.setdefault("::".join(parts), set()).add(found[1])
                break


def module():
    headers = public_headers()
    names = {}
    for header in headers:
        names_of(header, names)
    # Of the breakers' base, users see the types that it gives back.
    names_of("fluxgate/detail/calls/breaker.hpp", names)
    lines = [
        "// SPDX-FileCopyrightText: 2026 The Fluxgate authors",
        "// SPDX-License-Identifier: MIT",
        "",
        "// The library as a C++20 module: its headers, but for those that need another library. Written by",
        "// packaging/module/make_module.py. Macros, such as FLUXGATE_VERSION, are not in it, and who writes",
        "// coroutines includes <coroutine> too.",
        "module;",
        "",
    ]
    lines += [f"#include <{header}>" for header in headers]
    lines += ["", "export module fluxgate;", ""]
    for namespace in sorted(names):
        lines.append(f"export namespace {namespace} {{")
        if namespace == "fluxgate":
            lines += [f"using fluxgate::operator{operator};" for operator in ("&", "|", "~", "<<")]
        lines += [f"using {namespace}::{name};" for name in sorted(names[namespace])]
        lines += [f"}}  // namespace {namespace}", ""]
    return "\n".join(lines[:-1]) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if MODULE.read_text(encoding="utf-8") != module():
            raise SystemExit(f"{MODULE} is not what the headers say: run packaging/module/make_module.py")
    elif not sys.argv[1:]:
        MODULE.write_text(module(), encoding="utf-8")
    else:
        raise SystemExit(__doc__)
