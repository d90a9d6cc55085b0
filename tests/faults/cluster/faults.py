"""What is done to the cluster while its clients write. A fault is inflicted, left alone for a while, and healed; after that the
clients must get on by themselves."""
import contextlib
import os
import re
import signal
import subprocess
import time

from cluster.client import Client
from cluster.cluster import ENGINES, eventually

PATIENCE = 60  # seconds
SESSION = 12  # seconds: longer than a consumer is missed
HOUR, DAY = 3600, 86400


class Fault:
    """`chance` is the run's own; `lasts` says how long a fault stands, in seconds."""

    lasts = (0, 2)

    def __init__(self, cluster, load, chance):
        self.cluster, self.load, self.chance = cluster, load, chance

    def why_not(self):
        """Why it cannot be inflicted on this machine."""
        return None

    def inflict(self):
        raise NotImplementedError

    def heal(self):
        pass


class Kill(Fault):
    """kill -9 and a new start."""

    def victims(self):
        raise NotImplementedError

    def inflict(self):
        self.killed = self.victims()
        self.cluster.kill(*self.killed)

    def heal(self):
        for name in self.killed:
            self.cluster.start(name)


class KillService(Kill):
    """Probably amid a commit, which is then done and told nobody."""

    def inflict(self):
        with slow_commits(self.cluster):
            super().inflict()

    def victims(self):
        return [self.chance.choice([name for name in self.cluster.names if not name.startswith("dashboard")])]


class KillRelay(Kill):
    """The process that sends the events of the hotline; the other one has to take over, also if this one never comes back."""

    lasts = (3, 5)

    def victims(self):
        self.leader = eventually_value(lambda: relay_leader(self.cluster), "nobody sends the hotline's events")
        return [self.leader]

    def heal(self):
        eventually(lambda: relay_leader(self.cluster, besides=self.leader), PATIENCE, lambda: "nobody takes over from the relay")
        super().heal()


def relay_leader(cluster, besides=None):
    """Which process sends the hotline's events; one that does not answer is not to be asked."""
    for name, port in zip(cluster.replicas("hotline"), cluster.ports("hotline")):
        if name != besides and b"to Kafka sending" in Client(port).send("GET", "/readyz?verbose").body:
            return name
    return None


