"""The real `wenming serve`, and requests to its API."""

import http.client
import json
import pathlib
import re
import subprocess
import time
import uuid

STARTING = 60  # seconds: also with sanitizers on a busy machine
APPLYING = 30  # seconds until all services have applied all events


def eventually(condition, seconds, otherwise):
    """Waits until the condition holds; `otherwise()` says what is wrong if it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise())
        time.sleep(0.02)


class Server:
    """One process on a port of loopback, which it keeps when it is started again. Killed with the `with` block."""

    ADMIN_PASSWORD = "correct horse battery"

    def __init__(self, binary, folder, settings=None):
        """`settings` are those that differ from what the program takes by itself."""
        self._binary = binary
        self._settings = [part for key, value in (settings or {}).items() for part in ("--set", f"{key}={value}")]
        self._data = pathlib.Path(folder, "data")
        self._log = pathlib.Path(folder, "wenming.log")
        self._password_file = pathlib.Path(folder, "admin-password")
        self._password_file.write_text(self.ADMIN_PASSWORD + "\n", encoding="utf-8")
        self._process = None
        self._port = 0  # until the server has chosen a free one

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    @property
    def running(self):
        return self._process is not None

    def start(self):
        """Starts and waits until it is ready."""
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [self._binary, "serve", "--listen", f"127.0.0.1:{self._port}", "--store", f"sqlite:{self._data}",
                 "--admin-password-file", self._password_file, *self._settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            eventually(self._ready, STARTING, lambda: "the server did not come up:\n" + self.log())
        except BaseException:
            self.kill()
            raise

    def kill(self):
        """Ends it at once, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")

    def settle(self):
        """Waits until every service has applied all events."""
        def settled():
            lags = re.findall(r", lag (\w+)", self._request("GET", "/readyz?verbose")[1])
            return lags and all(lag == "0" for lag in lags)
        eventually(settled, APPLYING, lambda: "events are not applied:\n" + self.log())

    def live_streams(self):
        """How many are open."""
        counts = re.findall(r"^wenming_live_streams\S* (\d+)", self._request("GET", "/metrics")[1], re.MULTILINE)
        return sum(map(int, counts))

    def call(self, method, target, token="", body=None):
        """Sends a request and returns the answer. `body` is CSV if it is text, else anything that JSON can say."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "text/csv" if isinstance(body, str) else "application/json"
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        status, answer = self._request(method, target, headers, body)
        if not 200 <= status <= 299:
            raise RuntimeError(f"{method} {target} was answered with {status}: {answer}")
        return json.loads(answer)

    def wait_for_job(self, job, token=""):
        """Waits until a job has come to its end."""
        deadline = time.monotonic() + 60
        while job["state"] in ("QUEUED", "RUNNING"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the job does not end: {job}")
            job = self.call("GET", f"/v1/jobs/{job['service']}/{job['id']}", token)
        if job["state"] != "DONE" or job["refused"]:
            raise RuntimeError(f"the job did not do all it should: {job}")

    def _ready(self):
        if self._process.poll() is not None:
            raise RuntimeError("the server ended:\n" + self.log())
        listening = re.search(r"listening address=\S+ port=(\d+)", self.log())
        if not listening:
            return False
        self._port = int(listening.group(1))
        try:
            return self._request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _request(self, method, target, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()
