#!/usr/bin/env python3
"""How fast a file of cases is imported, and in how much memory.

usage: import_cases.py --bin DIR [--rows N] [--format csv|xlsx] [--store URL]

Starts `wenming serve` on a free port and an empty folder (or, with --store, on these databases, which must be empty), sends it a
file of N cases (100,000 unless said), and prints rows per second from the request to the end of the job, how long the file took to
be read, and the resident memory before, at most, and afterwards. Needs openpyxl for --format xlsx.
"""
import argparse
import csv
import http.client
import io
import json
import pathlib
import random
import re
import subprocess
import tempfile
import time

CHARACTERS = "路灯不亮井盖破损垃圾清运噪音扰民占道经营公交站台绿化养护自来水管道施工围挡小区物业停车收费学校门口拥堵请尽快处理谢谢"


def rows(count):
    dice = random.Random(7)
    text = lambda length: "".join(dice.choice(CHARACTERS) for _ in range(length))
    yield ["message_id", "user_id", "subject", "received_at", "detail", "reply", "replied_at"]
    for i in range(count):
        day = f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}"
        yield [str(i), f"u{i % 9999}", text(14), f"{day}T09:{i % 60:02}:00+08:00", text(120), text(90),
               f"{day}T16:00:00+08:00"]


def file_of(kind, count):
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows(rows(count))
        return "text/csv", out.getvalue().encode()
    import openpyxl
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows(count):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", out.getvalue()


class Server:
    def __init__(self, binary, folder, store):
        password = folder / "password"
        password.write_text("correct horse battery\n")
        password.chmod(0o600)
        self._log = open(folder / "log", "w+")
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--store", store or f"sqlite:{folder / 'data'}",
                   "--admin-password-file", str(password)]
        if store:
            command += ["--blobs", f"directory:{folder / 'blobs'}"]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        self.port = self._wait()
        answer = self.call("POST", "/v1/sessions", {"account": "admin", "password": "correct horse battery"})
        self.token = answer["access_token"]

    token = ""

    def _wait(self):
        for _ in range(600):
            text = pathlib.Path(self._log.name).read_text()
            found = re.search(r"listening address=\S+ port=(\d+)", text)
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                raise SystemExit(text)
            time.sleep(0.1)
        raise SystemExit("the server does not come up")

    def call(self, verb, target, body=None, media_type="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Content-Type": media_type, "Idempotency-Key": str(random.random())}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None and media_type == "application/json":
            body = json.dumps(body).encode()
        connection.request(verb, target, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status <= 299:
            raise SystemExit(f"{verb} {target} was answered with {answer.status}: {text.decode()}")
        return json.loads(text)

    def run(self, target, media_type, content):
        job = self.call("POST", target, content, media_type)
        read = None
        started = time.monotonic()
        while job["state"] in ("QUEUED", "RUNNING"):
            time.sleep(0.05)
            job = self.call("GET", f"/v1/jobs/{job['service']}/{job['id']}")
            if read is None and "total" in job:
                read = time.monotonic() - started
        if job["state"] != "DONE" or job["refused"]:
            raise SystemExit(f"the job did not do all it should: {job}")
        return job, read

    def memory(self, name="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(name + r":\s+(\d+)", status).group(1)) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--store", default="")
    options = parser.parse_args()
    media_type, content = file_of(options.format, options.rows)
    with tempfile.TemporaryDirectory() as name:
        server = Server(str(pathlib.Path(options.bin) / "wenming"), pathlib.Path(name), options.store)
        try:
            server.run("/v1/organisations:import", "text/csv", b"code,name,parent_code,level\nD,District,,district\n")
            unit = server.call("GET", "/v1/organisations")["organisations"][0]["id"]
            for _ in range(100):  # the hotline hears of it
                time.sleep(0.1)
                try:
                    server.call("GET", f"/v1/cases?unit_id={unit}")
                    break
                except SystemExit:
                    continue
            before = server.memory()
            started = time.monotonic()
            _, read = server.run(f"/v1/cases:import?unit_id={unit}", media_type, content)
            seconds = time.monotonic() - started
            print(f"{options.rows} rows of {options.format}, {len(content) / 1e6:.1f} MB: {options.rows / seconds:.0f} rows/s, "
                  f"read within {read:.1f} of {seconds:.1f} s; resident {before:.0f} MB before, "
                  f"{server.memory('VmHWM'):.0f} at most, {server.memory():.0f} afterwards")
        finally:
            server.process.terminate()
            server.process.wait()


main()
