# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""The page of examples/operations in headless Chromium, driven by Selenium."""

import os
import subprocess
import unittest

from browser import open_browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

MARKUP = "<img src=x onerror=\"document.title='run'\"><b>bold</b>"
HARD = "a/b?c#d%25 é"


class Browsing(unittest.TestCase):
    """A service and a browser, for all tests of a class."""

    arguments = []

    @classmethod
    def setUpClass(cls):
        cls.service = subprocess.Popen(
            [os.environ["OPERATIONS"], *cls.arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.service.communicate, "")
        cls.url = cls.service.stdout.readline().strip()
        cls.browser = open_browser(cls)

    def setUp(self):
        self.browser.set_window_size(1200, 900)
        self.browser.get(self.url)
        self.wait(lambda: len(self.names()) == 8)

    def say_to_service(self, line):
        self.service.stdin.write(line + "\n")
        self.service.stdin.flush()

    def wait(self, condition, seconds=40):
        return WebDriverWait(self.browser, seconds, poll_frequency=0.1).until(lambda _: condition())

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def names(self):
        return self.script("return [...document.querySelectorAll('#breakers h3')].map((name) => name.textContent)")

    def card(self, name):
        return self.script("return [...document.querySelectorAll('#breakers > li')]"
                           ".find((card) => card.querySelector('h3').textContent === arguments[0])", name)

    def state(self, name):
        return self.card(name).find_element(By.CSS_SELECTOR, ".state b").text

    def answer(self):
        return self.browser.find_element(By.ID, "answer").text

    def type_token(self, token):
        field = self.browser.find_element(By.ID, "token")
        field.clear()
        field.send_keys(token)

    def events_of(self, name):
        """Before, now and why, of each outage, latest first; never empty."""
        rows = self.script("return [...document.querySelectorAll('#events tr')]"
                           ".map((row) => [...row.cells].map((cell) => cell.textContent))")
        return [row[2:5] for row in rows if row[1] == name] or [None]

    def button(self, name, label):
        return next(button for button in self.card(name).find_elements(By.TAG_NAME, "button")
                    if button.text == label)

    def press(self, name, label):
        button = self.button(name, label)
        self.script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def press_twice(self, name, label):
        self.press(name, label)
        self.press(name, label + ": press again")


class Page(Browsing):
    def test_a_failing_breaker_is_seen_to_open(self):
        self.wait(lambda: self.state("failing") == "open")
        card = self.card("failing")
        self.assertIn("calls are rejected", card.text)
        self.assertRegex(card.text, r"Tries again\nin \d+ s|Tries again\nwith the next call")
        self.assertEqual(card.find_element(By.TAG_NAME, "use").get_attribute("href"), "#shape-open")
        self.assertIn("open", self.browser.title)
        self.wait(lambda: "tripped" in self.browser.find_element(By.ID, "events").text)

    def test_the_counts_move_without_a_reload(self):
        def ever():
            return self.card("healthy").text.split("Succeeded")[1]
        before = ever()
        self.wait(lambda: ever() != before)
        self.wait(lambda: "a second" in self.card("healthy").text)

    def test_a_breaker_is_forced_open_and_reset(self):
        self.type_token("secret")
        self.press_twice("idle", "Force open")
        self.wait(lambda: self.state("idle") == "forced open")
        self.wait(lambda: self.answer() == "idle: forced open")
        self.wait(lambda: self.events_of("idle")[0] == ["closed", "forced open", "command"])
        self.press("idle", "Reset")
        self.wait(lambda: self.state("idle") == "closed")

    def test_all_commands_are_given_and_named(self):
        self.type_token("secret")
        self.press_twice("idle", "Disable")
        self.wait(lambda: self.state("idle") == "disabled")
        for label, state in (("Metrics only", "metrics only"), ("Reset", "closed")):
            self.press("idle", label)
            self.wait(lambda: self.state("idle") == state)
        seconds = self.card("idle").find_element(By.TAG_NAME, "input")
        seconds.clear()
        seconds.send_keys("3600", Keys.ENTER)
        self.wait(lambda: self.state("idle") == "open")
        self.wait(lambda: "in 3600 s" in self.card("idle").text or "in 3599 s" in self.card("idle").text)
        seconds.clear()
        seconds.send_keys("-1")
        self.press("idle", "Open for")
        self.wait(lambda: "must be above 0 s" in self.answer())
        self.assertEqual(self.state("idle"), "open")
        self.press("idle", "Reset")
        self.wait(lambda: self.state("idle") == "closed")

    def test_a_wrong_token_is_refused_and_nothing_changes(self):
        for token, refusal in (("wrong", "the token is wrong"), ("", "needs the token")):
            self.type_token(token)
            self.press("idle", "Metrics only")
            self.wait(lambda: refusal in self.answer())
            self.assertIn("is-error", self.browser.find_element(By.ID, "answer").get_attribute("class"))
            self.assertEqual(self.state("idle"), "closed")
        status = self.browser.execute_async_script(
            "const done = arguments[0]; fetch('circuit-breakers/idle', {method: 'POST', body: "
            "'{\"command\": \"force_open\"}'}).then((response) => done(response.status));")
        self.assertEqual(status, 401)
        self.assertEqual(self.state("idle"), "closed")

    def test_a_name_with_markup_is_text(self):
        self.assertIn(MARKUP, self.names())
        self.assertEqual(self.script("return document.querySelectorAll('#breakers img, #breakers h3 *').length"), 0)
        self.assertNotEqual(self.browser.title, "run")
        self.type_token("secret")
        self.press_twice(MARKUP, "Disable")
        self.wait(lambda: self.state(MARKUP) == "disabled")
        self.wait(lambda: MARKUP in self.browser.find_element(By.ID, "events").text)
        self.assertEqual(self.script("return document.querySelectorAll('#events img, #answer *').length"), 0)
        self.press_twice(HARD, "Disable")
        self.wait(lambda: self.state(HARD) == "disabled")
        for name in (MARKUP, HARD):
            self.press(name, "Reset")
            self.wait(lambda: self.state(name) == "closed")

    def test_names_that_are_no_text_have_a_card_each_and_cannot_be_commanded(self):
        self.assertEqual(self.names().count("\ufffd"), 2)
        self.type_token("secret")
        self.press("\ufffd", "Metrics only")
        self.wait(lambda: "its name is not text" in self.answer())
        self.assertEqual(self.state("\ufffd"), "closed")

    def outage(self, name):
        """The row of the latest outage, how many transitions it has, and those that are seen below it."""
        row, button, parts = self.script("""
            const row = [...document.querySelectorAll("#events tr")].find((row) => row.cells[1].textContent === arguments[0]);
            const parts = [];
            for (let part = row.nextElementSibling; part && part.className === "part"; part = part.nextElementSibling) {
                if (!part.hidden) {
                    parts.push(part);
                }
            }
            return [row, row.querySelector("button"), parts];""", name)
        return row, button, parts

    def test_all_trials_of_an_outage_are_one_row_that_unfolds(self):
        def transitions():
            button = self.outage("failing")[1]
            return int(button.text.split()[0]) if button.is_displayed() else 1
        self.wait(lambda: self.events_of("failing") != [None])
        self.wait(lambda: transitions() >= 4)
        row, button, parts = self.outage("failing")
        self.assertEqual(self.events_of("failing")[0][0], "closed")
        self.assertEqual(parts, [])
        self.assertEqual(button.get_attribute("aria-expanded"), "false")
        self.script("arguments[0].focus()", button)
        button.send_keys(Keys.ENTER)
        parts = self.outage("failing")[2]
        self.assertGreaterEqual(len(parts), 4)
        self.assertEqual(button.get_attribute("aria-expanded"), "true")
        self.assertIn("tripped", parts[-1].text)
        self.assertIn("half open", " ".join(part.text for part in parts[:2]))
        # It goes on, and stays unfolded, with the focus.
        before = len(parts)
        self.wait(lambda: len(self.outage("failing")[2]) > before)
        self.assertTrue(self.script("return document.activeElement === arguments[0]", button))
        button.send_keys(Keys.SPACE)
        self.assertEqual(self.outage("failing")[2], [])

    def test_a_selection_in_the_table_stays(self):
        self.wait(lambda: self.events_of("failing") != [None])
        self.script("getSelection().selectAllChildren(document.querySelector('#events td:nth-child(2)'))")
        first = self.script("return document.querySelector('#events td:nth-child(2)').textContent")
        before = self.outage("failing")[1].get_attribute("textContent")
        self.wait(lambda: self.outage("failing")[1].get_attribute("textContent") != before)
        self.assertEqual(self.script("return getSelection().toString()"), first)

    def test_a_screen_reader_hears_what_is_seen(self):
        self.wait(lambda: self.events_of("failing") != [None])
        self.wait(lambda: self.outage("failing")[1].is_displayed())
        nodes = [node for node in self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
                 if not node["ignored"]]

        def called(role):
            return [node["name"]["value"] for node in nodes if node["role"]["value"] == role and "name" in node]

        def properties(node):
            return {one["name"]: one["value"]["value"] for one in node.get("properties", []) if "value" in one["value"]}
        self.assertIn("failing", called("heading"))
        self.assertIn("Commands for failing", called("group"))
        for role in ("button", "textbox", "searchbox", "spinbutton"):
            self.assertNotIn("", called(role))
        unfolding = [properties(node).get("expanded") for node in nodes
                     if node["role"]["value"] == "button" and node["name"]["value"].endswith("transitions")]
        self.assertIn(False, unfolding)
        # How many are open is told when it changes, and an answer to a command at once.
        live = {self.script("return arguments[0].getAttribute('aria-live') || arguments[0].getAttribute('role')",
                            self.browser.find_element(By.ID, name)) for name in ("summary", "answer")}
        self.assertEqual(live, {"polite", "status"})

    def test_the_place_is_kept_while_it_refreshes(self):
        self.browser.set_window_size(500, 500)
        self.script("window.scrollTo(0, 600)")
        field = self.card("idle").find_element(By.TAG_NAME, "input")
        self.script("arguments[0].focus({preventScroll: true}); arguments[0].value = '77'", field)
        self.assertGreater(self.script("return window.scrollY"), 0)
        top = "return arguments[0].getBoundingClientRect().top"
        place = self.script(top, field)
        before = self.card("healthy").text
        self.wait(lambda: self.card("healthy").text != before)
        self.assertAlmostEqual(self.script(top, field), place, delta=2)
        self.assertTrue(self.script("return document.activeElement === arguments[0]", field))
        self.assertEqual(field.get_attribute("value"), "77")

    def test_it_works_by_keyboard(self):
        self.type_token("secret")
        field = self.browser.switch_to.active_element
        field.send_keys(Keys.TAB)
        # The first command of the first breaker comes next.
        focused = self.browser.switch_to.active_element
        self.assertEqual(focused.text, "Reset")
        self.assertNotEqual(self.script("return getComputedStyle(arguments[0]).outlineStyle", focused), "none")
        # Its card goes to another place, and the focus with it.
        self.script("arguments[0].focus()", self.button("idle", "Reset"))
        self.browser.switch_to.active_element.send_keys(Keys.TAB)
        for _ in range(2):
            self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.wait(lambda: self.state("idle") == "forced open")
        self.assertEqual(self.browser.switch_to.active_element.text, "Force open")
        self.browser.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
        self.browser.switch_to.active_element.send_keys(Keys.SPACE)
        self.wait(lambda: self.state("idle") == "closed")

    def test_what_is_not_closed_comes_first(self):
        ranks = {"open": 0, "forced open": 0, "half open": 1, "metrics only": 2, "disabled": 2, "closed": 3}

        def states():
            return self.script("return [...document.querySelectorAll('.state b')].map((state) => state.textContent)")
        self.type_token("secret")
        self.press("idle", "Metrics only")
        self.wait(lambda: self.state("idle") == "metrics only")
        self.wait(lambda: self.state("failing") == "open")
        self.wait(lambda: (lambda found: [ranks[state] for state in found] == sorted(ranks[state] for state in found))(states()))
        self.assertRegex(self.card("idle").text, r"Not closed since\n.*, \d+ s")
        self.press("idle", "Reset")
        self.wait(lambda: self.state("idle") == "closed")
        self.assertIn("Not closed since\n\u2013", self.card("idle").text)

    def test_what_lasts_asks_once_more(self):
        self.type_token("secret")
        self.press("idle", "Disable")
        self.wait(lambda: "press again" in self.answer())
        self.assertEqual(self.state("idle"), "closed")
        self.wait(lambda: any(button.text == "Disable" for button in self.card("idle").find_elements(By.TAG_NAME, "button")))
        self.assertEqual(self.state("idle"), "closed")
        seconds = self.card("idle").find_element(By.TAG_NAME, "input")
        seconds.clear()
        seconds.send_keys("86401")
        self.press("idle", "Open for")
        self.assertEqual(self.state("idle"), "closed")
        self.press("idle", "Open for: press again")
        self.wait(lambda: self.state("idle") == "open")
        self.press("idle", "Reset")
        self.wait(lambda: self.state("idle") == "closed")

    def test_the_title_tells_while_the_page_is_hidden(self):
        self.type_token("secret")
        self.press_twice("idle", "Force open")
        self.wait(lambda: "open - " in self.browser.title)
        self.press("idle", "Reset")
        self.wait(lambda: self.state("idle") == "closed")
        self.script("Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
                    "document.title = 'hidden'")
        self.wait(lambda: self.browser.title.endswith("Circuit breakers"))
        self.script("delete document.hidden")

    def test_names_are_filtered(self):
        field = self.browser.find_element(By.ID, "filter")
        field.send_keys("SLO")
        self.assertEqual(self.names(), ["slow"])
        self.wait(lambda: self.events_of("failing") != [None])
        self.assertEqual(self.script("return [...document.querySelectorAll('#events tr')]"
                                     ".filter((row) => !row.hidden && row.cells[1].textContent !== 'slow').length"), 0)
        field.send_keys("xyz")
        self.assertIn("No name has that", self.browser.find_element(By.ID, "nothing").text)

    def test_a_phone_and_the_dark(self):
        # Chromium's window is never so narrow as a phone.
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
        self.addCleanup(self.browser.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), 360)
        contrasts = {}
        for scheme in ("light", "dark"):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            contrasts[scheme] = self.script("""
                const luminance = (color) => {
                    const parts = color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
                        .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
                };
                const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                const all = [];
                for (const card of document.querySelectorAll("#breakers > li")) {
                    const back = luminance(getComputedStyle(card).backgroundColor);
                    for (const text of card.querySelectorAll("h3, .state b, .meaning, dt, dd")) {
                        all.push(contrast(luminance(getComputedStyle(text).color), back));
                    }
                }
                return Math.min(...all);""")
            self.assertGreaterEqual(contrasts[scheme], 4.5, scheme)
        self.assertNotEqual(contrasts["light"], contrasts["dark"])
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

    def test_every_state_has_a_shape_of_its_own(self):
        shapes = self.script("""
            return Object.keys(meanings).map((state) => document.getElementById("shape-" + state).innerHTML);""")
        self.assertEqual(len(shapes), 6)
        self.assertEqual(len(set(shapes)), 6)
        drawn = self.script("""
            const style = getComputedStyle(document.querySelector(".state use"));
            return [style.fill, style.stroke === getComputedStyle(document.querySelector(".state")).color];""")
        self.assertEqual(drawn, ["none", True])

    def test_it_says_who_shares_what(self):
        fleet = self.browser.find_element(By.ID, "fleet")
        self.wait(lambda: fleet.text == "Shared with 1 other node.")
        self.assertIn("Shares\ncommands, openings by 3 votes", self.card("idle").text)
        self.assertNotIn("Shares", self.card("failing").text)
        self.say_to_service("lose the store")
        self.wait(lambda: fleet.text.startswith("The fleet has lost its store"))
        self.assertEqual(fleet.get_attribute("class"), "is-lost")
        self.say_to_service("find it again")
        self.wait(lambda: fleet.text == "Shared with 1 other node.")

    def test_nothing_is_asked_of_others(self):
        self.wait(lambda: len(self.script("return performance.getEntriesByType('resource')")) > 4)
        for name in self.script("return performance.getEntriesByType('resource').map((entry) => entry.name)"):
            self.assertTrue(name.startswith(self.url), name)
        errors = [entry["message"] for entry in self.browser.get_log("browser")
                  if entry["level"] == "SEVERE" and "401" not in entry["message"] and "400" not in entry["message"]]
        self.assertEqual(errors, [])


