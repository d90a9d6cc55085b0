#!/usr/bin/env python3
"""Holds what nginx sends to another replica against the contract: where the first one goes away amid a request, only what may be
done twice; where it cannot be reached, everything.

usage: repeats.py FILE   the configuration for nginx, run with two stubs for each service
"""
import collections
import http.client
import http.server
import json
import pathlib
import re
import sys

from front import free_port, nginx, serving

CONTRACT = json.loads((pathlib.Path(__file__).resolve().parents[2] / "docs/reference/openapi.json").read_text())
TURNS = 4  # of each request: replicas are asked in turn, so whichever comes first, both do


class Stub(http.server.BaseHTTPRequestHandler):
    """Counts what it gets; answers, or goes away as a process does that is killed."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen[self.command, self.path] += 1
        if self.server.dies:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_POST = do_PATCH = answer

    def log_message(self, *_):
        pass


def requests():
    """(verb, path, key, whether it may be done twice) for all methods."""
    for path, methods in CONTRACT["paths"].items():
        path = re.sub(r"\{\w+\}", "0190-5f", path.replace("{service}", "hotline"))
        for verb, method in methods.items():
            if verb in ("get", "put"):
                yield verb.upper(), path, None, True
            else:
                secret = any(holds_secret(content["schema"]) for content in
                             method.get("requestBody", {}).get("content", {}).values())
                for key, repeatable in ((None, False), ('""', False), ("k-1", not secret), ('"k-1"', not secret)):
                    yield verb.upper(), path, key, repeatable


def holds_secret(schema, above=()):
    if name := schema.get("$ref", "").rpartition("/")[2]:
        return name not in above and holds_secret(CONTRACT["components"]["schemas"][name], (*above, name))
    parts = [*schema.get("properties", {}).values(), *schema.get("allOf", []), *([schema["items"]] if "items" in schema else [])]
    return schema.get("format") == "password" or any(holds_secret(part, above) for part in parts)


def send(port, verb, path, key):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = None if verb == "GET" else "{}"
    connection.request(verb, path, body, {"Idempotency-Key": key} if key else {})
    status = connection.getresponse().status
    connection.close()
    return status


def faults_where_one_dies(file):
    seen = collections.Counter()
    with serving(Stub, seen=seen, dies=True) as dying, serving(Stub, seen=seen, dies=False) as other:
        with nginx(file, lambda service: [dying, other]) as port:
            for verb, path, key, repeatable in requests():
                seen.clear()
                answers = [send(port, verb, path, key) for _ in range(TURNS)]
                repeated, lost = seen[verb, path] - TURNS, answers.count(502)
                if (repeated == 0) if repeatable else (repeated > 0 or lost == 0):
                    should = "should" if repeatable else "must not"
                    yield f"{verb} {path} with key {key} {should} be repeated: {answers}, repeated {repeated} times"


def faults_where_one_is_away(file):
    with serving(Stub, seen=collections.Counter(), dies=False) as there:
        away = free_port()
        with nginx(file, lambda service: [away, there]) as port:
            for verb, path, key, _ in requests():
                if (answers := {send(port, verb, path, key) for _ in range(TURNS)}) != {200}:
                    yield f"{verb} {path} with key {key} is answered {answers} where one replica is away"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = [*faults_where_one_dies(sys.argv[1]), *faults_where_one_is_away(sys.argv[1])]
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"{len(list(requests()))} requests are sent to another replica where they may be")


if __name__ == "__main__":
    main()
