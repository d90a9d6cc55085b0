-- Slow work that will be done outside of any transaction once its time has come. `number` is another one each time that
-- the key is sent, so what was replaced or taken back is recognised when it comes home. `run_at` is when it may be begun:
-- while one is under way that is the end of its lease, after which somebody else begins again; after a failure it moves on.
CREATE TABLE errands (
  key TEXT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  command_type TEXT NOT NULL,
  command BYTEA NOT NULL
);
CREATE INDEX errands_by_run_at ON errands (run_at, key);
