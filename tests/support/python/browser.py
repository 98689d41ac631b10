# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

"""Headless Chromium for the tests of pages and pictures."""

import os

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service


def open_browser(test_class):
    """Returns a browser that ends with the tests of the class."""
    options = Options()
    options.binary_location = os.environ["CHROMIUM"]
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server"):
        options.add_argument(argument)
    browser = webdriver.Chrome(service=Service(os.environ["CHROMEDRIVER"]), options=options)
    test_class.addClassCleanup(browser.quit)
    return browser
