-- Public-service advertisements, each in one place. `state` moves STANDING ⇄ NEEDS_REPLACEMENT with the conditions that are
-- reported, to EXPIRED when its last day is over, and from all of these to REPLACED, which is the end. Old and new point to
-- each other, so the history of a place is a chain. A position is kept as it was given, for answers without loss, and in
-- WGS-84, on which distances are computed.
CREATE TABLE placements (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  unit_id TEXT NOT NULL,
  medium TEXT NOT NULL,
  theme TEXT NOT NULL,
  place TEXT NOT NULL,
  position_datum TEXT,
  position_longitude DOUBLE PRECISION,
  position_latitude DOUBLE PRECISION,
  wgs84_longitude DOUBLE PRECISION,
  wgs84_latitude DOUBLE PRECISION,
  installed_on TEXT NOT NULL,
  expires_on TEXT,
  state TEXT NOT NULL,
  condition TEXT NOT NULL,
  replacement_due_at BIGINT,
  replaces_id TEXT,
  replaced_by_id TEXT
);
-- Lists are in the order of installation, of one unit or of all.
CREATE INDEX placements_by_installation ON placements (installed_on, id);
CREATE INDEX placements_by_unit ON placements (unit_id, installed_on);

-- Every condition in which a placement was found; never changed. The placement itself carries the latest.
CREATE TABLE condition_reports (
  id TEXT NOT NULL PRIMARY KEY,
  placement_id TEXT NOT NULL,
  condition TEXT NOT NULL,
  note TEXT NOT NULL,
  reported_at BIGINT NOT NULL,
  reported_by TEXT NOT NULL
);
CREATE INDEX condition_reports_by_placement ON condition_reports (placement_id, reported_at);
