-- The index by which cases are found (case_index.h says how it works). Rows are pages: numbers and bytes, the same in
-- both databases, looked up by one number each.

-- How far the index is: one row. Places 0 to `places` - 1 are given out, the first `closed_blocks` blocks are closed,
-- `version` counts the steps of the indexer, which is `under_way` while there is something to do.
CREATE TABLE case_index (
  id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  places BIGINT NOT NULL,
  closed_blocks BIGINT NOT NULL,
  under_way BOOLEAN NOT NULL
);
INSERT INTO case_index (id, version, places, closed_blocks, under_way) VALUES (1, 0, 0, 0, FALSE);

-- What the index does not say yet: the cases that have changed, as they stand. Searches read it beside the index; the
-- indexer takes rows out whose `version` it has taken up. `area_id` is empty where it is not stated.
CREATE TABLE case_changes (
  case_id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state TEXT NOT NULL,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  category TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  receiving_unit_id TEXT NOT NULL,
  area_id TEXT NOT NULL,
  overdue BOOLEAN NOT NULL,
  received_at BIGINT NOT NULL,
  due_at BIGINT,
  wgs84_longitude DOUBLE PRECISION,
  wgs84_latitude DOUBLE PRECISION
);
INSERT INTO case_changes (case_id, version, state, kind, channel, category, unit_id, receiving_unit_id, area_id, overdue,
                          received_at, due_at, wgs84_longitude, wgs84_latitude)
SELECT id, version, state, kind, channel, category, unit_id, receiving_unit_id, COALESCE(area_id, ''), overdue,
       received_at, due_at, wgs84_longitude, wgs84_latitude
FROM cases;

-- Where in the index each case stands: for ever the same place, in the order in which cases came in.
CREATE TABLE case_places (
  case_id TEXT NOT NULL PRIMARY KEY,
  place BIGINT NOT NULL
);
CREATE UNIQUE INDEX case_places_in_order ON case_places (place);

-- Between which moments the cases of a block were received, in seconds since 1970.
CREATE TABLE case_blocks (
  block BIGINT NOT NULL PRIMARY KEY,
  received_from BIGINT NOT NULL,
  received_to BIGINT NOT NULL
);

-- What the cases of a block are: one row per column and block.
CREATE TABLE case_columns (
  cell BIGINT NOT NULL PRIMARY KEY,
  content BYTEA NOT NULL
);

-- What they say: of blocks that are closed, and of the runs of the one that is not.
CREATE TABLE case_terms (
  page BIGINT NOT NULL PRIMARY KEY,
  postings BYTEA NOT NULL
);
CREATE TABLE case_terms_of_runs (
  page BIGINT NOT NULL PRIMARY KEY,
  postings BYTEA NOT NULL
);
