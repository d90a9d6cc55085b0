"""What a judge must notice. Each is done behind the cluster's back, and undone again."""
import json

from cluster import recount
from cluster.judge import ENTRIES, cache, dead_letters, histories, journals, ledger, orders, timers

SQL = {  # what the judge looks at, where, what is done, and how it is undone
    "an acknowledged entry is lost": (
        "ledger", "volunteer",
        "UPDATE hour_entries SET description = 'lost ' || description WHERE id = (SELECT MIN(id) FROM hour_entries)",
        "UPDATE hour_entries SET description = substr(description, 6) WHERE description LIKE 'lost %'"),
    "a case is there twice": (
        "ledger", "hotline",
        "INSERT INTO cases SELECT (jsonb_populate_record(c, '{\"id\": \"twice\", \"tracking_hash\": null}')).* FROM cases c "
        "WHERE id = (SELECT MIN(id) FROM cases)", "DELETE FROM cases WHERE id = 'twice'"),
    "a step is taken twice": (
        "histories", "publicity",
        "INSERT INTO condition_reports SELECT 'twice', placement_id, condition, note, reported_at, reported_by "
        "FROM condition_reports LIMIT 1", "DELETE FROM condition_reports WHERE id = 'twice'"),
    "an order is missing": (
        "orders", "inspection",
        "UPDATE rectification_orders SET inspection_id = 'x' || inspection_id "
        "WHERE id = (SELECT MIN(id) FROM rectification_orders)",
        "UPDATE rectification_orders SET inspection_id = substr(inspection_id, 2) WHERE inspection_id LIKE 'x%'"),
    "a deadline is told twice": (
        "timers", "hotline",
        "INSERT INTO case_history SELECT 'twice', id, version + 1, 'ESCALATE', state, 0, '', unit_id, '' FROM cases LIMIT 1",
        "DELETE FROM case_history WHERE id = 'twice'"),
    "a figure is one too high": (
        "read_models", "dashboard",
        "UPDATE day_counters SET amount = amount + 1 WHERE unit_id = '' AND metric = 'CASES_RECEIVED'",
        "UPDATE day_counters SET amount = amount - 1 WHERE unit_id = '' AND metric = 'CASES_RECEIVED'"),
    "the minutes of a month are one too few": (
        "read_models", "volunteer",
        "UPDATE unit_months SET minutes = minutes - 1", "UPDATE unit_months SET minutes = minutes + 1"),
    "a service has not heard of an organisation": (
        "read_models", "publicity",
        "UPDATE organisations SET name = name || '?'", "UPDATE organisations SET name = rtrim(name, '?')"),
    "an event could not be applied": (
        "dead_letters", "hotline",
        "INSERT INTO dead_letters VALUES (1, 'identity', '', 0, 0, 0, 0, 0, 't', 'k', '', 0, '', false, 'r', 'd', 1, 0)",
        "DELETE FROM dead_letters"),
    "a row of the journal is changed": (
        "journals", "hotline",
        "UPDATE journal SET caller = caller || 'x' WHERE sequence = 3",
        "UPDATE journal SET caller = rtrim(caller, 'x') WHERE sequence = 3"),
}


def check_that_the_judge_notices(cluster, county, load):
    looks = {"ledger": lambda: ledger(cluster, load.stories()), "histories": lambda: histories(cluster, load.stories()),
             "orders": lambda: orders(cluster), "timers": lambda: timers(cluster), "dead_letters": lambda: dead_letters(cluster),
             "read_models": lambda: recount.differences(cluster), "journals": lambda: journals(cluster)}
    for what, (look, service, done, undone) in SQL.items():
        cluster.sql(service, done)
        noticed = looks[look]()
        cluster.sql(service, undone)
        assert noticed, f"the judge does not notice that {what}"
        assert not looks[look](), f"the judge goes on complaining that {what}"
    # Twice, because what was spoilt in one minute is not asked for in the next.
    assert any(cache(cluster, county, spoil) for _ in range(2)), "the judge does not notice that Redis is wrong"
    print(f"the judge noticed {len(SQL) + 1} kinds of tampering", flush=True)


def spoil(cluster):
    """Every answer that Redis keeps says something else."""
    for key, _, body in json.loads(json.loads(cluster.redis("--json", "EVAL", ENTRIES, "0"))):
        cluster.redis("HSET", key, "bytes", body.replace("unit_id", "unit"))
