"""Clients whose requests carry no key and must not be done twice. What got no answer they send again, and then know why it may be
refused; what they have sent once is refused only where somebody else has sent it again, or did not tell them what was done."""
import threading
import time

from cluster.client import ANSWERING, BETWEEN, Client

PAUSE = 0.01  # seconds between two requests


class Careful(threading.Thread):
    """One request after the other. After no answer, or one that says to ask again, a request is in doubt until there is one."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended, self.turn, self.failure = threading.Event(), threading.Lock(), None
        self.acknowledged = self.failures = 0
        self.last_failure = None

    def run(self):
        try:
            while not self.ended.is_set():
                with self.turn:
                    self._act()
                    self.acknowledged += 1
                time.sleep(PAUSE)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def _act(self):
        raise NotImplementedError

    def _send(self, client, verb, target, body, if_match=None):
        """The first answer that is one, and whether there were attempts before it of which nobody knows what became."""
        deadline, in_doubt = time.monotonic() + ANSWERING, False
        while True:
            answer = client.send(verb, target, body, if_match=if_match)
            if 0 < answer.status < 500 and answer.status != 429:
                return answer, in_doubt
            self.failures, self.last_failure, in_doubt = self.failures + 1, f"{verb} {target}: {answer}", True
            if time.monotonic() > deadline:
                raise TimeoutError(f"for {ANSWERING} s: {self.last_failure}")
            time.sleep(BETWEEN)


class Editor(Careful):
    """Renames a point that nobody else touches, each time the version that it has read."""

    def __init__(self, port, secret, point):
        super().__init__()
        self._client, self.point = Client(port, secret), point
        before = self._client.get(f"/v1/points/{point}")
        self.version, self.name = before["version"], before["name"]

    def _act(self):
        name = f"edited {self.version}"
        answer, in_doubt = self._send(self._client, "PATCH", f"/v1/points/{self.point}", {"name": name}, self.version)
        if not answer.accepted and not (answer.status == 412 and in_doubt):
            raise RuntimeError(f"nobody else edits {self.point}, whose version is {self.version}, and yet: {answer}")
        point = answer.json() if answer.accepted else self._client.get(f"/v1/points/{self.point}")
        if (point["version"], point["name"]) != (self.version + 1, name):
            raise RuntimeError(f"{name} was done on version {self.version}, and yet there is {point}")
        self.version, self.name = point["version"], name


class Refresher(Careful):
    """Renews its session without a pause. A refresh token is good once: at the second time, the session is ended."""

    def __init__(self, port, account, password):
        super().__init__()
        self._client, self._account, self._token = Client(port), {"account": account, "password": password}, None

    def _act(self):
        if self._token is not None:
            answer, in_doubt = self._send(self._client, "POST", "/v1/sessions:refresh", {"refresh_token": self._token})
            if not answer.accepted and not in_doubt:
                raise RuntimeError(f"nobody else has this refresh token, and yet the session was ended: {answer}")
        if self._token is None or not answer.accepted:
            answer, _ = self._send(self._client, "POST", "/v1/sessions", self._account)
            if not answer.accepted:
                raise RuntimeError(f"sign-in: {answer}")
        self._token = answer.json()["refresh_token"]
