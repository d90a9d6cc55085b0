-- Places that may be inspected. `code` is the number in the register that a place comes from, NULL where it has none.
-- A position is kept as it was given, for answers without loss, and in WGS-84, on which all distances are computed.
CREATE TABLE points (
  id TEXT NOT NULL PRIMARY KEY,
  code TEXT,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  address TEXT NOT NULL,
  position_datum TEXT,
  position_longitude DOUBLE PRECISION,
  position_latitude DOUBLE PRECISION,
  wgs84_longitude DOUBLE PRECISION,
  wgs84_latitude DOUBLE PRECISION,
  unit_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
-- A register's number names one place.
CREATE UNIQUE INDEX points_by_code ON points (code);
-- Lists are in the order of registration, which is the order of ids: of all, of a unit, of a type.
CREATE INDEX points_by_unit ON points (unit_id, id);
CREATE INDEX points_by_type ON points (type, id);
