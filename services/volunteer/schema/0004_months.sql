-- Approved minutes by person, local month and unit, kept in the transaction that approves or revokes: never newer or
-- older than the entries that they sum. A person who moved has a row for each unit. `id` makes the order of lists total.
CREATE TABLE volunteer_months (
  id TEXT NOT NULL,
  volunteer_id TEXT NOT NULL,
  month TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  PRIMARY KEY (volunteer_id, month, unit_id)
);
CREATE INDEX volunteer_months_by_unit ON volunteer_months (unit_id, month, id);
CREATE INDEX volunteer_months_by_month ON volunteer_months (month, id);

-- The same by unit and local month.
CREATE TABLE unit_months (
  unit_id TEXT NOT NULL,
  month TEXT NOT NULL,
  minutes BIGINT NOT NULL,
  PRIMARY KEY (unit_id, month)
);
CREATE INDEX unit_months_by_month ON unit_months (month, unit_id);
