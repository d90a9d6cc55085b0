-- One row per fact (an order, a case, an hour entry …) in its newest version, with what it adds to the figures: the next
-- version first takes that away. An older version that comes late is recognised by its number and ignored. `id` is
-- the kind and the aggregate's id, `case:0190…`; `contributions` is a wenming.dashboard.v1.Contributions message.
CREATE TABLE facts (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  contributions BYTEA NOT NULL
);

-- What each organisation itself counts, without those below it. Kept apart from the rolled-up figures so that they can
-- be carried from one place in the tree to another.
CREATE TABLE own_counters (
  unit_id TEXT NOT NULL,
  day TEXT NOT NULL,
  metric TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (unit_id, day, metric)
);

-- The figures of each organisation with all that stood below it on that day; the unit '' is the whole deployment. A
-- question is answered by one range of the primary key: whole months from the second table, the days at the edges of a
-- period from the first.
CREATE TABLE day_counters (
  unit_id TEXT NOT NULL,
  day TEXT NOT NULL,
  metric TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (unit_id, day, metric)
);
CREATE TABLE month_counters (
  unit_id TEXT NOT NULL,
  month TEXT NOT NULL,
  metric TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (unit_id, month, metric)
);

-- The organisation tree as the figures above stand: a copy of `organisation_ancestors` that changes in the transaction
-- that carries the figures along. Where the two differ, an organisation has arrived or moved and figures must follow.
CREATE TABLE roll_up_paths (
  unit_id TEXT NOT NULL,
  ancestor_id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  PRIMARY KEY (unit_id, ancestor_id, valid_from)
);
CREATE INDEX roll_up_paths_by_ancestor ON roll_up_paths (ancestor_id, unit_id);
