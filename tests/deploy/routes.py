#!/usr/bin/env python3
"""Holds the proxies against the contract: every path of every method must reach the service that owns it, the page must
reach the dashboard, and what is for operators must reach nobody.

usage: routes.py ingress FILE…   the Ingress in manifests that kustomize printed, by the rules of Kubernetes
       routes.py nginx FILE      the configuration for nginx, by running nginx with stubs for the services
"""
import contextlib
import http.client
import http.server
import json
import pathlib
import re
import sys

import yaml

from front import nginx, serving

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("identity", "volunteer", "inspection", "hotline", "publicity", "dashboard")
NOBODY = "nobody"
# Folders of contracts whose paths name the service that answers.
OF_EVERY_SERVICE = ("operations", "contract")
# Without a path of its own in any contract, so it is held here.
INSIDE_ONLY = ("/metrics", "/livez", "/readyz")


def wanted():
    """(path, service) for everything that may be asked for, ids filled in."""
    pairs = set()
    for service in SERVICES + OF_EVERY_SERVICE:
        for file in (ROOT / "proto/wenming" / service / "v1").glob("*.proto"):
            for path in re.findall(r'^\s*(?:get|post|put|patch|delete): "(/[^"]+)"', file.read_text(), re.M):
                owners = SERVICES if service in OF_EVERY_SERVICE else (service,)
                for owner in owners:
                    example = path.replace("{service}", owner)
                    pairs.add((re.sub(r"\{\w+\}", "0190-5f", example), owner))
    in_contract = {re.sub(r"\{\w+\}", "0190-5f", path.replace("{service}", "identity"))
                   for path in json.loads((ROOT / "docs/reference/openapi.json").read_text())["paths"]}
    missing = in_contract - {path for path, _ in pairs}
    if missing:
        sys.exit(f"docs/reference/openapi.json has paths that no .proto has: {sorted(missing)}")
    page = (ROOT / "services/dashboard/page.cpp").read_text()
    pairs |= {(path, "dashboard") for path in re.findall(r'\{"(/[^"]*)", ', page)}
    pairs |= {("/docs", "dashboard"), ("/openapi.json", "dashboard"), ("/v1/unknown", "dashboard")}
    pairs |= {(path, NOBODY) for path in INSIDE_ONLY}
    return sorted(pairs)


def ingress_answer(rules, path):
    """Exact before the longest prefix; a prefix ends where an element of the path ends."""
    best = None
    for rule in rules:
        if rule["pathType"] == "Exact":
            fits, rank = path == rule["path"], (1, 0)
        else:
            prefix = rule["path"].rstrip("/")
            fits, rank = path == prefix or path.startswith(prefix + "/"), (0, len(prefix))
        if fits and (best is None or rank > best[0]):
            best = (rank, rule["backend"]["service"]["name"])
    return best[1] if best else NOBODY


def check_ingress(files):
    faults = []
    for file in files:
        objects = [o for o in yaml.safe_load_all(pathlib.Path(file).read_text()) if o]
        rules = [path for o in objects if o["kind"] == "Ingress" for rule in o["spec"]["rules"] for path in rule["http"]["paths"]]
        services = {o["metadata"]["name"] for o in objects if o["kind"] == "Service"}
        faults += [f"{rule['path']} goes to {rule['backend']['service']['name']}, which is no Service"
                   for rule in rules if rule["backend"]["service"]["name"] not in services]
        faults += compare(lambda path, rules=rules: ingress_answer(rules, path))
    return faults


class Stub(http.server.BaseHTTPRequestHandler):
    """Answers with the name of the service that it stands for."""

    def do_GET(self):
        body = self.server.service.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check_nginx(file):
    with contextlib.ExitStack() as stack:
        stubs = {service: stack.enter_context(serving(Stub, service=service)) for service in SERVICES}
        port = stack.enter_context(nginx(file, lambda service: [stubs[service]]))

        def answer(path):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            connection.close()
            return body if response.status == 200 else NOBODY if response.status == 404 else str(response.status)

        return compare(answer)


def compare(answer):
    return [f"{path} goes to {got} and not to {owner}" for path, owner in wanted() if (got := answer(path)) != owner]


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("ingress", "nginx"):
        sys.exit(__doc__)
    faults = check_ingress(sys.argv[2:]) if sys.argv[1] == "ingress" else check_nginx(sys.argv[2])
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"{len(wanted())} paths reach whom they should")


if __name__ == "__main__":
    main()
