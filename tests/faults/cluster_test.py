#!/usr/bin/env python3
"""The distributed mode under fire: while clients write through the front, what stands behind it is killed, paused, cut off,
starved and put out of time, one fault after the other in a random order. After each fault a judge compares the whole cluster
with the ledger of the clients.
"""
import random
import time

from cluster import faults, run
from cluster.judge import judge
from cluster.load import County, Load
from cluster.tampering import check_that_the_judge_notices

# Those that clients send to what must not be done twice have another replica, to which a proxy might send it again.
REPLICAS = {"identity": 2, "inspection": 2}
COMING_BACK, WRITES = 90, 3  # seconds after a fault in which every client must have so many writes acknowledged


def main():
    options = read_options()
    with run.cluster(options, REPLICAS) as cluster:
        chance = random.Random(options.seed)
        county = County(cluster)
        load = Load(cluster, county, options.seed)
        load.goes_on(WRITES, COMING_BACK)
        for turn in range(options.rounds):
            order = list(options.faults)
            chance.shuffle(order)
            for name in order:
                inflict(cluster, county, load, chance, f"round {turn + 1}, {name}", faults.ALL[name])
        load.stop()
        judge(cluster, county, load)
        if options.tamper:
            check_that_the_judge_notices(cluster, county, load)
        print(f"{options.rounds} rounds of {len(options.faults)} faults: {load.text()}", flush=True)


def read_options():
    parser = run.arguments(__doc__)
    parser.add_argument("--faults", default="", help="only these, separated by commas: " + ", ".join(faults.ALL))
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault comes")
    parser.add_argument("--tamper", action="store_true", help="at the end, spoil the databases and see that the judge notices")
    options = parser.parse_args()
    options.faults = options.faults.split(",") if options.faults else list(faults.ALL)
    if unknown := set(options.faults) - set(faults.ALL):
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    return options


def inflict(cluster, county, load, chance, name, kind):
    fault = kind(cluster, load, chance)
    if reason := fault.why_not():
        print(f"{name}: left out: {reason}", flush=True)
        return
    time.sleep(chance.uniform(0.5, 2))
    print(name, end="", flush=True)
    began = time.monotonic()
    fault.inflict()
    time.sleep(chance.uniform(*fault.lasts))
    fault.heal()
    healed = time.monotonic()
    load.goes_on(WRITES, COMING_BACK)
    print(f" ({healed - began:.0f} s, back after {time.monotonic() - healed:.1f} s)", end="", flush=True)
    load.pause()
    judge(cluster, county, load)
    load.go_on()
    print(f": {load.text()}", flush=True)


if __name__ == "__main__":
    run.report(main)
