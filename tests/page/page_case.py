"""A browser, and what a person does and sees in it."""

import os
import pathlib
import re
import unittest

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException, StaleElementReferenceException, TimeoutException, WebDriverException)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.support.ui import WebDriverWait

from small_county import SmallCounty

PATIENCE = 30  # seconds that anything on the page may take: also with sanitizers on a busy machine
FIGURES = [  # on the page
    "volunteers", "activities", "service_minutes", "hour_entries_approved", "hour_entries_pending",
    "hour_entries_flagged", "points", "inspections", "orders", "orders_verified", "orders_overdue", "cases_received",
    "cases_open", "cases_replied", "cases_closed", "cases_overdue", "cases_declined", "cases_on_time",
    "cases_satisfied", "placements", "placements_expired", "briefs_submitted", "briefs_adopted", "brief_points"]
RATES = {"cases_on_time": "cases_due", "cases_satisfied": "cases_called_back"}
COLUMNS = [  # of the list of organisations
    "service_minutes", "inspections", "orders_overdue", "cases_received", "cases_open", "placements",
    "briefs_submitted"]


def written(figure, figures, hours="小时"):
    """A figure as the page writes it."""
    if figure in RATES:
        whole = figures[RATES[figure]]
        return f"{round(100 * figures[figure] / whole, 1):g}%" if whole else "–"
    if figure == "service_minutes":
        return f"{round(figures[figure] / 60, 1):g} {hours}"
    return str(figures[figure])


class PageCase(unittest.TestCase):
    """Each test begins at the page, at the size of a desk, with nobody signed in."""

    maxDiff = None
    # Given by main:
    server = None
    county = None
    browser = None

    def setUp(self):
        self.expected_complaints = []  # patterns of what the browser may complain about in this test
        self.set_size(1280, 800)
        self.browser.get(f"{self.server.url}/livez")  # the same origin without the page
        self.browser.execute_script("sessionStorage.clear(); localStorage.clear();")
        self.browser.get_log("browser")
        self.browser.get(self.server.url)

    def tearDown(self):
        complaints = [entry["message"] for entry in self.browser.get_log("browser")]
        unexpected = [complaint for complaint in complaints
                      if not any(re.search(expected, complaint) for expected in self.expected_complaints)]
        self.assertEqual(unexpected, [], "the browser complains")

    # -- What somebody does -----------------------------------------------------------------------------------------

    def set_size(self, width, height, mobile=False):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile})

    def sign_in(self, account=SmallCounty.ACCOUNT, password=SmallCounty.PASSWORD):
        self.until(lambda: self.is_shown("#sign-in-form"), "there is no form to sign in")
        for name, value in (("account", account), ("password", password)):
            self.element(f"#sign-in-form [name={name}]").send_keys(value)
        self.click("#sign-in-form button")

    def click(self, selector):
        self.click_found(lambda: self.element(selector))

    def open(self, link):
        self.click_found(lambda: self.browser.find_element(By.LINK_TEXT, link))

    def click_found(self, find):
        def clicked():
            try:
                find().click()
                return True
            except (StaleElementReferenceException, ElementClickInterceptedException):
                return False  # it was drawn anew just now
        self.until(clicked, "it cannot be clicked")

    # -- What somebody sees -----------------------------------------------------------------------------------------

    def until(self, condition, otherwise, seconds=PATIENCE):
        WebDriverWait(self.browser, seconds, poll_frequency=0.05).until(lambda _: condition(), otherwise)

    def element(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    # What may be drawn anew at any moment is read in one step.
    def read(self, script, *arguments):
        return self.browser.execute_script("return " + script, *arguments)

    def text(self, selector):
        return self.read("document.querySelector(arguments[0])?.innerText", selector)

    def is_shown(self, selector):
        return self.read("document.querySelector(arguments[0])?.checkVisibility() ?? false", selector)

    def period(self):
        return self.read("['from', 'to'].map((end) => document.getElementById(end).value)")

    def numbers(self):
        """The figures of the cards, by name."""
        return self.read("""Object.fromEntries([...document.querySelectorAll(".tile[data-metric]")].map((tile) =>
            [tile.dataset.metric, tile.querySelector(".value").textContent]))""")

    def numbers_below(self):
        """The figures of the organisations below, by name."""
        return self.read("""Object.fromEntries([...document.querySelectorAll("#units tbody tr")].map((row) =>
            [row.cells[0].innerText, [...row.cells].slice(1).map((cell) => cell.innerText.replace(/\\s/, " "))]))""")

    def expect_place(self, unit, hours="小时"):
        """Waits until the page shows what the API says of this place in the period that the page shows."""
        self.until(lambda: self.text("#unit-name") == unit, f"{unit} is not shown")
        figures = self.county.figures(unit, *self.period())
        self.expect(self.numbers, {name: written(name, figures, hours) for name in FIGURES})
        below = self.county.figures_below(unit, *self.period())
        self.expect(self.numbers_below, {
            name: [written(column, of, hours) for column in COLUMNS] for name, of in below.items()})
        self.until(lambda: self.text("#trend-total"), "the trend is not shown")

    def expect(self, look, expected):
        """Waits until `look()` gives what is expected."""
        try:
            self.until(lambda: look() == expected, "")
        except TimeoutException:
            self.assertEqual(look(), expected)

    def expect_connection(self, state, seconds=PATIENCE):
        self.until(lambda: self.text("#connection") == state, f"the connection is not “{state}”", seconds)


def chromium(binary, driver, folder):
    """A browser that reaches nothing but loopback, in the language and the time of the deployment."""
    RemoteConnection.set_timeout(2 * PATIENCE)  # nothing waits for a browser that hangs
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "disable-background-networking", "no-proxy-server",
                     "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):
        options.add_argument("--" + argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN,zh"})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(driver, env={**os.environ, "HOME": folder, "TMPDIR": folder, "TZ": "Asia/Shanghai"})
    browser = webdriver.Chrome(service=service, options=options)
    browser.set_page_load_timeout(PATIENCE)
    browser.set_script_timeout(PATIENCE)
    return browser


class ResultWithScreenshots(unittest.TextTestResult):
    """Keeps what the browser showed when a test failed."""

    folder = None  # given by main

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._keep_screenshot(test)

    def addError(self, test, error):
        super().addError(test, error)
        self._keep_screenshot(test)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._keep_screenshot(test)

    def _keep_screenshot(self, test):
        file = pathlib.Path(self.folder, test.id().rpartition(".")[2] + ".png")
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            PageCase.browser.save_screenshot(str(file))
            self.stream.writeln(f"kept {file}")
        except WebDriverException as failure:
            self.stream.writeln(f"no screenshot: {failure.msg}")
