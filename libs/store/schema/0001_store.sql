-- What every database has beside the tables of its service: the journal, which is audit trail, idempotency record and
-- outbox in one, the timers, and the keys of live values. `store/README.md` argues why this is enough to lose nothing
-- and to apply nothing twice.

-- Who this database is. One row each: `epoch`, minted with the database and part of the identity of its events, and
-- `started`, written in the transaction that runs the service's first start.
CREATE TABLE store_facts (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per command that changed something; never updated, never deleted. Rows are numbered at the end of a batch by
-- the only writer, so the order of `sequence` is the order of commits and there are no gaps.
CREATE TABLE journal (
  sequence BIGINT NOT NULL PRIMARY KEY,
  happened_at BIGINT NOT NULL,
  -- User id, `key:<id>`, empty for an unknown citizen and for the system itself.
  caller TEXT NOT NULL,
  -- Remote address, where there is one.
  origin TEXT NOT NULL,
  -- Full name of the rpc, of a timer's message, or the name under which a piece of work was handed in.
  method TEXT NOT NULL,
  -- What it was about: the id of the resource, or the key of the timer.
  subject TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  -- A PublishedEvents message; NULL where the command published nothing.
  events BYTEA,
  -- The answer, masked, so that a repeated request gets it again. NULL for what has no answer.
  answer_type TEXT,
  answer BYTEA,
  -- Hashes of (who, route, Idempotency-Key) and of the request; NULL without a key.
  idempotency_hash BYTEA,
  request_hash BYTEA,
  -- SHA-256 over the hash of the row before and all that stands in this one.
  hash BYTEA NOT NULL
);

-- Reads the keys of the last day at start. In the order of time, because keys are random: an index that begins with them
-- would dirty one cold page per command.
CREATE INDEX journal_by_time ON journal (happened_at, idempotency_hash);

-- Commands that will run once their time has come. `run_at` is `due_at` at first and moves on when an attempt fails.
CREATE TABLE timers (
  key TEXT NOT NULL PRIMARY KEY,
  due_at BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  command_type TEXT NOT NULL,
  command BYTEA NOT NULL
);
CREATE INDEX timers_by_run_at ON timers (run_at, key);

-- When the live value of a key last changed, as a number that grows with each change in this database. One row per key,
-- so a live stream can always be resumed, however long ago it broke.
CREATE TABLE changed (
  key TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
);
CREATE INDEX changed_by_position ON changed (position);
