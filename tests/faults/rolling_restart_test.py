#!/usr/bin/env python3
"""Replicas are restarted one after the other while clients write and read through nginx: nobody may see a request fail."""
import time

from cluster import run
from cluster.client import Client
from cluster.cluster import eventually
from cluster.judge import judge
from cluster.load import County, Load

RESTARTED = ("identity", "inspection", "hotline", "dashboard")
COMING_UP = 60  # seconds
BETWEEN = 1  # seconds in which both replicas serve


def main():
    parser = run.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each replica is restarted")
    options = parser.parse_args()
    with run.cluster(options, {service: 2 for service in RESTARTED}) as cluster:
        county = County(cluster)
        load = Load(cluster, county, options.seed, players=6, pause=0)
        for _ in range(options.rounds):
            for service in RESTARTED:
                for name, port in zip(cluster.replicas(service), cluster.ports(service)):
                    restart(cluster, load, name, port)
        load.stop()
        failures, example = load.failures()
        assert not failures, f"{failures} requests failed, such as {example}"
        judge(cluster, county, load)
        print(f"{options.rounds} rounds: {load.text()}, {load.looked()} looks at the dashboard")


def restart(cluster, load, name, port):
    before = load.failures()[0]
    took = cluster.terminate(name)
    cluster.start(name)
    eventually(lambda: Client(port).send("GET", "/readyz").status == 200, COMING_UP, lambda: f"{name} does not come up")
    time.sleep(BETWEEN)
    print(f"{name} stopped in {took:.2f} s, {load.failures()[0] - before} requests failed: {load.text()}", flush=True)


if __name__ == "__main__":
    run.report(main)