class KillConsumerInBatch(Kill):
    """A lock stops the dashboard's transaction amid its writing; then it dies."""

    def inflict(self):
        with subprocess.Popen(self.cluster.psql("dashboard"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as session:
            session.stdin.write("BEGIN; LOCK TABLE generation_1.month_counters IN SHARE MODE;\n\\echo locked\n")
            session.stdin.flush()
            session.stdout.readline()
            amid = eventually_value(lambda: self.cluster.writers_in(
                "dashboard", "wait_event_type = 'Lock' AND wait_event = 'relation' AND backend_xid IS NOT NULL"),
                "no consumer comes to the lock")
            self.killed = [name for name in self.cluster.replicas("dashboard") if self.cluster.way_to_postgres(name) & amid]
            assert len(self.killed) == 1, f"at the lock there are {self.killed}"
            self.cluster.kill(*self.killed)
            session.stdin.close()  # and the lock is gone


class KillBroker(Kill):
    def victims(self):
        return ["kafka"]


class KillCache(Kill):
    def victims(self):
        return ["redis"]


class CrashDatabase(Fault):
    """All its processes at once, with nothing written any more; at the start it recovers from its log."""

    def inflict(self):
        self.cluster.postgres("stop", "-m", "immediate")

    def heal(self):
        self.cluster.postgres("restart")


class StopDatabase(CrashDatabase):
    """As an operator or a package does: whoever is connected is told to go, also one that is just being told of its commit."""

    def inflict(self):
        with slow_commits(self.cluster):
            self.cluster.postgres("stop", "-m", "fast")


class TerminateWriters(Fault):
    """The connections of all writers are ended one after the other, while many a commit is being written to the disk."""

    def inflict(self):
        with slow_commits(self.cluster):
            for _ in range(self.chance.randrange(20, 40)):
                self.cluster.sql("dashboard", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                 "WHERE application_name = 'wenming writer'")
                time.sleep(self.chance.uniform(0, 0.2))


@contextlib.contextmanager
def slow_commits(cluster):
    """A commit on a disk takes a while, in which nobody can interrupt it; here all is in memory."""
    settings = cluster.data / "postgres/data/postgresql.auto.conf"
    settings.write_text("commit_delay = 10000\ncommit_siblings = 0\n")
    cluster.postgres("reload")
    time.sleep(0.5)
    try:
        yield
    finally:
        settings.write_text("")
        cluster.postgres("reload")


class PauseRelay(Fault):
    """The process that sends the hotline's events. The other one takes over while this one is still there, and believes that it
    leads when it wakes."""

    lasts = (SESSION, SESSION + 2)

    def inflict(self):
        self.paused = eventually_value(lambda: relay_leader(self.cluster), "nobody sends the hotline's events")
        self.cluster.signal(self.paused, signal.SIGSTOP)

    def heal(self):
        try:
            eventually(lambda: relay_leader(self.cluster, besides=self.paused), PATIENCE,
                       lambda: "nobody takes over from the relay")
        finally:
            self.cluster.signal(self.paused, signal.SIGCONT)


class PauseConsumer(Fault):
    """Beyond its session. It wakes and believes that the partitions are still its own."""

    lasts = (SESSION, SESSION + 2)

    def inflict(self):
        self.paused = self.chance.choice(self.cluster.replicas("dashboard"))
        self.cluster.signal(self.paused, signal.SIGSTOP)

    def heal(self):
        self.cluster.signal(self.paused, signal.SIGCONT)


class Cut(Fault):
    """All connections to an engine are reset, several times."""

    engine = None

    def inflict(self):
        for _ in range(self.chance.randrange(1, 5)):
            self.cluster.detours[self.engine].cut()
            time.sleep(self.chance.uniform(0, 0.5))


class Silence(Fault):
    """Nothing gets through to an engine and nobody is told; then either all of it or nothing arrives."""

    engine = None
    lasts = (3, 12)

    def inflict(self):
        self.cluster.detours[self.engine].hold()

    def heal(self):
        detour = self.cluster.detours[self.engine]
        if self.chance.random() < 0.5:
            detour.cut()
        detour.release()


class FillDisk(Fault):
    """That of the database. It may stop over it and then has to be started once there is room."""

    lasts = (3, 8)

    def why_not(self):
        return None if os.path.ismount(self.cluster.data / "postgres") else "PostgreSQL has no disk of its own here"

    def inflict(self):
        self._filler = self.cluster.data / "postgres/filler"
        filled = subprocess.run(["dd", "if=/dev/zero", f"of={self._filler}", "bs=64K"], check=False, capture_output=True)
        assert b"No space left" in filled.stderr, filled.stderr
        self._wait_for_failures()

    def _wait_for_failures(self):
        """Until the clients notice: the database goes on as long as it has files that it can write over."""
        before = self.load.count("failures")
        eventually(lambda: self.load.count("failures") > before + 5, PATIENCE, lambda: "writes go on with a full disk")

    def heal(self):
        self._filler.unlink()
        if not self.cluster.postgres("status"):
            self.cluster.postgres("restart")


class RestartEverything(Fault):
    """All services and engines die at the same moment and start at the same moment. Whatever then ends by itself, because what it
    needs is not there yet, is started again, as by systemd or Kubernetes."""

    def inflict(self):
        self.cluster.kill(*self.cluster.names, *("redis", "kafka"))
        self.cluster.postgres("stop", "-m", "immediate")

    def heal(self):
        order = [*self.cluster.names, "redis", "kafka", "postgres"]
        self.chance.shuffle(order)
        for name in order:
            self._start(name)
        eventually(self._all_ready, 2 * PATIENCE, lambda: "the cluster does not come up again")

    def _start(self, name):
        if name == "postgres":
            self.cluster.postgres("restart")
        else:
            self.cluster.start(name)

    def _all_ready(self):
        for name in self.cluster.names:
            if not self.cluster.runs(name):
                self._start(name)
        if Client(self.cluster.port).send("GET", "/readyz").status == 200:
            return True
        time.sleep(0.5)
        return False


class JumpClock(Fault):
    """The services' clock jumps days ahead, and later an hour back. Nobody has a request under way at the first jump: answers are
    kept under their key for a day, and who repeats a request after three cannot count on that."""

    lasts = (4, 6)
    settling = 2.5  # seconds until all processes have seen it

    def why_not(self):
        return None if self.cluster.has_clock else "there is no libfaketime or no C compiler (scripts/packages build test)"

    def inflict(self):
        renewals, escalated = self.load.count("renewals"), self._escalated()
        self.load.pause()
        self.cluster.shift_clock(self.cluster.clock_shift + self.chance.randrange(4 * DAY, 6 * DAY))
        time.sleep(self.settling)
        self.load.go_on()
        eventually(lambda: self.load.count("renewals") > renewals, PATIENCE, lambda: "tokens do not run out")
        eventually(lambda: self._escalated() > escalated, PATIENCE, lambda: "no deadline is over")

    def _escalated(self):
        return int(self.cluster.sql("hotline", "SELECT COUNT(*) FROM cases WHERE escalated_at IS NOT NULL")[0][0])

    def heal(self):
        self.cluster.shift_clock(self.cluster.clock_shift - HOUR)


def eventually_value(ask, otherwise):
    found = None

    def there():
        nonlocal found
        found = ask()
        return found

    eventually(there, PATIENCE, lambda: otherwise)
    return found


def each_engine(kind):
    return [type(f"{kind.__name__}{engine.capitalize()}", (kind,), {"engine": engine, "__doc__": kind.__doc__})
            for engine in ENGINES]


ALL = {re.sub(r"(?<=[a-z])(?=[A-Z])", "-", fault.__name__).lower(): fault for fault in (
    KillService, KillRelay, KillConsumerInBatch, KillBroker, KillCache, CrashDatabase, StopDatabase, TerminateWriters,
    PauseRelay, PauseConsumer, *each_engine(Cut), *each_engine(Silence), FillDisk, RestartEverything, JumpClock)}
