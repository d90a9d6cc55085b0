#!/usr/bin/env python3
"""The distributed mode under fire: while clients log hours through the front, processes and engines behind it are killed.

usage: cluster_test.py --bin DIR [--port N] [--seed N]

Afterwards every acknowledged entry must be there once, none besides, both dashboards must show as many, no event may lie
among the dead letters, and the hash chains must hold.
"""
import argparse
import datetime
import http.client
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARTING, SETTLING, ANSWERING = 120, 90, 90  # seconds
WRITERS = 4


class Cluster:
    """scripts/cluster in a folder of its own."""

    def __init__(self, binaries, port, folder):
        self.port, self.data, self._bin = port, pathlib.Path(folder, "data"), binaries
        self._log = open(pathlib.Path(folder, "log"), "wb")
        self._process = subprocess.Popen(
            [ROOT / "scripts/cluster", "--port", str(port), "--data", self.data, "--bin", binaries],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        self._restarted = {}
        try:
            eventually(lambda: b"Ctrl-C" in pathlib.Path(folder, "log").read_bytes(), STARTING,
                       lambda: "the cluster did not start:\n" + pathlib.Path(folder, "log").read_text("utf-8"))
        except TimeoutError:
            self.stop()
            raise

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(90)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
        for process in self._restarted.values():
            if process.poll() is None:
                process.kill()
            process.wait()
        self._log.close()

    def pid(self, name):
        return int((self.data / "pids" / name).read_text())

    def kill(self, name):
        """As a crash would. Returns how to start it again."""
        pid = self.pid(name)
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: is_gone(pid), 10, lambda: f"{name} does not die")
        return command

    def start(self, name, command):
        with open(self.data / "logs" / name, "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._restarted[name] = process
        # Reaped as soon as it ends, or scripts/cluster waits for what is dead already.
        threading.Thread(target=process.wait, daemon=True).start()
        (self.data / "pids" / name).write_text(str(process.pid))

    def crash_postgres(self):
        """All of it at once, with nothing written any more; then it recovers from its log."""
        for action in (["stop", "-m", "immediate"], ["start", "-l", f"{self.data}/postgres/log", "-o",
                       f"-k '{self.data}/postgres' -c listen_addresses= -c max_connections=300"]):
            programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
            command = [programs / "pg_ctl", action[0], "-D", f"{self.data}/postgres/data", *action[1:]]
            if os.geteuid() == 0:
                command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def sql(self, service, text):
        return subprocess.run(
            ["psql", "-h", self.data / "postgres", "-U", "wenming", "-d", f"wenming_{service}", "-qtAc", text],
            check=True, capture_output=True, text=True).stdout.split()

    def verify(self):
        return subprocess.run([f"{self._bin}/wenming", "audit", "verify", "--store",
                               f"postgresql://wenming@/wenming_{{service}}?host={self.data}/postgres"],
                              capture_output=True, text=True)


def is_gone(pid):
    try:
        return "State:\tZ" in pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def eventually(condition, seconds, otherwise):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise())
        time.sleep(0.05)


