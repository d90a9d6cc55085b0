-- How far this database has applied the log of each service it listens to. One row per source and partition, written in
-- the transaction that holds the effects: either both are there or neither.
--
-- `position` is where to read on. `epoch`, `sequence` and `event_index` name the newest event that was applied: a log may
-- bring an event again, and everything up to this mark of its epoch is known already. An update names the values that it
-- expects; if another process has moved them, no row matches and its transaction is rolled back.
CREATE TABLE consumer_positions (
  source TEXT NOT NULL,
  log_partition BIGINT NOT NULL,
  epoch TEXT NOT NULL,
  position BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  event_index BIGINT NOT NULL,
  PRIMARY KEY (source, log_partition)
);

-- Events that could not be applied, and those of the same source and key that wait behind them, because only the order
-- within a key is promised and skipping one would break it. A letter is open until `settled_at` is set, by a replay
-- (`settled_as` REPLAYED) or by an operator who gives it up (DISCARDED, with `settled_because`). Settled letters stay:
-- what was given up must be answerable later.
CREATE TABLE dead_letters (
  number BIGINT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  epoch TEXT NOT NULL,
  log_partition BIGINT NOT NULL,
  position BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  event_index BIGINT NOT NULL,
  hops BIGINT NOT NULL,
  type TEXT NOT NULL,
  key TEXT NOT NULL,
  payload BYTEA NOT NULL,
  published_at BIGINT NOT NULL,
  traceparent TEXT NOT NULL,
  parked BOOLEAN NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  laid_down_at BIGINT NOT NULL,
  settled_at BIGINT,
  settled_as TEXT,
  settled_because TEXT
);
-- Every event asks whether its key is parked; the lists show what is open.
CREATE INDEX dead_letters_open_by_key ON dead_letters (source, key, number) WHERE settled_at IS NULL;
CREATE INDEX dead_letters_open ON dead_letters (number) WHERE settled_at IS NULL;
