#!/usr/bin/env python3
"""What the statistics of imported cases must say, computed from their file alone.

usage: case_rates.py CASES.csv HOLIDAYS.csv UNITS WORKING_HOURS

Rows go to unit `message_id modulo UNITS`. Prints a line for each unit and month of receipt, and for each month of all units
(`all`): unit, month, cases received, replied, answered within so many working hours, and the working minutes from receipt to
answer of all of them together. Shares no code with the program.
"""
import csv
import datetime
import sys
from collections import Counter

OPEN = [(datetime.time(9), datetime.time(12)), (datetime.time(13, 30), datetime.time(17, 30))]
DAY = datetime.timedelta(days=1)


class WorkingTime:
    def __init__(self, path):
        self._exceptions = {}
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                self._exceptions[datetime.date.fromisoformat(row["date"])] = row["kind"]

    def _works(self, day):
        exception = self._exceptions.get(day)
        return exception == "make_up_workday" if exception else day.weekday() < 5

    def between(self, start, end):
        """Working time from start to end."""
        total = datetime.timedelta()
        day = start.date()
        while day <= end.date():
            if self._works(day):
                for opens, closes in OPEN:
                    first = max(start, datetime.datetime.combine(day, opens, start.tzinfo))
                    last = min(end, datetime.datetime.combine(day, closes, start.tzinfo))
                    total += max(last - first, datetime.timedelta())
            day += DAY
        return total


def main(cases, holidays, units, hours):
    working_time = WorkingTime(holidays)
    limit = datetime.timedelta(hours=int(hours))
    sums = {}
    with open(cases, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            received = datetime.datetime.fromisoformat(row["received_at"])
            for unit in (str(int(row["message_id"]) % int(units)), "all"):
                sums.setdefault((unit, row["received_at"][:7]), Counter())["received"] += 1
            if not row["reply"]:
                continue
            worked = working_time.between(received, datetime.datetime.fromisoformat(row["replied_at"]))
            for unit in (str(int(row["message_id"]) % int(units)), "all"):
                counter = sums[unit, row["received_at"][:7]]
                counter["replied"] += 1
                counter["on_time"] += worked <= limit
                counter["minutes"] += worked // datetime.timedelta(minutes=1)
    for (unit, month), counter in sorted(sums.items()):
        print(unit, month, *(counter[name] for name in ("received", "replied", "on_time", "minutes")))


if __name__ == "__main__":
    main(*sys.argv[1:])
