"""Compares a cluster that nobody writes to with the ledger of its clients, and its parts with each other."""
import collections
import json
import time

from cluster import recount
from cluster.client import Client
from cluster.cluster import SERVICES, eventually
from cluster.load import dashboard_targets, settle

# The lists that stories appear in: owner, table, and the column that carries the marker.
MARKED = {"hours": ("volunteer", "hour_entries", "description"), "cases": ("hotline", "cases", "subject"),
          "inspections": ("inspection", "inspections", "remarks"), "placements": ("publicity", "placements", "place")}
MOST_SHOWN = 20
TIMERS, SETTLING, FOLLOWING = 60, 120, 30  # seconds


def judge(cluster, county, load):
    """Raises AssertionError with everything that is wrong. Whoever plays must pause."""
    settle(cluster, SETTLING)
    wait_for_timers(cluster)
    settle(cluster, SETTLING)
    complaints = (ledger(cluster, load.stories()) + histories(cluster, load.stories()) + edits(cluster, load.editor) +
                  orders(cluster) + timers(cluster) + read_models(cluster) + dead_letters(cluster) + journals(cluster) +
                  cache(cluster, county))
    if complaints:
        shown = "\n".join(complaints[:MOST_SHOWN])
        raise AssertionError(f"{shown}\n{len(complaints)} complaints")


def read_models(cluster):
    """They follow, so they are given time: a consumer that has not heard from the broker since it was away does not know yet that
    there is more."""
    found = []

    def equal():
        found[:] = recount.differences(cluster)
        return not found

    try:
        eventually(equal, FOLLOWING, str)
    except TimeoutError:
        pass
    return found


def wait_for_timers(cluster):
    """Those that are due have run. One that failed is put off, so it is looked at when it was due at first."""
    def due():
        now = int(cluster.now() * 1e6)
        return [f"{service}: {row}" for service in SERVICES
                for row in cluster.sql(service, f"SELECT key, attempts FROM timers WHERE due_at <= {now}")]
    eventually(lambda: not due(), TIMERS, lambda: f"timers do not run: {due()[:MOST_SHOWN]}")


def ledger(cluster, stories):
    """What was acknowledged is there exactly once, under the id that was named; nothing else is there."""
    complaints = []
    for collection, (service, table, column) in MARKED.items():
        there = collections.defaultdict(list)
        for marker, found in cluster.sql(service, f"SELECT {column}, id FROM {table}"):
            there[marker].append(found)
        for story in stories:
            if story.collection == collection:
                found, expected = there.pop(story.marker, []), [story.id] if story.done else []
                if found != expected:
                    complaints.append(f"{story.marker}: acknowledged as {expected}, there are {found}")
        complaints += [f"{collection} {ids} '{marker}': there, but refused or never sent" for marker, ids in there.items()]
    return complaints


def histories(cluster, stories):
    """Each step that was acknowledged was taken exactly once, in this order, and no other."""
    cases = grouped(cluster.sql(
        "hotline", "SELECT case_id, action FROM case_history WHERE action <> 'ESCALATE' ORDER BY number"))
    conditions = grouped(cluster.sql("publicity", "SELECT placement_id, condition FROM condition_reports"))
    hours = {key: (status, int(version)) for key, status, version in
             cluster.sql("volunteer", "SELECT id, status, version FROM hour_entries")}
    complaints = []
    for story in stories:
        if not story.done:
            continue
        found, expected = None, story.done
        if story.collection == "cases":
            found = cases[story.id]
        elif story.collection == "placements":
            # Clocks that jump reorder the reports; which there are they do not change.
            found, expected = sorted(conditions[story.id]), sorted(story.done[1:])
        elif story.collection == "hours":
            found, expected = hours.get(story.id), (story.done[-1], len(story.done))
        if found != expected and found is not None:
            complaints.append(f"{story.marker} {story.id}: acknowledged {expected}, taken {found}")
    return complaints


def edits(cluster, editor):
    """Each was done once."""
    found = cluster.sql("inspection", f"SELECT version, name FROM points WHERE id = '{editor.point}'")
    expected = [(str(editor.version), editor.name)]
    return [] if found == expected else [f"point {editor.point}: acknowledged as {expected}, there is {found}"]


def grouped(rows):
    groups = collections.defaultdict(list)
    for key, value in rows:
        groups[key].append(value)
    return groups


