-- Fills the volunteer database on PostgreSQL with :entries hour entries, as tests/bench/fill_hours does on SQLite: every
-- volunteer gets one an evening, backwards from the end of 2023. Rows go in beside the journal: ballast for indexes and
-- pages, not history.
SET search_path = generation_1; -- where services keep their tables
SET synchronous_commit = off;
INSERT INTO hour_entries (id, version, volunteer_id, unit_id, starts_at, ends_at, minutes, description, evidence, status,
                          flagged, submitted_at, submitted_by)
SELECT format('00000000-%s-7000-8000-%s', lpad(to_hex(number >> 16), 4, '0'), lpad(to_hex(number), 12, '0')), 1, people.id,
       people.unit_id, starts_at, starts_at + 3600000000, 60, '社区环境整治', '台账第十二页', 'PENDING', false, starts_at, 'ballast'
FROM (SELECT number, number % people AS place, 1704024000000000 - (number / people) * 86400000000 AS starts_at
      FROM generate_series(0::bigint, :entries - 1) AS number, (SELECT count(*) AS people FROM volunteers) AS counted) AS entry
JOIN (SELECT row_number() OVER (ORDER BY number) - 1 AS place, id, unit_id FROM volunteers) AS people USING (place);
VACUUM (ANALYZE) hour_entries; -- as the server would by itself in a while, in the middle of the measurement
CHECKPOINT;