class PageWithoutService(Browsing):
    def test_it_says_since_when(self):
        self.service.communicate("")
        self.wait(lambda: "No answer since" in self.browser.find_element(By.ID, "connection").text)
        self.assertTrue(self.browser.find_element(By.ID, "connection").is_displayed())
        self.assertIn("No answer", self.browser.title)
        self.assertEqual(self.browser.find_element(By.ID, "connection").get_attribute("aria-live"), "assertive")
        self.assertIn("is-stale", self.browser.find_element(By.TAG_NAME, "body").get_attribute("class"))
        self.type_token("secret")
        self.press("idle", "Metrics only")
        self.wait(lambda: "no answer" in self.answer())


class ManyBreakers(Browsing):
    """Two thousand breakers more, twelve of which are open."""

    arguments = ["--many", "2000"]

    def setUp(self):
        self.browser.set_window_size(1280, 900)
        self.browser.get(self.url)
        self.wait(lambda: len(self.names()) == 200)

    def test_those_that_are_open_are_seen_first_and_few_others_are_drawn(self):
        self.assertLess(self.names().index("service-0-hangs"), 16)
        self.wait(lambda: len(self.script("return performance.getEntriesByName('update')")) >= 5)
        self.assertLess(self.script("return document.querySelectorAll('*').length"), 15000)
        self.assertRegex(self.browser.find_element(By.ID, "summary").text, r"^1[2-4] open, ")
        # Figures, for who wants them: a busy machine is no failure.
        drawn, updates = self.script("""
            return [performance.getEntriesByName("drawn")[0].startTime - performance.getEntriesByType("navigation")[0].responseEnd,
                    performance.getEntriesByName("update").map((entry) => entry.duration)];""")
        print(f"drawn after {drawn:.0f} ms, updates in {', '.join(f'{one:.0f}' for one in updates)} ms")

    def test_all_are_shown_to_who_asks_and_found_by_name(self):
        field = self.browser.find_element(By.ID, "filter")
        field.send_keys("service-1999")
        self.wait(lambda: self.names() == ["service-1999"])
        field.clear()
        field.send_keys(Keys.SPACE, Keys.BACKSPACE)
        self.wait(lambda: len(self.names()) == 200)
        more = self.browser.find_element(By.ID, "more")
        self.assertEqual(more.text, "Show 1808 more")
        more.click()
        self.wait(lambda: self.script("return document.querySelectorAll('#breakers > li').length") == 2008)
        self.assertFalse(more.is_displayed())

    def test_a_phone(self):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 400, "height": 740, "deviceScaleFactor": 2, "mobile": True})
        self.addCleanup(self.browser.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), 400)


if __name__ == "__main__":
    unittest.main()
