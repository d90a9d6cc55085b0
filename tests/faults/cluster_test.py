#!/usr/bin/env python3
"""The distributed mode under fire: while clients write through the front, what stands behind it is killed, paused, cut off,
starved and put out of time, one fault after the other in a random order. After each fault a judge compares the whole cluster
with the ledger of the clients.
"""
import argparse
import contextlib
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from cluster import faults
from cluster.cluster import Cluster
from cluster.judge import judge
from cluster.load import County, Load

DISK = "1g"  # of PostgreSQL
COMING_BACK, WRITES = 90, 3  # seconds after a fault in which every client must have so many writes acknowledged
LOG_LINES, LOG_WIDTH = 15, 250  # of each process, shown where something is wrong
# Taken out of the environment, which the programs of the cluster read as settings.
SEED, OWN_MOUNTS = os.environ.pop("WENMING_SEED", ""), os.environ.pop("WENMING_OWN_MOUNTS", "")


def main():
    options = read_options()
    own_mounts()
    print(f"WENMING_SEED={options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="wenming-cluster-test-") as folder:
        os.chmod(folder, 0o755)
        with small_disk(pathlib.Path(folder, "data/postgres")):
            cluster = Cluster(options.bin, options.port, folder)
            try:
                run(cluster, options)
            except BaseException:
                for name, lines in cluster.logs(LOG_LINES):
                    print(f"--- {name}", *(line[:LOG_WIDTH] for line in lines), sep="\n")
                raise
            finally:
                cluster.stop()


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with the programs")
    parser.add_argument("--faults", default="", help="only these, separated by commas: " + ", ".join(faults.ALL))
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault comes")
    parser.add_argument("--seed", type=int, default=int(SEED or random.randrange(1 << 31)),
                        help="the same stories, order and moments as in an earlier run")
    parser.add_argument("--port", type=int, default=21000 + os.getpid() % 100 * 110)
    options = parser.parse_args()
    options.faults = options.faults.split(",") if options.faults else list(faults.ALL)
    if unknown := set(options.faults) - set(faults.ALL):
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    return options


def own_mounts():
    """Goes on in a mount namespace of its own: what is mounted there is gone with the last process, whatever happens. Whoever is
    not root gets the right to mount by a user namespace, where the system allows that."""
    if OWN_MOUNTS:
        return
    command = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-current-user", "--keep-caps"]
    if subprocess.run([*command, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        os.execvpe(command[0], [*command, sys.executable, "-B", *sys.argv], {**os.environ, "WENMING_SEED": SEED, "WENMING_OWN_MOUNTS": "1"})


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


def run(cluster, options):
    chance = random.Random(options.seed)
    county = County(cluster)
    load = Load(cluster, county, options.seed)
    load.goes_on(WRITES, COMING_BACK)
    for turn in range(options.rounds):
        order = list(options.faults)
        chance.shuffle(order)
        for name in order:
            fault = faults.ALL[name](cluster, load, chance)
            if reason := fault.why_not():
                print(f"{name}: left out: {reason}", flush=True)
                continue
            time.sleep(chance.uniform(0.5, 2))
            print(f"round {turn + 1}, {name}", end="", flush=True)
            suffer(fault, load, chance)
            load.pause()
            judge(cluster, county, load)
            load.go_on()
            print(f": {load.text()}", flush=True)
    load.stop()
    judge(cluster, county, load)
    print(f"{options.rounds} rounds of {len(options.faults)} faults: {load.text()}", flush=True)


def suffer(fault, load, chance):
    began = time.monotonic()
    fault.inflict()
    time.sleep(chance.uniform(*fault.lasts))
    fault.heal()
    healed = time.monotonic()
    load.goes_on(WRITES, COMING_BACK)
    print(f" ({healed - began:.0f} s, back after {time.monotonic() - healed:.1f} s)", end="", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, RuntimeError, TimeoutError) as failure:
        sys.exit(f"FAILED: {failure}")
