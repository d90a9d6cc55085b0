"""scripts/cluster in a folder of its own, with everything that can be done to it."""
import csv
import io
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

from cluster.detour import Detour

ROOT = pathlib.Path(__file__).resolve().parents[3]
STARTING = 120  # seconds
SERVICES = ("identity", "volunteer", "inspection", "hotline", "publicity", "dashboard")
REPLICAS = {"hotline": 2, "dashboard": 2}  # of scripts/cluster
ENGINES = {"postgres": 0, "redis": 1, "kafka": 2}  # their ports: 50 and so many above that of the page, their detours 60

# The services of this cluster live in a time of their own: what the file says is added to the clock, at most a second later.
WRAPPER = """#!/bin/sh
export LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={offset} FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1
exec {program} "$@"
"""
FAKETIME = "usr/lib/*/faketime/libfaketimeMT.so.1"


class Cluster:
    def __init__(self, binaries, port, folder, replicas=None):
        """`replicas` says of which services there are more or fewer than usual."""
        self.port, self.data, self._folder = port, pathlib.Path(folder, "data"), pathlib.Path(folder)
        self._bin = pathlib.Path(binaries).resolve()
        self.wenming = self._bin / "wenming"
        replicas = {**REPLICAS, **(replicas or {})}
        self.names = [f"{service}-{number}" for service in SERVICES for number in range(1, replicas.get(service, 1) + 1)]
        self.detours = {engine: Detour(port + 60 + place, port + 50 + place) for engine, place in ENGINES.items()}
        self.shift_clock(0)
        self._restarted, self._log = {}, open(self._folder / "log", "wb")
        counts = [word for service, count in replicas.items() for word in ("--replicas", f"{service}={count}")]
        self._process = subprocess.Popen(
            [ROOT / "scripts/cluster", "--port", str(port), "--data", self.data, "--bin", self._wrapped(), "--detour", *counts],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        try:
            eventually(lambda: b"Ctrl-C" in (self._folder / "log").read_bytes() or self._process.poll() is not None,
                       STARTING, lambda: "the cluster does not start")
            if self._process.poll() is not None:
                raise RuntimeError("the cluster did not start:\n" + (self._folder / "log").read_text("utf-8"))
        except BaseException:
            self.stop()
            raise
        self._commands = {name: command_of(self.pid(name)) for name in (*self.names, "redis", "kafka")}

    def _wrapped(self):
        """A folder with the programs, wrapped so that their clock can be changed."""
        preloaded = self._clock_library()
        self.has_clock = preloaded is not None
        if not self.has_clock:
            return self._bin
        folder = self._folder / "bin"
        folder.mkdir()
        (folder / "wenming").symlink_to(self.wenming)
        for service in SERVICES:
            program, wrapper = self._bin / f"wenming-{service}", folder / f"wenming-{service}"
            wrapper.write_text(WRAPPER.format(library=preloaded, offset=self._folder / "clock", program=program))
            wrapper.chmod(0o755)
        return folder

    def _clock_library(self):
        """What has to be loaded before the programs; None where something for it is not there."""
        faketime, beside = next(iter(pathlib.Path("/").glob(FAKETIME)), None), self._folder / "timed_wait.so"
        if faketime is None or shutil.which("cc") is None:
            return None
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-o", beside, pathlib.Path(__file__).with_name("timed_wait.c")],
                       check=True)
        return f"{beside}:{faketime}"

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(90)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self.postgres("stop", "-m", "immediate")  # which is in no group but its own
        for process in self._restarted.values():
            if process.poll() is None:
                process.kill()
            process.wait()
        for detour in self.detours.values():
            detour.close()
        self._log.close()

    def password(self):
        return (self.data / "admin-password").read_text().strip()

    def ports(self, service):
        """Of its replicas, as scripts/cluster numbers them."""
        return [self.port + 1 + place for place, name in enumerate(self.names) if name.startswith(service + "-")]

    def replicas(self, service):
        return [name for name in self.names if name.startswith(service + "-")]

    # Processes

    def pid(self, name):
        return int((self.data / "pids" / name).read_text())

    def runs(self, name):
        return not is_gone(self.pid(name))

    def signal(self, name, number):
        os.kill(self.pid(name), number)

    def kill(self, *names):
        """As a crash would, all at the same moment."""
        pids = {name: self.pid(name) for name in names}
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        for name, pid in pids.items():
            eventually(lambda pid=pid: is_gone(pid), 10, lambda name=name: f"{name} does not die")

    def terminate(self, name, seconds=60):
        """SIGTERM. Returns how long it took."""
        pid, begun = self.pid(name), time.monotonic()
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: is_gone(pid), seconds, lambda: f"{name} does not stop")
        return time.monotonic() - begun

    def start(self, name):
        """What was killed, as it was started."""
        command, environment = self._commands[name]
        with open(self.data / "logs" / name, "ab") as log:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._restarted[name] = process
        # Reaped as soon as it ends, or scripts/cluster waits for what is dead already.
        threading.Thread(target=process.wait, daemon=True).start()
        (self.data / "pids" / name).write_text(str(process.pid))

    # PostgreSQL

    def postgres(self, *arguments):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        command = [programs / "pg_ctl", "-D", f"{self.data}/postgres/data", "-l", f"{self.data}/postgres/log", *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
        return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def psql(self, service):
        return ["psql", "-h", self.data / "postgres", "-p", str(self.port + 50), "-U", "wenming", "-d", f"wenming_{service}",
                "-v", "ON_ERROR_STOP=1", "-q"]

    def sql(self, service, text):
        """The rows, as texts; NULL is the empty text."""
        text = "SET search_path = generation_1; " + text
        result = subprocess.run([*self.psql(service), "--csv", "-t", "-c", text], check=False, capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"{service}: {text}: {result.stderr}")
        return [tuple(row) for row in csv.reader(io.StringIO(result.stdout))]

    def writers_in(self, service, condition):
        """The ports from which processes hold a writing connection to the database of the service, as it sees them."""
        return {int(port) for (port,) in self.sql(service, "SELECT client_port FROM pg_stat_activity WHERE datname = "
                f"current_database() AND application_name = 'wenming writer' AND {condition}")}

    def way_to_postgres(self, name):
        """The ports by which PostgreSQL sees a process."""
        detour = self.detours["postgres"]
        return {detour.way_of(port) for port in ports_of(self.pid(name))} - {None}

    # The rest

    def redis(self, *words):
        return subprocess.run(["redis-cli", "-s", self.data / "redis.socket", "--no-raw", *words], check=False,
                              capture_output=True, text=True).stdout

    def verify(self):
        return subprocess.run([self.wenming, "audit", "verify", "--store",
                               f"postgresql://wenming@/wenming_{{service}}?host={self.data}/postgres&port={self.port + 50}"],
                              check=False, capture_output=True, text=True)

    def shift_clock(self, seconds):
        """The services' clock is so far ahead of this machine's."""
        self.clock_shift = seconds
        fresh = self._folder / "clock.new"
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self._folder / "clock")

    def now(self):
        """By the services' clock."""
        return time.time() + self.clock_shift

    def logs(self, lines):
        for log in sorted((self.data / "logs").glob("*-[0-9]")):
            yield log.name, log.read_text("utf-8", "replace").splitlines()[-lines:]


def command_of(pid):
    process = pathlib.Path(f"/proc/{pid}")
    words = (process / "cmdline").read_bytes().decode().split("\0")[:-1]
    environment = dict(entry.split("=", 1) for entry in (process / "environ").read_bytes().decode().split("\0")[:-1])
    return words, environment


def is_gone(pid):
    try:
        return "State:\tZ" in pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def ports_of(pid):
    """From which a process is connected by TCP."""
    inodes = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = (row.split() for row in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:])
    return {int(row[1].split(":")[1], 16) for row in rows if row[9] in inodes}


def eventually(condition, seconds, otherwise):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise())
        time.sleep(0.05)
