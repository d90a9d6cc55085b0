"""HTTP, for one thread: a request that got no answer is sent again, with the same key."""
import http.client
import json
import time
import uuid

ANSWERING = 120  # seconds in which there has to be an answer, whatever happens meanwhile
BETWEEN = 0.05  # seconds between two attempts


class Answer:
    def __init__(self, status, body=b"", replayed=False):
        self.status, self.body, self.replayed = status, body, replayed

    @property
    def accepted(self):
        return 200 <= self.status < 300

    @property
    def refused(self):
        """Because it breaks a rule, not because of who asks or how things stand."""
        return self.status in (409, 422)

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body.decode('utf-8', 'replace')}"


class Client:
    """Somebody with a token, an API key, or an account; with an account, the session is renewed when it is over."""

    def __init__(self, port, token="", account=None):
        self._port, self._token, self._account = port, token, account
        self._refresh_token, self._connection = "", None
        self.renewals, self.failures, self.last_failure = 0, 0, None

    def send(self, verb, target, body=None, key=None, content_type="application/json", if_match=None):
        """One attempt; status 0 where there was no answer."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if key:
            headers["Idempotency-Key"] = key
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            self._connection.request(verb, target, body, headers)
            response = self._connection.getresponse()
            return Answer(response.status, response.read(), response.getheader("Idempotency-Replayed") is not None)
        except (OSError, http.client.HTTPException):
            self._connection = None
            return Answer(0)

    def ask(self, verb, target, body=None, key=None, content_type="application/json"):
        """The first answer that is one: neither none nor one that says to ask again."""
        deadline = time.monotonic() + ANSWERING
        while True:
            answer = self.send(verb, target, body, key, content_type)
            if answer.status == 401 and self._account:
                self._renew()
                continue
            if 0 < answer.status < 500 and answer.status != 429:
                return answer
            self.failures, self.last_failure = self.failures + 1, f"{verb} {target}: {answer}"
            if time.monotonic() > deadline:
                raise TimeoutError(f"for {ANSWERING} s: {self.last_failure}")
            time.sleep(BETWEEN)

    def call(self, verb, target, body=None, content_type="application/json"):
        """What the server says to a request that it should accept."""
        answer = self.ask(verb, target, body, str(uuid.uuid4()) if verb == "POST" else None, content_type)
        if not answer.accepted:
            raise RuntimeError(f"{verb} {target}: {answer}")
        return answer.json()

    def get(self, target):
        return self.call("GET", target)

    def each(self, target, items):
        """Every item of a list, page by page."""
        token = ""
        while True:
            page = self.get(f"{target}?page_size=500&page_token={token}")
            yield from page[items]
            token = page.get("next_page_token", "")
            if not token:
                return

    def at(self, port):
        """The same caller at another process."""
        return Client(port, self._token)

    def _renew(self):
        """By the refresh token; by the password where it is no longer good."""
        self.renewals, self._token = self.renewals + 1, ""
        answer = self.send("POST", "/v1/sessions:refresh", {"refresh_token": self._refresh_token})
        if not answer.accepted:
            account, password = self._account
            answer = self.send("POST", "/v1/sessions", {"account": account, "password": password})
        if not answer.accepted:
            time.sleep(BETWEEN)
        else:
            self._token, self._refresh_token = answer.json()["access_token"], answer.json()["refresh_token"]
