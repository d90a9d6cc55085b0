-- Work in steps that goes on after the request which started it was answered (domain/job.h). `position` is where it stands, in
-- the words of its kind; it moves in the transaction of the step that brought it there. `request` is the request without its
-- file, which is a blob. Files are blobs too, all under one folder, and go with the row once `expires_at` has come.
CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  request BYTEA NOT NULL,
  dry_run BOOLEAN NOT NULL,
  unit_id TEXT NOT NULL,
  started_by TEXT NOT NULL,
  position BYTEA NOT NULL,
  total BIGINT,
  done BIGINT NOT NULL,
  taken BIGINT NOT NULL,
  unchanged BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  expires_at BIGINT,
  result_key TEXT,
  result_name TEXT,
  result_media_type TEXT,
  result_bytes BIGINT,
  errors_key TEXT,
  errors_name TEXT,
  errors_media_type TEXT,
  errors_bytes BIGINT,
  problem TEXT,
  reason TEXT,
  reason_zh TEXT,
  version BIGINT NOT NULL
);
CREATE INDEX jobs_by_starter ON jobs (started_by, id);
CREATE INDEX jobs_by_unit ON jobs (unit_id, id);

-- What an import has refused so far, part by part, until it is written into the error file: a RefusedCells message.
CREATE TABLE job_refusals (
  job_id TEXT NOT NULL,
  part BIGINT NOT NULL,
  cells BYTEA NOT NULL,
  PRIMARY KEY (job_id, part)
);

-- Whether somebody is on the way: then `run_at` is the end of the lease. A database that only one process opens knows at its
-- start that nobody is.
ALTER TABLE errands ADD COLUMN claimed BOOLEAN NOT NULL DEFAULT FALSE;
