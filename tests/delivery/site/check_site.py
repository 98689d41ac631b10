# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""Reads the site in a browser, at the widths of a screen and of a telephone.

    SITE=DIR CHROMIUM=PROGRAM CHROMEDRIVER=PROGRAM python3 check_site.py
"""

import functools
import http.server
import os
import pathlib
import threading
import time
import unittest

import browser
from selenium.webdriver.common.by import By

SITE = pathlib.Path(os.environ["SITE"])
PAGES = sorted(page.name for page in SITE.glob("*.html"))
# Of the reference: those that users open first, with the longest declarations.
REFERENCE = [
    f"reference/{name}.html"
    for name in (
        "index",
        "annotated",
        "classfluxgate_1_1CircuitBreaker",
        "classfluxgate_1_1AsyncCircuitBreaker",
        "classfluxgate_1_1KeyedBreakers",
        "namespacefluxgate",
    )
]
WIDTHS = (1280, 400)

# What is wider than the window, and is not scrolled within a part of the page.
TOO_WIDE = """
const width = document.documentElement.clientWidth;
const isScrolled = (element) => {
    for (let one = element; one && one !== document.body; one = one.parentElement) {
        const overflow = getComputedStyle(one).overflowX;
        if (overflow !== "visible" && one.getBoundingClientRect().right <= width + 1) {
            return true;
        }
    }
    return false;
};
return [...document.querySelectorAll("CONTENT")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !isScrolled(element);
}).slice(0, 5).map((element) => element.tagName + ": " + element.textContent.trim().slice(0, 80));
"""

# Identifiers that stand in more than one line although a line has room for them.
BROKEN = """
const words = /[A-Za-z_][A-Za-z0-9_:]*/g;
const found = [];
for (const code of document.querySelectorAll(".md-content :not(pre) > code")) {
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        for (const word of walker.currentNode.data.matchAll(words)) {
            const range = document.createRange();
            range.setStart(walker.currentNode, word.index);
            range.setEnd(walker.currentNode, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
            const length = [...range.getClientRects()].reduce((sum, box) => sum + box.width, 0);
            const room = code.closest("p, li, td, th, h1, h2, h3").clientWidth;
            if (lines.size > 1 && length < room * 0.9) {
                found.push(word[0]);
            }
        }
    }
}
return found.slice(0, 5);
"""


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        handler = functools.partial(QuietHandler, directory=SITE)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(server.shutdown)
        cls.address = f"http://127.0.0.1:{server.server_port}/"
        cls.browser = browser.open_browser(cls)

    def set_width(self, width):
        """Sets the width of the window's inside, which no window of Chromium has below 500 pixels."""
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )

    def each(self, pages, check):
        for width in WIDTHS:
            self.set_width(width)
            for page in pages:
                with self.subTest(page=page, width=width):
                    self.browser.get(self.address + page)
                    check()

    def check_width(self, content):
        too_wide = self.browser.execute_script(TOO_WIDE.replace("CONTENT", content))
        self.assertEqual(too_wide, [])
        beyond = self.browser.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        self.assertLessEqual(beyond, 0, "the page scrolls sideways")

    def check_hosts(self):
        asked = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)"
        )
        here = (self.address, "data:", "blob:")
        self.assertEqual([address for address in asked if not address.startswith(here)], [])

    def test_pages(self):
        """Nothing leaves a page, no identifier is broken, and no other host is asked."""

        def check():
            self.check_width(".md-content *")
            self.assertEqual(self.browser.execute_script(BROKEN), [])
            self.check_hosts()

        self.each(PAGES, check)

    def test_reference(self):
        """Nothing leaves a page of the reference, and no other host is asked."""

        def check():
            self.check_width("div.contents td, div.contents div")
            self.check_hosts()

        self.each(REFERENCE, check)

    def test_links_lead_somewhere(self):
        self.set_width(WIDTHS[0])
        ids = {}
        links = {}
        for page in PAGES:
            self.browser.get(self.address + page)
            ids[page], links[page] = self.browser.execute_script(
                "return [[...document.querySelectorAll('[id]')].map((one) => one.id),"
                " [...document.querySelectorAll('.md-content a[href]')].map((one) => one.href)]"
            )
        for page, targets in links.items():
            for target in targets:
                if not target.startswith(self.address):
                    continue
                path, _, anchor = target[len(self.address) :].partition("#")
                with self.subTest(page=page, link=path, anchor=anchor):
                    self.assertTrue((SITE / path).is_file())
                    if anchor and path in ids:
                        self.assertIn(anchor, ids[path])

    def test_search_finds_a_name(self):
        self.set_width(WIDTHS[0])
        self.browser.get(self.address + "index.html")
        self.browser.find_element(By.CSS_SELECTOR, "input.md-search__input").send_keys("request_response")
        end = time.monotonic() + 20
        found = []
        while time.monotonic() < end and not found:
            found = self.browser.find_elements(By.CSS_SELECTOR, "a.md-search-result__link")
        self.assertTrue(any("policies.html" in one.get_attribute("href") for one in found))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    unittest.main()
