# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""The picture that examples/replay draws, in headless Chromium, driven by Selenium."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from browser import open_browser

LONG = "trip = " + " | ".join(["(min_requests(20) & failure_rate(0.5) & slow_rate(0.5, 500ms))"] * 4)
TEXTS = ["", "trip = failure_streak(5); wait = cooldown(30s)", LONG, "preset = request_response(500ms)"]


class Picture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        file = pathlib.Path(folder.name) / "picture.svg"
        subprocess.run([os.environ["REPLAY"], os.environ["CALLS"], "--picture", str(file), *TEXTS],
                       check=True, stdout=subprocess.DEVNULL)
        cls.text = file.read_text()
        cls.browser = open_browser(cls)
        cls.browser.get(file.as_uri())

    def boxes(self, selector):
        return self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map((one) => {"
            "const box = one.getBBox(); return [box.x, box.y, box.width, box.height]})", selector)

    @staticmethod
    def overlap(one, other):
        return (one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
                and one[1] < other[1] + other[3] and other[1] < one[1] + one[3])

    def test_no_text_lies_on_another_or_on_what_is_drawn(self):
        texts = self.boxes("text")
        self.assertGreater(len(texts), 15)
        drawn = self.boxes("svg > path")
        self.assertGreater(len(drawn), 10)
        for i, one in enumerate(texts):
            for other in texts[i + 1:] + drawn:
                self.assertFalse(self.overlap(one, other), (one, other))

    def test_all_lies_within_the_picture(self):
        width, height = self.browser.execute_script(
            "const box = document.documentElement.viewBox.baseVal; return [box.width, box.height]")
        for x, y, w, h in self.boxes("text, svg > path"):
            self.assertGreaterEqual(x, 0)
            self.assertGreaterEqual(y, 0)
            self.assertLessEqual(x + w, width)
            self.assertLessEqual(y + h, height)

    def test_each_kind_has_a_pattern_of_its_own_and_is_there(self):
        for kind, is_marked in (("good", False), ("bad", True), ("spared", True), ("lost", True)):
            pattern = self.browser.execute_script(
                "return document.getElementById(arguments[0]).children.length", kind)
            self.assertEqual(pattern, 2 if is_marked else 1)
            self.assertTrue(self.boxes(f"path[fill='url(#{kind})']"), kind)

    def test_it_needs_nothing_else(self):
        self.assertNotIn("href", self.text)
        self.assertNotIn("<script", self.text)
        self.assertEqual(self.text.count("http"), 1)  # the name of its format


if __name__ == "__main__":
    unittest.main()
