"""What the tests of the distributed mode have in common: arguments, a cluster with a small disk, and what is said at the end."""
import argparse
import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

from cluster.cluster import ROOT, Cluster

LEFT_OUT = 77  # the exit code that ctest takes for a test that was skipped
DISK = "1g"  # of PostgreSQL
LOG_LINES, LOG_WIDTH = 15, 250  # of each process, shown where something is wrong
# Taken out of the environment, which the programs of the cluster read as settings.
SEED, OWN_MOUNTS = os.environ.pop("WENMING_SEED", ""), os.environ.pop("WENMING_OWN_MOUNTS", "")


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", required=True, help="the folder with the programs")
    parser.add_argument("--seed", type=int, default=int(SEED or random.randrange(1 << 31)),
                        help="the same stories, order and moments as in an earlier run")
    parser.add_argument("--port", type=int, default=21000 + os.getpid() % 100 * 110)
    return parser


@contextlib.contextmanager
def cluster(options, replicas=None):
    """Stopped and gone at the end; where something is wrong, with a look at the logs."""
    fetch_kafka()
    own_mounts()
    print(f"WENMING_SEED={options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="wenming-cluster-test-") as folder:
        os.chmod(folder, 0o755)
        with small_disk(pathlib.Path(folder, "data/postgres")):
            started = Cluster(options.bin, options.port, folder, replicas)
            try:
                yield started
            except BaseException:
                for name, lines in started.logs(LOG_LINES):
                    print(f"--- {name}", *(line[:LOG_WIDTH] for line in lines), sep="\n")
                raise
            finally:
                started.stop()


def fetch_kafka():
    """Says that the test was left out where there is no broker to be had."""
    if OWN_MOUNTS:
        return  # asked before
    fetched = subprocess.run([ROOT / "tests/engines/kafka", "fetch"], check=False, capture_output=True, text=True)
    if fetched.returncode != 0:
        print(f"left out: there is no Kafka broker to be had:\n{fetched.stderr[-500:]}")
        sys.exit(LEFT_OUT)


def own_mounts():
    """Goes on in a mount namespace of its own: what is mounted there is gone with the last process, whatever happens. Whoever is
    not root gets the right to mount by a user namespace, where the system allows that."""
    if OWN_MOUNTS:
        return
    command = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-current-user", "--keep-caps"]
    if subprocess.run([*command, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        os.execvpe(command[0], [*command, sys.executable, "-B", *sys.argv],
                   {**os.environ, "WENMING_SEED": SEED, "WENMING_OWN_MOUNTS": "1"})


@contextlib.contextmanager
def small_disk(folder):
    """In memory, for PostgreSQL; where it cannot be had, no disk is filled."""
    folder.mkdir(parents=True)
    mounted = OWN_MOUNTS and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "wenming", folder], check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


def report(test):
    """Ends the program with what the test found. Whoever is told to stop stops what it has started first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))
    try:
        test()
    except (AssertionError, RuntimeError, TimeoutError) as failure:
        sys.exit(f"FAILED: {failure}")