class Client:
    """One connection to a port; a request that got no answer is sent again, with the same key."""

    def __init__(self, port, token=""):
        self._port, self._token, self._connection = port, token, None

    def send(self, verb, target, body=None, key=None, content_type="application/json"):
        """Status and answer; status 0 where there was none."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            self._connection.request(verb, target, body, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except OSError:
            self._connection = None
            return 0, b""
        except http.client.HTTPException:
            self._connection = None
            return 0, b""

    def call(self, verb, target, body=None, key=None, content_type="application/json", also=()):
        """The answer, asked for again and again until there is one. `also`: refusals that pass in a moment."""
        key = key or (str(uuid.uuid4()) if verb == "POST" else None)
        deadline = time.monotonic() + ANSWERING
        while True:
            status, answer = self.send(verb, target, body, key, content_type)
            if 200 <= status < 300:
                return json.loads(answer)
            if (0 < status < 500 and status not in also) or time.monotonic() > deadline:
                raise RuntimeError(f"{verb} {target}: {status} {answer.decode('utf-8', 'replace')}")
            time.sleep(0.05)


class Writer(threading.Thread):
    """Logs an hour a day for one volunteer, and writes down what was acknowledged."""

    def __init__(self, port, token, volunteer):
        super().__init__()
        self._client, self._volunteer = Client(port, token), volunteer
        self.acknowledged, self.failure, self.done = set(), None, threading.Event()

    def run(self):
        try:
            day = datetime.date(2000, 1, 1)
            for number in itertools.count():
                if self.done.is_set():
                    return
                moment = f"{day + datetime.timedelta(days=number)}T09:00:00+08:00"
                entry = self._client.call("POST", f"/v1/volunteers/{self._volunteer}/hours",
                                          {"starts_at": moment, "minutes": 60, "description": "社区环境整治"})
                self.acknowledged.add(entry["id"])
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure


def make_county(port, password):
    """A county with volunteers, and the key with which their unit logs their hours."""
    token = Client(port).call("POST", "/v1/sessions", {"account": "admin", "password": password})["access_token"]
    admin = Client(port, token)
    settle(port)
    admin.call("POST", "/v1/organisations:import", "code,name,parent_code,level\nC,明山县,,district\n".encode(),
               content_type="text/csv")
    unit = admin.call("GET", "/v1/organisations?code=C")["organisations"][0]["id"]
    expires = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)).isoformat(timespec="seconds")
    secret = admin.call("POST", "/v1/api-keys", {"name": "test", "role": "LIAISON", "unit_id": unit,
                                                 "expires_at": expires})["secret"]
    settle(port)
    volunteers = [admin.call("POST", "/v1/volunteers", {"display_name": "李华", "unit_id": unit, "phone": f"1380000{i:04}"})["id"]
                  for i in range(WRITERS)]
    return token, secret, volunteers


def settle(port):
    """Waits until all services have heard of everything; a few times in a row, because news may be on their way."""
    client, settled = Client(port), 0
    deadline = time.monotonic() + SETTLING
    while settled < 5:
        status, report = client.send("GET", "/readyz?settled&verbose")
        settled = settled + 1 if status == 200 else 0
        if time.monotonic() > deadline:
            raise TimeoutError("the services do not settle:\n" + report.decode("utf-8", "replace"))
        time.sleep(0.05)


def dashboards(port):
    """The ports of both, as scripts/cluster numbers them."""
    return (port + 7, port + 8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--port", type=int, default=21000 + os.getpid() % 100 * 110)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WENMING_SEED", random.randrange(1 << 31))))
    options = parser.parse_args()
    print(f"WENMING_SEED={options.seed}", flush=True)
    chance = random.Random(options.seed)

    with tempfile.TemporaryDirectory(prefix="wenming-cluster-test-") as folder:
        os.chmod(folder, 0o755)
        cluster = Cluster(options.bin, options.port, folder)
        try:
            run(cluster, options.port, chance)
        except BaseException:
            for log in sorted((cluster.data / "logs").glob("*-[12]")):
                print(f"--- {log.name}\n" + "\n".join(log.read_text("utf-8", "replace").splitlines()[-15:]))
            raise
        finally:
            cluster.stop()


def run(cluster, port, chance):
    token, secret, volunteers = make_county(port, (cluster.data / "admin-password").read_text().strip())
    writers = [Writer(port, secret, volunteer) for volunteer in volunteers]
    for writer in writers:
        writer.start()

    def kill_and_start(name):
        command = cluster.kill(name)
        time.sleep(chance.uniform(0, 2))
        cluster.start(name, command)

    def kill_cache():
        cluster.kill("redis")  # which writes other words over its command line
        time.sleep(chance.uniform(0, 2))
        cluster.start("redis", ["redis-server", "--port", "0", "--unixsocket", f"{cluster.data}/redis.socket", "--save", "",
                                "--dir", str(cluster.data)])

    def pause(name, seconds):
        os.kill(cluster.pid(name), signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(cluster.pid(name), signal.SIGCONT)

    faults = {
        "kill a replica that takes writes": lambda: kill_and_start("volunteer-1"),
        "kill the other one": lambda: kill_and_start("volunteer-2"),
        "kill a consumer": lambda: kill_and_start("dashboard-1"),
        "kill the broker": lambda: kill_and_start("kafka"),
        "crash the database": cluster.crash_postgres,
        "kill the cache": kill_cache,
        "pause a consumer beyond its session": lambda: pause("dashboard-2", 12),
        "kill the service of the organisations": lambda: kill_and_start("identity-1"),
    }
    order = list(faults)
    chance.shuffle(order)
    for fault in order:
        time.sleep(chance.uniform(0.5, 2))
        before = sum(len(writer.acknowledged) for writer in writers)
        faults[fault]()
        eventually(lambda: sum(len(w.acknowledged) for w in writers) >= before + 20 or any(w.failure for w in writers),
                   ANSWERING, lambda: f"after the fault '{fault}' nothing is acknowledged any more")
        print(f"{fault}: acknowledged {sum(len(w.acknowledged) for w in writers)}", flush=True)
    for writer in writers:
        writer.done.set()
    for writer in writers:
        writer.join()
        if writer.failure:
            raise writer.failure
    settle(port)
    judge(cluster, port, token, set().union(*(writer.acknowledged for writer in writers)))


def judge(cluster, port, token, acknowledged):
    stored = cluster.sql("volunteer", "SELECT id FROM generation_1.hour_entries")
    assert len(stored) == len(set(stored)), "an entry is there twice"
    assert set(stored) == acknowledged, (
        f"acknowledged and not there: {len(acknowledged - set(stored))}; "
        f"there and not acknowledged: {len(set(stored) - acknowledged)}")
    for dashboard in dashboards(port):
        def shown(client=Client(dashboard, token)):
            answer = client.call("GET", "/v1/dashboard/overview?from=2000-01-01&to=2099-12-31")
            return answer["figures"]["hour_entries_pending"]
        # A consumer that has not heard from the broker since it was killed does not know yet that there is more.
        eventually(lambda: shown() == len(stored), SETTLING,
                   lambda: f"port {dashboard} shows {shown()} of {len(stored)}")
    for service in ("identity", "volunteer", "inspection", "hotline", "publicity", "dashboard"):
        letters = cluster.sql(service, "SELECT type, reason FROM generation_1.dead_letters")
        assert not letters, f"{service} has dead letters: {letters}"
    audit = cluster.verify()
    assert audit.returncode == 0, audit.stdout + audit.stderr
    print(f"{len(stored)} entries acknowledged, there once, and on both dashboards")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, RuntimeError, TimeoutError) as failure:
        sys.exit(f"FAILED: {failure}")
