-- One row per stretch of service, shorter than a day or just as long. `status` moves PENDING → APPROVED | REJECTED,
-- APPROVED → REVOKED; never back. A stretch over midnight stays one row: which minutes fall on which local day, and so in
-- which month, follows from its two moments (served_time.h). `unit_id` is the volunteer's home unit when it was logged.
CREATE TABLE hour_entries (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  volunteer_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  activity_id TEXT,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  description TEXT NOT NULL,
  evidence TEXT NOT NULL,
  status TEXT NOT NULL,
  flagged BOOLEAN NOT NULL,
  submitted_at BIGINT NOT NULL,
  submitted_by TEXT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT,
  reject_reason TEXT,
  revoked_at BIGINT,
  revoked_by TEXT,
  revoke_reason TEXT
);
-- Serves the check of overlap and daily sum, which runs inside every submission.
CREATE INDEX hour_entries_by_volunteer ON hour_entries (volunteer_id, starts_at);
-- Lists are in the order of beginnings, of one unit or of all; those of an activity are few.
CREATE INDEX hour_entries_by_unit ON hour_entries (unit_id, starts_at);
CREATE INDEX hour_entries_by_start ON hour_entries (starts_at, id);
CREATE INDEX hour_entries_by_activity ON hour_entries (activity_id, starts_at) WHERE activity_id IS NOT NULL;
