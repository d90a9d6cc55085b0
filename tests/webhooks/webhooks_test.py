"""Webhooks of the real server, received and verified by others. Run by ctest."""

import argparse
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "page"))
from wenming_server import Server, eventually  # noqa: E402

VERSION = "1.1.0"  # of standardwebhooks, on PyPI
SENDING = 60  # seconds: on a busy machine
MEASURED = 200  # cases


def run_with_library(environment):
    """Begins anew under a Python that has the outside library; fetches it where it is not there."""
    python = pathlib.Path(environment, "bin", "python")
    if pathlib.Path(sys.prefix).resolve() == pathlib.Path(environment).resolve():
        return
    if not pathlib.Path(environment, f"installed-{VERSION}").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True, capture_output=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                            f"standardwebhooks=={VERSION}"], check=True, capture_output=True, timeout=200)
        except (subprocess.SubprocessError, OSError) as fault:
            print(f"webhooks_test is skipped: standardwebhooks {VERSION} cannot be fetched: {fault}")
            sys.exit(0)
        pathlib.Path(environment, f"installed-{VERSION}").touch()
    os.execv(python, [str(python), "-B", *sys.argv])


class WebhooksTest(unittest.TestCase):
    wenming = None  # the program

    @classmethod
    def setUpClass(cls):
        from receiver import Receiver, make_certificate
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        certificate, key = make_certificate(folder, "receiver")
        cls.receiver = Receiver(certificate, key)
        cls.addClassCleanup(cls.receiver.stop)
        cls.stranger = Receiver(*make_certificate(folder, "stranger"))  # whose certificate nobody believes
        cls.addClassCleanup(cls.stranger.stop)
        cls.server = cls.enterClassContext(Server(cls.wenming, folder, {
            "outgoing.allowed": f"localhost:{cls.receiver.port},localhost:{cls.stranger.port}",
            "outgoing.ca_file": certificate,
            "hotline.webhook_timeout_seconds": 2}))
        cls.admin = cls.server.call("POST", "/v1/sessions", body={
            "account": "admin", "password": Server.ADMIN_PASSWORD})["access_token"]

    def setUp(self):
        # Each test has a district of its own, so that it is told of its own cases only.
        self.district = self.server.call("POST", "/v1/organisations", self.admin, {
            "name": self.id().rsplit(".", 1)[-1], "code": str(uuid.uuid4())[:18], "level": "DISTRICT"})["id"]
        self.key = self.server.call("POST", "/v1/api-keys", self.admin, {
            "name": "12345", "role": "OPERATOR", "unit_id": self.district,
            "expires_at": time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.localtime(time.time() + 30 * 86400))})["secret"]
        self.server.settle()
        self.path = f"/200/{self.district}"
        self.webhooks = []

    def tearDown(self):
        for webhook in self.webhooks:
            self.server.call("POST", f"/v1/webhooks/{webhook}:remove", self.key, {})

    # -- Means ------------------------------------------------------------------------------------------------------

    def webhook(self, path=None, url=None):
        """Registers one; its id and secret."""
        answer = self.server.call("POST", "/v1/webhooks", self.key, {
            "unit_id": self.district, "name": "12345", "url": url or self.receiver.url(path or self.path)})
        self.webhooks.append(answer["webhook"]["id"])
        return answer["webhook"]["id"], answer["secret"]

    def case(self):
        return self.server.call("POST", "/v1/cases", self.key, {
            "receiving_unit_id": self.district, "channel": "PHONE", "kind": "COMPLAINT", "subject": "人民路路灯不亮",
            "complainant_name": "某某", "complainant_phone": "13800138000"})["id"]

    def received(self, count, path=None):
        """So many requests; waits for them."""
        eventually(lambda: len(self.receiver.requests(path or self.path)) >= count, SENDING,
                   lambda: f"{len(self.receiver.requests(path or self.path))} of {count} came:\n" + self.server.log())
        return self.receiver.requests(path or self.path)

    def show(self, webhook):
        return self.server.call("GET", f"/v1/webhooks/{webhook}", self.key)

    def deliveries(self, webhook):
        return self.server.call("GET", f"/v1/webhook-deliveries?webhook_id={webhook}", self.key)["webhook_deliveries"]

    def attempted(self, webhook, attempts=1):
        """The only delivery, once it was tried so often."""
        eventually(lambda: self.deliveries(webhook) and self.deliveries(webhook)[0]["attempts"] >= attempts, SENDING,
                   lambda: "it was not sent:\n" + self.server.log())
        return self.deliveries(webhook)[0]

    # -- Tests ------------------------------------------------------------------------------------------------------

    def test_every_step_of_a_case_is_told_and_verified_by_others(self):
        from standardwebhooks.webhooks import Webhook, WebhookVerificationError
        _, secret = self.webhook()
        case = self.case()
        self.server.call("POST", f"/v1/cases/{case}:accept", self.key, {})
        self.server.call("POST", f"/v1/cases/{case}:dispatch", self.key, {"unit_id": self.district})
        requests = self.received(3)
        messages = [Webhook(secret).verify(body, headers) for headers, body in requests]
        self.assertEqual([m["type"] for m in messages], ["case.receive", "case.accept", "case.dispatch"])
        self.assertEqual([m["sequence"] for m in messages], [1, 2, 3])
        self.assertEqual({m["data"]["case_id"] for m in messages}, {case})
        self.assertEqual(messages[2]["data"]["state"], "DISPATCHED")
        for headers, body in requests:
            self.assertNotIn(b"13800138000", body)
            self.assertEqual(headers["content-type"], "application/json")
            with self.assertRaises(WebhookVerificationError):
                Webhook(secret).verify(body.replace(b"DISPATCHED", b"CLOSED").replace(b"1", b"2"), headers)
        self.assertEqual(len({headers["webhook-id"] for headers, _ in requests}), 3)

    def test_a_receiver_changes_over_to_a_new_secret_in_its_own_time(self):
        from standardwebhooks.webhooks import Webhook
        webhook, old = self.webhook()
        new = self.server.call("POST", f"/v1/webhooks/{webhook}:rotate-secret", self.key, {})["secret"]
        self.case()
        (headers, body), = self.received(1)
        Webhook(old).verify(body, headers)
        Webhook(new).verify(body, headers)

    def test_a_test_says_what_the_receiver_answers(self):
        webhook, _ = self.webhook("/418/tea")
        answer = self.server.call("POST", f"/v1/webhooks/{webhook}:test", self.key, {})
        self.assertEqual((answer["state"], answer["status"]), ("FAILED", 418))

    def test_what_failed_is_sent_again_under_the_same_id(self):
        path = f"/500/{self.district}"
        webhook, _ = self.webhook(path)
        self.case()
        self.attempted(webhook)
        self.receiver.answers[path] = "204"
        requests = self.received(2, path)
        self.assertEqual(requests[0][0]["webhook-id"], requests[1][0]["webhook-id"])
        eventually(lambda: self.deliveries(webhook)[0]["state"] == "DELIVERED", SENDING, self.server.log)

    def test_a_receiver_that_is_gone_is_told_nothing_more(self):
        webhook, _ = self.webhook("/410/gone")
        self.case()
        eventually(lambda: self.show(webhook).get("stopped") == "GONE", SENDING, self.server.log)
        self.case()
        self.assertEqual(len(self.deliveries(webhook)), 1)

    def test_redirects_are_not_followed(self):
        webhook, _ = self.webhook("/302/moved")
        self.case()
        self.assertEqual(self.attempted(webhook)["status"], 302)
        self.assertEqual(self.receiver.requests("/200/redirected"), [])

    def test_a_receiver_that_closes_or_hangs_is_tried_again(self):
        for path in (f"/close/{self.district}", f"/hang/{self.district}"):
            webhook, _ = self.webhook(path)
            self.case()
            delivery = self.attempted(webhook)
            self.assertEqual(delivery["state"], "PENDING")
            self.assertNotEqual(delivery["error"], "")
            self.assertLess(delivery["duration_ms"], 10_000)

    def test_a_certificate_that_nobody_believes_is_not_believed(self):
        webhook, _ = self.webhook(url=self.stranger.url("/200/stranger"))
        self.case()
        self.assertIn("handshake", self.attempted(webhook)["error"])
        self.assertEqual(self.stranger.requests("/200/stranger"), [])

    def test_addresses_inside_are_not_called(self):
        for host in ("127.0.0.1", "[::1]", "0x7f000001"):
            webhook, _ = self.webhook(url=f"https://{host}:{self.receiver.port}/200/inside")
            self.case()
            eventually(lambda: self.show(webhook).get("stopped") == "ADDRESS_FORBIDDEN", SENDING, self.server.log)
        self.assertEqual(self.receiver.requests("/200/inside"), [])

    def test_a_receiver_that_hangs_slows_neither_cases_nor_other_receivers(self):
        without = self.intake_ms()
        self.webhook()
        good = self.intake_ms()
        self.received(MEASURED)
        for number in range(4):
            self.webhook(f"/hang/{self.district}/{number}")
        hanging = self.intake_ms()
        self.received(2 * MEASURED)
        print("intake of a case, median / p99 in ms: "
              + "; ".join(f"{name} {median:.2f} / {p99:.2f}" for name, (median, p99) in (
                  ("without webhooks", without), ("with one", good), ("with one and four that hang", hanging))))
        self.assertLess(hanging[0], 5 * without[0] + 5)

    def intake_ms(self):
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=30)
        body = json.dumps({"receiving_unit_id": self.district, "channel": "PHONE", "kind": "COMPLAINT",
                           "subject": "人民路路灯不亮"}).encode()
        times = []
        for _ in range(MEASURED):
            begun = time.perf_counter()
            connection.request("POST", "/v1/cases", body, {
                "Authorization": f"Bearer {self.key}", "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4())})
            response = connection.getresponse()
            response.read()
            times.append((time.perf_counter() - begun) * 1000)
            self.assertEqual(response.status, 201)
        connection.close()
        return statistics.median(times), statistics.quantiles(times, n=100)[98]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wenming", required=True, help="the program")
    parser.add_argument("--environment", required=True, help="where the outside library is kept")
    arguments = parser.parse_args()
    run_with_library(arguments.environment)
    WebhooksTest.wenming = arguments.wenming
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
