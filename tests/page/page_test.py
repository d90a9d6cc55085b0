"""The page in a real browser, before the real server. Run by ctest."""

import argparse
import signal
import sys
import tempfile
import unittest

from page_case import PageCase, ResultWithScreenshots, chromium
from small_county import SmallCounty
from wenming_server import Server

RECONNECTING = 60  # seconds: between its attempts the page waits for up to 22
# Lets a test put the page's clock forward, and makes what the page does every minute happen at once.
CLOCK = """
    let ahead = 0;
    const RealDate = Date, realInterval = setInterval;
    window.Date = class extends RealDate {
      constructor(...parts) { if (parts.length) super(...parts); else super(RealDate.now() + ahead); }
      static now() { return RealDate.now() + ahead; }
    };
    window.setInterval = (action, milliseconds) => realInterval(action, Math.min(milliseconds, 50));
    window.putClockForward = (milliseconds) => { ahead = milliseconds; };"""


class PageTest(PageCase):
    def test_a_wrong_password_is_told_and_nothing_is_shown(self):
        self.expected_complaints = [r"/v1/sessions .* 401"]
        # Not the account of the other tests, which has to wait a moment now.
        self.sign_in(SmallCounty.LIAISON_ACCOUNT, "wrong")
        self.expect(lambda: self.text("#sign-in-error"), "账号或密码错误。")
        self.assertTrue(self.is_shown("#sign-in-form"))
        self.assertFalse(self.is_shown("#board"))
        self.assertEqual(self.numbers(), {})
        self.browser.refresh()
        self.until(lambda: self.is_shown("#sign-in-form"), "there is no form to sign in")

    def test_the_overview_shows_the_numbers_of_the_api(self):
        self.sign_in()
        self.expect_place("明山县")
        self.assertEqual(self.numbers()["volunteers"], "2")
        self.assertEqual(self.text("#trend-total"), f"合计 {self.numbers()['cases_received']}")
        self.assertEqual(self.text(".tone-inspection .legend").split(), ["轻微", "1", "一般", "0", "严重", "2"])
        self.expect_connection("实时")

    def test_numbers_move_by_themselves(self):
        self.sign_in()
        self.click("#period-choices button:last-child")
        self.expect_place("明山县")
        self.browser.execute_script("window.notLoadedAgain = true")
        before = {name: int(self.numbers()[name]) for name in
                  ("hour_entries_pending", "hour_entries_approved", "cases_received")}

        entry = self.county.log_hours("东河社区", 30)
        self.expect(lambda: self.numbers()["hour_entries_pending"], str(before["hour_entries_pending"] + 1))
        self.county.approve_hours(entry)
        self.expect(lambda: self.numbers()["hour_entries_approved"], str(before["hour_entries_approved"] + 1))
        self.expect(lambda: self.numbers()["hour_entries_pending"], str(before["hour_entries_pending"]))
        self.county.create_case()
        self.expect(lambda: self.numbers()["cases_received"], str(before["cases_received"] + 1))
        self.county.settle()
        self.expect_place("明山县")
        self.assertTrue(self.read("window.notLoadedAgain"))

    def test_drilling_down_shows_the_numbers_of_the_child_and_back_returns(self):
        self.sign_in()
        self.expect_place("明山县")
        of_the_county, at_the_county = self.numbers(), self.browser.current_url
        self.open("东河街道")
        self.expect_place("东河街道")
        self.assertNotEqual(self.numbers(), of_the_county)
        self.assertIn(self.county.ids["东河街道"], self.browser.current_url)
        self.assertEqual(self.text("#path").split("\n"), ["明山县", "东河街道"])

        self.browser.back()
        self.expect_place("明山县")
        self.assertEqual(self.numbers(), of_the_county)
        self.assertEqual(self.browser.current_url, at_the_county)
        self.browser.forward()
        self.expect_place("东河街道")
        self.browser.refresh()
        self.expect_place("东河街道")

    def test_a_place_begins_at_the_top_of_the_page(self):
        self.sign_in()
        self.expect_place("明山县")
        scrolled_down = "window.scrollTo(0, document.body.scrollHeight); return window.scrollY"
        self.assertGreater(self.browser.execute_script(scrolled_down), 0)
        self.open("东河街道")
        self.expect_place("东河街道")
        self.assertEqual(self.read("window.scrollY"), 0)
        self.assertGreater(self.browser.execute_script(scrolled_down), 0)
        self.browser.back()
        self.expect_place("明山县")
        self.assertEqual(self.read("window.scrollY"), 0)

    def test_the_language_is_switched_and_stays_after_a_reload(self):
        self.sign_in()
        self.expect_place("明山县")
        chinese = self.texts()
        self.assertEqual(self.text("#groups h2"), "志愿服务")
        self.click("#language")
        self.expect_place("明山县", hours="h")
        english = self.texts()
        self.assertEqual(self.text("#groups h2"), "Voluntary service")
        self.assertEqual([text for text in english if text in chinese], [], "texts that are the same in both languages")
        self.browser.refresh()
        self.expect_place("明山县", hours="h")
        self.assertEqual(self.texts(), english)
        self.click("#language")
        self.expect_place("明山县")
        self.assertEqual(self.texts(), chinese)

    def texts(self):
        """Names of buttons, cards, figures and columns."""
        return self.browser.execute_script("""return [...document.querySelectorAll(
            "header button, .choices button, h2, h3, .name, thead th")].map((element) => element.innerText)""")

    def test_another_period_shows_other_numbers(self):
        self.sign_in()
        self.expect_place("明山县")
        this_month, received_this_month = self.period(), self.numbers()["cases_received"]
        self.click("#period-choices button:last-child")
        self.expect(self.period, ["", ""])
        self.expect_place("明山县")
        everything = self.numbers()
        self.assertGreater(int(everything["cases_received"]), int(received_this_month))
        self.assertEqual(everything["cases_on_time"], "100%")
        self.click("#period-choices button:nth-child(3)")
        self.until(lambda: "" < self.period()[1] < this_month[0], "last month does not end before this month")
        self.expect_place("明山县")
        self.assertEqual(self.numbers()["cases_received"], "0")
        self.browser.refresh()
        self.until(lambda: "" < self.period()[1] < this_month[0], "the reload has lost the period")
        self.expect_place("明山县")

    def test_a_phone_shows_the_main_numbers_without_scrolling_sideways(self):
        self.set_size(390, 844, mobile=True)
        self.sign_in()
        for language, hours in (("zh-CN", "小时"), ("en", "h")):
            with self.subTest(language=language):
                self.expect(lambda: self.element("html").get_attribute("lang"), language)
                self.expect_place("明山县", hours)
                self.assertEqual(self.browser.execute_script(
                    "return [innerWidth, document.documentElement.scrollWidth]"), [390, 390])
                cut_off = """return [...document.querySelectorAll("body *")].filter((element) =>
                    element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 0.5 ||
                    element.matches(".value, .choices, .connection") && element.scrollWidth > element.clientWidth)
                    .map((element) => element.outerHTML)"""
                self.assertEqual(self.browser.execute_script(cut_off), [])
                first_card = "return document.querySelector('.tiles').getBoundingClientRect().bottom"
                self.assertLess(self.browser.execute_script(first_card), 844)
            self.click("#language")

    def test_a_restart_of_the_server_is_noticed_and_the_page_recovers_by_itself(self):
        self.expected_complaints = [r"net::ERR_", r" 503 "]
        self.sign_in()
        self.click("#period-choices button:last-child")
        self.expect_place("明山县")
        self.expect_connection("实时")
        self.browser.execute_script("window.notLoadedAgain = true")
        numbers = self.numbers()
        self.addCleanup(lambda: self.server.running or self.server.start())
        self.server.kill()
        self.expect_connection("已断开，正在重连")
        self.assertEqual(self.numbers(), numbers, "what was known stays on the screen")
        self.click("[data-metric=volunteers]")
        self.expect(lambda: self.text("#notice span"), "无法连接服务器，请检查网络。")

        self.server.start()
        self.expect_connection("实时", RECONNECTING)
        self.until(lambda: not self.is_shown("#notice"), "the notice stays although the server is back")
        self.expect(lambda: self.text("#trend-title"), "志愿服务 · 志愿者")
        self.expect_place("明山县")
        self.county.create_case()
        self.expect(lambda: self.numbers()["cases_received"], str(int(numbers["cases_received"]) + 1))
        self.county.settle()
        self.expect_place("明山县")
        self.assertTrue(self.read("window.notLoadedAgain"))

    def test_signing_out_holds_over_a_reload(self):
        self.sign_in()
        self.open("东河街道")
        self.expect_place("东河街道")
        self.click("#sign-out")
        for step in (lambda: None, self.browser.refresh, self.browser.back):
            step()
            self.until(lambda: self.is_shown("#sign-in-form"), "there is no form to sign in")
            self.assertFalse(self.is_shown("#board"))
            self.assertFalse(self.is_shown("#sign-out"))

    def test_the_way_home_is_open_from_an_address_that_leads_nowhere(self):
        self.expected_complaints = [r" 404 "]
        self.sign_in()
        self.expect_place("明山县")
        self.browser.get(f"{self.server.url}/#unit=01890000-0000-7000-8000-000000000000")
        self.until(lambda: self.is_shown("#notice"), "nothing is said of the address")
        self.assertFalse(self.is_shown("#connection"))
        self.open("返回首页")
        self.expect_place("明山县")
        self.assertFalse(self.is_shown("#notice"))

    def test_a_page_that_was_left_is_up_to_date_when_its_reader_returns(self):
        self.sign_in()
        self.expect_place("明山县")
        self.browser.get(f"{self.server.url}/docs")
        # The browser keeps the page; a stream kept with it would be one of the few connections it opens to a server.
        self.until(lambda: self.server.live_streams() == 0, "the page listens although nobody looks at it")
        self.county.create_case()
        self.county.settle()
        self.browser.back()
        self.expect_place("明山县")
        self.expect_connection("实时")

    def test_a_screen_that_stays_open_over_midnight_shows_the_new_day(self):
        script = self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK})
        self.addCleanup(self.browser.execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", script)
        self.browser.refresh()
        self.sign_in()
        self.click("#period-choices button:first-child")
        self.until(lambda: self.period()[0] == self.period()[1], "today is not a day")
        today = self.period()[0]
        self.expect_place("明山县")
        self.browser.execute_script("putClockForward(24 * 60 * 60 * 1000)")
        self.until(lambda: self.period()[0] > today, "the page still shows yesterday")
        self.expect_place("明山县")
        self.assertEqual(self.numbers()["cases_received"], "0")


def main():
    # A test that is ended stops what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(description="Tests the page; further arguments are those of unittest.")
    parser.add_argument("--wenming", required=True, help="the server's executable")
    parser.add_argument("--chromium", required=True, help="the browser")
    parser.add_argument("--chromedriver", required=True, help="what drives it")
    parser.add_argument("--screenshots", required=True, help="folder for what was on the screen when a test failed")
    given, further = parser.parse_known_args()
    ResultWithScreenshots.folder = given.screenshots
    with tempfile.TemporaryDirectory(prefix="wenming-page-") as folder, Server(given.wenming, folder) as server, \
            chromium(given.chromium, given.chromedriver, folder) as browser:
        PageCase.server, PageCase.county, PageCase.browser = server, SmallCounty(server), browser
        runner = unittest.TextTestRunner(resultclass=ResultWithScreenshots, verbosity=2)
        program = unittest.main(argv=[sys.argv[0], *further], testRunner=runner, exit=False)
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
