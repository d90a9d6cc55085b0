-- What only identity knows of bodies, relations and rosters: documents, names, numbers, reasons. The days on which they
-- hold stand in the tables of the reference facts, which identity writes in its own commands.

-- The document that a relation rests on.
CREATE TABLE relation_details (
  id TEXT NOT NULL PRIMARY KEY,
  basis TEXT NOT NULL
);

-- What the newest document says of a body, and the body that it is a part of (empty: none).
CREATE TABLE body_details (
  id TEXT NOT NULL PRIMARY KEY,
  parent_id TEXT NOT NULL,
  basis_document TEXT NOT NULL,
  duties TEXT NOT NULL
);
CREATE INDEX body_details_by_parent ON body_details (parent_id);

-- What every document said of it: never changed, never deleted.
CREATE TABLE body_statements (
  body_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  name TEXT NOT NULL,
  basis_document TEXT NOT NULL,
  duties TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (body_id, number)
);

-- What a roster says of somebody, but for their name. `number` is empty where they have none.
CREATE TABLE staff_details (
  id TEXT NOT NULL PRIMARY KEY,
  unit_id TEXT NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL
);
CREATE INDEX staff_details_by_number ON staff_details (unit_id, number);

-- Names, and nothing else, in a table of their own: one place to read them, one place to seal or forget them.
CREATE TABLE staff_names (
  staff_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL
);

-- Why somebody is exempt.
CREATE TABLE exemption_reasons (
  id TEXT NOT NULL PRIMARY KEY,
  reason TEXT NOT NULL
);

-- Everything that was ever stated about a relation, body, term of office, roster entry, exemption or responsible person:
-- an end or a correction is a further row. Never changed, never deleted. `number` is the fact's version after it.
CREATE TABLE fact_changes (
  id TEXT NOT NULL PRIMARY KEY,
  fact_id TEXT NOT NULL,
  fact TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  statement TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  occurred_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX fact_changes_by_fact ON fact_changes (fact_id, number);
CREATE INDEX fact_changes_by_unit ON fact_changes (unit_id, id);
CREATE INDEX fact_changes_by_kind ON fact_changes (fact, id);
