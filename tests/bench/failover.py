#!/usr/bin/env python3
"""How long it takes until another process goes on when one that sends or applies events is killed.

Starts scripts/cluster with two of `volunteer`, then kills (-9) in turn the one that sends its events, and one of the two that
apply events for `dashboard`. Right after each it logs hours for several volunteers, and measures from the kill until all of
them have been sent, or applied, by the process that is left. Prints one line a round.
"""
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
from cluster import run  # noqa: E402
from cluster.client import Client  # noqa: E402
from cluster.cluster import eventually  # noqa: E402
from cluster.load import County, settle  # noqa: E402

PATIENCE = 60
PARTITIONS = 6


class Process:
    """One of two replicas."""

    def __init__(self, name, port):
        self.name, self.port = name, port

    def metrics(self, name, *labels):
        """The values of the samples that have all of these labels."""
        answer = Client(self.port).send("GET", "/metrics")
        found = re.findall(rf"^{name}\{{(.*)\}} (\S+)$", answer.body.decode(), re.M)
        return [float(value) for at, value in found if all(label in at for label in labels)]

    def leads(self):
        return self.metrics("wenming_relay_leads") == [1]

    def has_sent_all(self):
        return self.leads() and self.metrics("wenming_relay_lag") == [0]

    def has_applied_all(self):
        lags = self.metrics("wenming_journal_lag", 'source="volunteer"')
        return len(lags) == PARTITIONS and not any(lags)


class Hours:
    """Logs hours for each of the volunteers, on a day that had none."""

    def __init__(self, county):
        self._county, self._days = county, 0

    def log(self, port):
        self._days += 1
        moment = f"{2000 + self._days // 300:04}-{1 + self._days // 28 % 12:02}-{1 + self._days % 28:02}T09:00:00+08:00"
        for volunteer in self._county.volunteers:
            Client(port, self._county.keys["LIAISON"]).call("POST", f"/v1/volunteers/{volunteer}/hours",
                                                            {"starts_at": moment, "minutes": 60, "description": "社区环境整治"})


def measure(cluster, killed, left, hours, write_to, goes_on):
    began = time.monotonic()
    cluster.kill(killed.name)
    hours.log(write_to)
    eventually(goes_on, PATIENCE, lambda: f"{left.name} does not go on")
    seconds = time.monotonic() - began
    cluster.start(killed.name)
    settle(cluster)
    return seconds


def sender(cluster, volunteers, hours):
    eventually(lambda: any(one.leads() for one in volunteers), PATIENCE, lambda: "nobody sends")
    killed, left = volunteers if volunteers[0].leads() else reversed(volunteers)
    return measure(cluster, killed, left, hours, left.port, left.has_sent_all)


def consumer(cluster, volunteers, dashboards, hours, turn):
    shared = [lambda one=one: len(one.metrics("wenming_journal_lag", 'source="volunteer"')) for one in dashboards]
    eventually(lambda: all(count() > 0 for count in shared), PATIENCE, lambda: "the partitions are not shared out")
    killed, left = dashboards if turn % 2 == 0 else reversed(dashboards)
    return measure(cluster, killed, left, hours, volunteers[0].port, left.has_applied_all)


def main():
    parser = run.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with run.cluster(options, {"volunteer": 2}) as cluster:
        hours = Hours(County(cluster))
        volunteers, dashboards = ([Process(name, port) for name, port in zip(cluster.replicas(service), cluster.ports(service))]
                                  for service in ("volunteer", "dashboard"))
        for turn in range(options.rounds):
            print(f"sender   {sender(cluster, volunteers, hours):5.1f} s", flush=True)
            print(f"consumer {consumer(cluster, volunteers, dashboards, hours, turn):5.1f} s", flush=True)


if __name__ == "__main__":
    run.report(main)
