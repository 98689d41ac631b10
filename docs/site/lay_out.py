# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""Lays the project's pages out as the sources of a site.

    python3 lay_out.py PROJECT OUT

The pages stand where a reader of the repository looks for them, and link to each other and to its
files. In a site each page is a file of one folder, and a file of the repository is a text beside them.
"""

import html
import pathlib
import re
import shutil
import sys

LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
FENCE = re.compile(r"^```")


def fitted_code(code, is_in_table):
    """Returns code that stands in a line, with what may be broken and what may not."""
    text = code[1]
    if is_in_table:
        text = text.replace("\\|", "|")  # GitHub wants the one, and Python-Markdown the other
    if "/" not in text and "-" not in text:
        return f"`{text}`"
    words = [fitted_word(word) for word in text.split(" ")]
    return f"<code>{' '.join(words)}</code>"


def fitted_word(word):
    """Returns a word of code: a path may be broken behind its slashes, an option nowhere."""
    fitted = html.escape(word, quote=False)
    for mark in "|*_":
        fitted = fitted.replace(mark, f"&#{ord(mark)};")
    if "/" in word and not word.startswith("-"):
        return fitted.replace("/", "/<wbr>")
    return f'<span class="whole">{fitted}</span>' if "-" in word else fitted


class Site:
    """What is laid out, and where."""

    def __init__(self, project, out):
        self.project = project.resolve()
        self.out = out
        self.pages = {
            self.project / "README.md": "index.md",
            self.project / "CHANGELOG.md": "changelog.md",
            self.project / "CONTRIBUTING.md": "contributing.md",
            self.project / "tests" / "README.md": "tests.md",
        }
        docs = self.project / "docs"
        for page in sorted(docs.glob("*.md")):
            self.pages[page] = page.name

    def lay_out(self):
        self.out.mkdir(parents=True, exist_ok=True)
        navigation = (self.project / "docs" / "site" / "mkdocs.yml").read_text(encoding="utf-8")
        for source, name in self.pages.items():
            if f" {name}\n" not in navigation:
                raise SystemExit(f"docs/site/mkdocs.yml leads to no {name}")
            (self.out / name).write_text(self.fitted(source), encoding="utf-8")
        shutil.copy(self.project / "docs" / "site" / "fluxgate.css", self.out)

    def fitted(self, source):
        """Returns the page's text, with links to where things are in the site."""
        lines = []
        in_code = False
        for line in source.read_text(encoding="utf-8").splitlines():
            if FENCE.match(line):
                in_code = not in_code
                line = line.replace("```c++", "```cpp")
            elif not in_code:
                line = LINK.sub(lambda link: self.fitted_link(source, link), line)
                if not line.startswith("#"):
                    line = CODE.sub(lambda code: fitted_code(code, line.startswith("|")), line)
            lines.append(line)
        return "\n".join(lines) + "\n"

    def fitted_link(self, source, link):
        text, target = link[1], link[2]
        path, _, anchor = target.partition("#")
        if "://" in target or not path:
            return link[0]
        linked = (source.parent / path).resolve()
        anchor = f"#{anchor}" if anchor else ""
        if linked in self.pages:
            return f"{text}({self.pages[linked]}{anchor})"
        if linked.is_dir():
            return text.strip("![]")  # a folder has no page
        if not linked.is_file():
            raise SystemExit(f"{source} links to {target}, which there is not")
        name = pathlib.Path("files") / linked.relative_to(self.project)
        if linked.suffix not in (".svg", ".png"):
            name = name.with_name(name.name + ".txt")  # which browsers show
        (self.out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(linked, self.out / name)
        return f"{text}({name.as_posix()}{anchor})"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    Site(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])).lay_out()
