-- Occasions of voluntary service. `status` moves DRAFT → PUBLISHED, and from both to CANCELLED; whether a published one
-- runs or is over follows from its window. A position is kept as it was given, for answers without loss, and in WGS-84,
-- on which distances are computed.
CREATE TABLE activities (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  unit_id TEXT NOT NULL,
  title TEXT NOT NULL,
  theme TEXT NOT NULL,
  place TEXT NOT NULL,
  position_datum TEXT,
  position_longitude DOUBLE PRECISION,
  position_latitude DOUBLE PRECISION,
  wgs84_longitude DOUBLE PRECISION,
  wgs84_latitude DOUBLE PRECISION,
  radius_m BIGINT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  head_count BIGINT NOT NULL,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  published_at BIGINT,
  cancelled_at BIGINT,
  cancel_reason TEXT
);
-- Lists are in the order of beginnings, of one unit or of all.
CREATE INDEX activities_by_start ON activities (starts_at, id);
CREATE INDEX activities_by_unit ON activities (unit_id, starts_at);
