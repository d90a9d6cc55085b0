-- What the whole handling of a case needs beside receipt, dispatch, answer and closing. `responsible_unit_id` answers for
-- the case: the unit asked first, until another one has signed. `extension_…` are NULL where nobody has asked for more time
-- in this round. `merged_into_id` is the case that this one is a duplicate of.
ALTER TABLE cases ADD COLUMN urgency TEXT;
ALTER TABLE cases ADD COLUMN area_id TEXT;
ALTER TABLE cases ADD COLUMN responsible_unit_id TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN returnable_until BIGINT;
ALTER TABLE cases ADD COLUMN returns BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN adjudicated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE cases ADD COLUMN extension_state TEXT;
ALTER TABLE cases ADD COLUMN extension_working_hours BIGINT;
ALTER TABLE cases ADD COLUMN extension_reason TEXT;
ALTER TABLE cases ADD COLUMN escalation_level BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN urgings BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN merged_into_id TEXT;
ALTER TABLE cases ADD COLUMN duplicates BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN repeat_of_id TEXT;
ALTER TABLE cases ADD COLUMN repeats BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN units_tried BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN problem BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE cases ADD COLUMN call_back_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN resolved BOOLEAN;
ALTER TABLE cases ADD COLUMN declined_at BIGINT;
UPDATE cases SET responsible_unit_id = unit_id;
UPDATE cases SET escalation_level = 1 WHERE overdue;
CREATE INDEX cases_by_merged ON cases (merged_into_id);

-- The units that a case was ever dispatched to: so many make it a problem case.
CREATE TABLE case_units (
  case_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  PRIMARY KEY (case_id, unit_id)
);

-- The further answers that the category of a case asks for, in the order in which they were given.
CREATE TABLE case_attributes (
  case_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  code TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (case_id, number)
);

-- The parts of co-units. A unit has one part in a case, which is asked for anew in the next round. `receiving_unit_id` is
-- that of the case, so that the office finds them by it.
CREATE TABLE co_units (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  receiving_unit_id TEXT NOT NULL,
  state TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  signed_at BIGINT,
  replied_at BIGINT,
  text TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX co_units_by_case ON co_units (case_id, unit_id);
CREATE INDEX co_units_by_unit ON co_units (unit_id, asked_at, id);
CREATE INDEX co_units_by_receiving_unit ON co_units (receiving_unit_id, asked_at, id);
