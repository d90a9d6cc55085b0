"""The real `wenming serve`, and a client that speaks to its API."""

import http.client
import itertools
import json
import pathlib
import re
import subprocess
import time

STARTING = 60  # seconds: also with sanitizers on a busy machine
FOLDING = 30  # seconds until all services have heard of everything


def eventually(condition, seconds, otherwise):
    """Waits until the condition gives something true, and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise() if callable(otherwise) else otherwise)
        time.sleep(0.02)


class Refused(Exception):
    """The server answered with something else than success."""


class Server:
    """One process on a port of loopback that stays the same when it is started again. Stopped with the `with` block."""

    PASSWORD = "correct horse battery"

    def __init__(self, binary, folder):
        self._binary = binary
        self._data = pathlib.Path(folder) / "data"
        self._log = pathlib.Path(folder) / "wenming.log"
        self._password_file = pathlib.Path(folder) / "admin-password"
        self._password_file.write_text(self.PASSWORD + "\n", encoding="utf-8")
        self._process = None
        self.port = 0  # a free one, chosen by the server when it starts for the first time

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Starts and waits until it is ready."""
        command = [self._binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--store", f"sqlite:{self._data}",
                   "--admin-password-file", str(self._password_file)]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self._listens, STARTING, lambda: "the server did not come up:\n" + self.log())
        eventually(self._is_ready, STARTING, lambda: "the server did not become ready:\n" + self.log())

    def kill(self):
        """Ends it at once, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def running(self):
        return self._process is not None

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")

    def settle(self):
        """Waits until every service has applied all events."""
        def settled():
            report = self._request("GET", "/readyz?verbose")[1].decode()
            return report and not [lag for lag in re.findall(r", lag (\d+)", report) if lag != "0"]
        eventually(settled, FOLDING, lambda: "events are not applied:\n" + self.log())

    def _listens(self):
        if self._process.poll() is not None:
            raise RuntimeError("the server ended:\n" + self.log())
        listening = re.search(r"listening address=\S+ port=(\d+)", self.log())
        if listening:
            self.port = int(listening.group(1))
        return listening

    def _is_ready(self):
        try:
            return self._request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _request(self, method, target, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def call(self, method, target, token="", body=None, media_type="application/json"):
        """Sends a request and returns the answer; `body` is text, or anything that JSON can say."""
        headers = {"Content-Type": media_type}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        status, answer = self._request(method, target, headers, body.encode() if body is not None else None)
        if not 200 <= status <= 299:
            raise Refused(f"{method} {target} answered {status}: {answer.decode()}")
        return json.loads(answer)