def orders(cluster):
    """One for every finding."""
    return [f"inspection {row}: findings, orders and findings with orders differ" for row in cluster.sql("inspection", """
        SELECT * FROM (
          SELECT i.id, i.low_findings + i.moderate_findings + i.high_findings AS findings, COUNT(o.id) AS orders,
                 COUNT(DISTINCT o.finding_id) AS with_orders
          FROM inspections i LEFT JOIN rectification_orders o ON o.inspection_id = i.id GROUP BY i.id) AS seen
        WHERE findings <> orders OR with_orders <> orders""")]


def timers(cluster):
    """What was late by the latest clock was told so exactly once; no version without its entry in the history."""
    complaints = []
    for service, table, history, reference, waiting in (
            ("hotline", "cases", "case_history", "case_id", "'DISPATCHED', 'SIGNED', 'HANDLING'"),
            ("inspection", "rectification_orders", "rectification_steps", "rectification_order_id",
             "'ISSUED', 'SIGNED', 'RECTIFYING'")):
        now = int(cluster.now() * 1e6)
        complaints += [f"{table} {row}: late, told so, versions and entries do not fit" for row in cluster.sql(service, f"""
            SELECT * FROM (
              SELECT t.id, t.overdue, t.version, COUNT(h.id) AS entries,
                     COUNT(h.id) FILTER (WHERE h.action = 'ESCALATE') AS told,
                     t.due_at < {now} AND t.state IN ({waiting}) AS late, t.escalated_at IS NOT NULL AS escalated
              FROM {table} t LEFT JOIN {history} h ON h.{reference} = t.id GROUP BY t.id) AS seen
            WHERE entries <> version OR told <> (CASE WHEN escalated THEN 1 ELSE 0 END) OR (late AND NOT overdue)""")]
    return complaints


def dead_letters(cluster):
    return [f"{service} has a dead letter: {letter}" for service in SERVICES
            for letter in cluster.sql(service, "SELECT source, type, key, reason, detail FROM dead_letters")]


def journals(cluster):
    audit = cluster.verify()
    return [] if audit.returncode == 0 else [audit.stdout + audit.stderr]


ENTRIES = """
local entries = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kept = redis.call('HMGET', key, 'version', 'bytes')
  entries[#entries + 1] = {key, kept[1], kept[2]}
end
return cjson.encode(entries)"""


def cache(cluster, county, spoil=lambda cluster: None):
    """What Redis would give as an answer is what the database says, and nothing there hides what will be said. `spoil` is for
    those who want to see that this is noticed."""
    # For this session no process has kept an answer. To sign in ends the oldest of many sessions, which all services hear of.
    session = Client(cluster.port, account=("admin", cluster.password()))
    session.get("/v1/me")
    settle(cluster, SETTLING)
    deadline = time.monotonic() + SETTLING
    while True:  # until nothing came between
        version, epoch = database_version(cluster)
        fill(cluster, county)
        spoil(cluster)
        kept = json.loads(json.loads(cluster.redis("--json", "EVAL", ENTRIES, "0")) or "[]") or []
        cluster.redis("FLUSHALL")
        fresh = fresh_answers(cluster, county, session)
        if database_version(cluster) == (version, epoch):
            break
        if time.monotonic() > deadline:
            return ["the dashboard's database does not come to rest"]
    complaints, compared = [], 0
    for key, of_version, body in kept:
        if f"{epoch}|" not in key or "|/v1/dashboard/" not in key:
            continue
        if int(of_version) > version:
            complaints.append(f"Redis keeps {key} under version {of_version}, the database has {version}")
        target = key.split("|")[2]
        if int(of_version) >= version and target in fresh:
            compared += 1
            complaints += [f"Redis keeps {body} for {target}, port {port} says {said} with no cache"
                           for port, said in fresh[target] if json.loads(body) != said]
    if compared < len(fresh):
        complaints.append(f"Redis has kept only {compared} of {len(fresh)} answers")
    return complaints


def database_version(cluster):
    ((version,),) = cluster.sql("dashboard", "SELECT number FROM store_version")
    ((epoch,),) = cluster.sql("dashboard", "SELECT epoch FROM epochs ORDER BY number DESC LIMIT 1")
    return int(version), epoch


def fill(cluster, county):
    for port in cluster.ports("dashboard"):
        client = Client(port, county.keys["OFFICE"])
        for target in dashboard_targets(county):
            client.get(target)


def fresh_answers(cluster, county, session):
    """By target: ports, and what they say."""
    clients = [(port, session.at(port)) for port in cluster.ports("dashboard")]
    return {target: [(port, client.get(target)) for port, client in clients] for target in dashboard_targets(county)}
