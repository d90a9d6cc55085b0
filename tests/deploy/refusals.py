#!/usr/bin/env python3
"""Sees that what nginx refuses by itself looks as the services' own refusals do.

usage: refusals.py FILE   the configuration for nginx, run with no service behind it
"""
import http.client
import json
import sys

from front import free_port, nginx

TOO_LARGE = b" " * (32 * 2**20 + 1)  # client_max_body_size


def main():
    faults = []

    def expect(status, verb, path, headers, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(verb, path, body, headers)
        answer = connection.getresponse()
        said = f"{verb} {path} {headers}: {answer.status} {answer.headers['Content-Type']}"
        try:
            problem = json.loads(answer.read())
            english = problem["detail"].isascii()
            if (answer.status, problem["status"], answer.headers["Content-Type"]) != (status, status, "application/problem+json"):
                faults.append(said)
            if english != headers.get("Accept-Language", "zh").startswith("en"):
                faults.append(f"{said}: {problem['detail']}")
        except (ValueError, KeyError):
            faults.append(f"{said}: no problem")
        connection.close()

    with nginx(sys.argv[1], lambda service: [free_port()]) as port:
        for headers in ({}, {"Accept-Language": "en-GB"}, {"Accept-Language": "zh-CN"}):
            expect(502, "GET", "/v1/cases", headers)
            expect(502, "POST", "/v1/cases", headers, b"{}")
            expect(502, "POST", "/v1/cases", headers | {"Idempotency-Key": "k-1"}, b"{}")
            expect(413, "POST", "/v1/cases", headers, TOO_LARGE)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
