-- Cases and how far they are. `state` moves by the table in case_progress.cpp and nowhere else. `unit_id` is whose case
-- it is: the unit it was dispatched to, before that `receiving_unit_id`. From `dispatched_at` to `closed_at` the columns
-- speak of the current round: a reopening empties them, and the history keeps what was. `due_at` follows from
-- `dispatched_at`, `working_hours` and the calendar.
-- `tracking_hash` is the SHA-256 of the code by which a citizen finds the case; imported cases have none. `import_hash` is
-- the SHA-256 of the imported row, by which it is recognised when it comes again; `source` and `message_id` are NULL for
-- all cases that were not imported.
CREATE TABLE cases (
  id TEXT NOT NULL PRIMARY KEY,
  tracking_hash TEXT,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  category TEXT NOT NULL,
  position_datum TEXT,
  position_longitude DOUBLE PRECISION,
  position_latitude DOUBLE PRECISION,
  wgs84_longitude DOUBLE PRECISION,
  wgs84_latitude DOUBLE PRECISION,
  place TEXT NOT NULL,
  anonymous BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  receiving_unit_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  dispatched_at BIGINT,
  working_hours BIGINT,
  due_at BIGINT,
  signed_at BIGINT,
  replied_at BIGINT,
  on_time BOOLEAN,
  reply TEXT NOT NULL,
  satisfied BOOLEAN,
  closed_at BIGINT,
  reopenings BIGINT NOT NULL,
  overdue BOOLEAN NOT NULL,
  escalated_at BIGINT,
  source TEXT,
  message_id TEXT,
  source_user_id TEXT,
  import_hash TEXT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX cases_by_tracking_hash ON cases (tracking_hash);
CREATE UNIQUE INDEX cases_by_message ON cases (source, message_id);
-- Lists are in the order of receipt: of all, of a unit, of a state, of those that are late.
CREATE INDEX cases_by_time ON cases (received_at, id);
CREATE INDEX cases_by_unit ON cases (unit_id, received_at, id);
CREATE INDEX cases_by_state ON cases (state, received_at, id);
CREATE INDEX cases_by_overdue ON cases (overdue, received_at, id);

-- Who cases are from, as far as that is stated: apart from the cases, so that nothing but the question for the complainant
-- reads it, and a person can be forgotten while the case stays.
CREATE TABLE complainants (
  case_id TEXT NOT NULL PRIMARY KEY,
  name TEXT,
  phone TEXT
);

-- What happened to each case, one row per version: never changed, never deleted.
CREATE TABLE case_history (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  actor_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE UNIQUE INDEX case_history_by_case ON case_history (case_id, number);
