"""The read models, counted anew from the facts in the databases of those who own them."""
import collections

from cluster.cluster import SERVICES

# The local day of a moment in microseconds: China has one offset.
DAY = "(DATE '1970-01-01' + (({0} + 28800000000) / 86400000000)::int)::text"
MIDNIGHT = "((({0} + 28800000000) / 86400000000 + 1) * 86400000000 - 28800000000)"  # the next one
SERVED = "status = 'APPROVED'"

# Owner, table, day, and what counts: metric, condition, amount.
FIGURES = [
    ("volunteer", "volunteers", DAY.format("registered_at"), [("VOLUNTEERS", "true", "1")]),
    ("volunteer", "hour_entries", DAY.format("starts_at"), [
        ("HOUR_ENTRIES_PENDING", "status = 'PENDING'", "1"), ("HOUR_ENTRIES_APPROVED", SERVED, "1"),
        ("HOUR_ENTRIES_FLAGGED", "flagged AND status IN ('PENDING', 'APPROVED')", "1"),
        ("SERVICE_MINUTES", SERVED, f"(LEAST(ends_at, {MIDNIGHT.format('starts_at')}) - starts_at) / 60000000")]),
    ("volunteer", "hour_entries", DAY.format("(ends_at - 1)"), [
        ("SERVICE_MINUTES", f"{SERVED} AND ends_at > {MIDNIGHT.format('starts_at')}",
         f"(ends_at - {MIDNIGHT.format('starts_at')}) / 60000000")]),
    ("inspection", "points", DAY.format("created_at"), [("POINTS", "true", "1")]),
    ("inspection", "inspections", DAY.format("inspected_at"), [
        ("INSPECTIONS", "true", "1"), ("FINDINGS_LOW", "true", "low_findings"),
        ("FINDINGS_MODERATE", "true", "moderate_findings"), ("FINDINGS_HIGH", "true", "high_findings")]),
    ("inspection", "rectification_orders", DAY.format("issued_at"), [
        ("ORDERS", "true", "1"), ("ORDERS_OVERDUE", "overdue AND state <> 'VERIFIED'", "1"),
        *((f"ORDERS_{state}", f"state = '{state}'", "1")
          for state in ("ISSUED", "SIGNED", "RECTIFYING", "SUBMITTED", "VERIFIED"))]),
    ("hotline", "cases", DAY.format("received_at"), [
        ("CASES_RECEIVED", "true", "1"), ("CASES_OPEN", "state NOT IN ('DECLINED', 'CLOSED')", "1"),
        ("CASES_DECLINED", "state = 'DECLINED'", "1"), ("CASES_CLOSED", "state = 'CLOSED'", "1"),
        ("CASES_REPLIED", "replied_at IS NOT NULL", "1"), ("CASES_OVERDUE", "overdue AND replied_at IS NULL", "1"),
        ("CASES_DUE", "on_time IS NOT NULL", "1"), ("CASES_ON_TIME", "on_time", "1"),
        ("CASES_CALLED_BACK", "satisfied IS NOT NULL", "1"), ("CASES_SATISFIED", "satisfied", "1")]),
    ("publicity", "placements", "installed_on", [
        ("PLACEMENTS", "state <> 'REPLACED'", "1"), ("PLACEMENTS_EXPIRED", "state = 'EXPIRED'", "1"),
        *((f"PLACEMENTS_{condition}", f"state <> 'REPLACED' AND condition = '{condition}'", "1")
          for condition in ("GOOD", "FADED", "DAMAGED", "MISPRINT", "OFF", "OUTDATED"))]),
]
REFERENCE = ("organisations", "organisation_ancestors", "grants", "api_keys", "disabled_users", "signing_keys", "calendar_days")


def differences(cluster):
    """What a read model says and the facts do not, or the other way round."""
    own, ancestors = own_figures(cluster), ancestors_by_unit(cluster)
    by_day, by_month = collections.Counter(), collections.Counter()
    for (unit, day, metric), amount in own.items():
        for place in ("", *ancestors[unit]):
            by_day[place, day, metric] += amount
            by_month[place, day[:7], metric] += amount
    found = []
    for table, counted in (("own_counters", own), ("day_counters", by_day), ("month_counters", by_month)):
        period = "month" if table == "month_counters" else "day"
        found += compare(table, counted, cluster.sql("dashboard", f"SELECT unit_id, {period}, metric, amount FROM {table}"))
    return found + month_differences(cluster, own) + reference_differences(cluster)


def own_figures(cluster):
    """By unit, day and metric."""
    figures = collections.Counter()
    for service, table, day, metrics in FIGURES:
        parts = (f"SELECT unit_id, {day}, '{metric}', SUM({amount}) FROM {table} WHERE {condition} GROUP BY 1, 2"
                 for metric, condition, amount in metrics)
        for unit, of_day, metric, amount in cluster.sql(service, " UNION ALL ".join(parts)):
            figures[unit, of_day, metric] += int(amount)
    return figures


def ancestors_by_unit(cluster):
    """In the order of days nothing changes: the tree of these tests stands as it was made."""
    ancestors = collections.defaultdict(list)
    for unit, ancestor in cluster.sql("identity", "SELECT unit_id, ancestor_id FROM organisation_ancestors"):
        ancestors[unit].append(ancestor)
    return ancestors


def compare(what, counted, rows):
    shown = {tuple(place): int(amount) for *place, amount in rows}
    places = {place for place in {*shown, *counted} if shown.get(place, 0) != counted.get(place, 0)}
    return [f"{what} {place}: {shown.get(place, 0)}, counted {counted.get(place, 0)}" for place in sorted(places)]


def month_differences(cluster, own):
    """The months that the volunteer service keeps itself."""
    of_units = collections.Counter()
    for (unit, day, metric), amount in own.items():
        if metric == "SERVICE_MINUTES":
            of_units[unit, day[:7]] += amount
    of_volunteers = collections.Counter()
    for volunteer, unit, month, minutes in cluster.sql("volunteer", f"""
            SELECT volunteer_id, unit_id, substr({DAY.format('starts_at')}, 1, 7),
                   SUM((LEAST(ends_at, {MIDNIGHT.format('starts_at')}) - starts_at) / 60000000)
            FROM hour_entries WHERE {SERVED} GROUP BY 1, 2, 3
            UNION ALL
            SELECT volunteer_id, unit_id, substr({DAY.format('(ends_at - 1)')}, 1, 7),
                   SUM((ends_at - {MIDNIGHT.format('starts_at')}) / 60000000)
            FROM hour_entries WHERE {SERVED} AND ends_at > {MIDNIGHT.format('starts_at')} GROUP BY 1, 2, 3"""):
        of_volunteers[volunteer, unit, month] += int(minutes)
    return (compare("unit_months", of_units, cluster.sql("volunteer", "SELECT unit_id, month, minutes FROM unit_months")) +
            compare("volunteer_months", of_volunteers,
                    cluster.sql("volunteer", "SELECT volunteer_id, unit_id, month, minutes FROM volunteer_months")))


def reference_differences(cluster):
    """What each service has been told of organisations, grants, keys and days."""
    found = []
    for table in REFERENCE:
        owned = set(cluster.sql("identity", f"SELECT * FROM {table}"))
        for service in SERVICES[1:]:
            known = set(cluster.sql(service, f"SELECT * FROM {table}"))
            found += [f"{service} does not know {row} of {table}" for row in sorted(owned - known)]
            found += [f"{service} knows {row} of {table}, identity does not" for row in sorted(known - owned)]
    return found
