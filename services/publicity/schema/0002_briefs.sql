-- News sent up by units. `status` moves SUBMITTED → ADOPTED | DECLINED; never back. `points` are those of the level when it
-- was adopted: a later change of the setting does not rewrite what was earned.
CREATE TABLE briefs (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  unit_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  progress TEXT NOT NULL,
  results TEXT NOT NULL,
  problems TEXT NOT NULL,
  next_steps TEXT NOT NULL,
  status TEXT NOT NULL,
  level TEXT,
  points BIGINT NOT NULL,
  submitted_at BIGINT NOT NULL,
  submitted_by TEXT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT,
  decline_reason TEXT
);
-- Lists are in the order of submission, of one unit or of all.
CREATE INDEX briefs_by_submission ON briefs (submitted_at, id);
CREATE INDEX briefs_by_unit ON briefs (unit_id, submitted_at);
