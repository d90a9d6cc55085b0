-- Reports of visits, under ids that clients made. A report is never changed. `content_hash` is the SHA-256 of the report
-- as it was sent: the same id sent again is recognised by it, or refused. The counts of findings are kept beside their
-- rows, so that lists need not count.
CREATE TABLE inspections (
  id TEXT NOT NULL PRIMARY KEY,
  content_hash TEXT NOT NULL,
  point_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  inspected_at BIGINT NOT NULL,
  score DOUBLE PRECISION,
  position_datum TEXT,
  position_longitude DOUBLE PRECISION,
  position_latitude DOUBLE PRECISION,
  wgs84_longitude DOUBLE PRECISION,
  wgs84_latitude DOUBLE PRECISION,
  remarks TEXT NOT NULL,
  low_findings BIGINT NOT NULL,
  moderate_findings BIGINT NOT NULL,
  high_findings BIGINT NOT NULL,
  inspector_id TEXT NOT NULL,
  submitted_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
-- Lists are in the order of visits: of all, of a point, of a unit.
CREATE INDEX inspections_by_time ON inspections (inspected_at, id);
CREATE INDEX inspections_by_point ON inspections (point_id, inspected_at, id);
CREATE INDEX inspections_by_unit ON inspections (unit_id, inspected_at, id);

-- What the items of a report were answered with, in the order of the report: of the last five columns one is not NULL.
CREATE TABLE answers (
  inspection_id TEXT NOT NULL,
  item TEXT NOT NULL,
  number_in_report BIGINT NOT NULL,
  yes BOOLEAN,
  grade TEXT,
  count BIGINT,
  number DOUBLE PRECISION,
  text TEXT,
  PRIMARY KEY (inspection_id, item)
);

-- What a report found wanting. `rectification_order_id` is NULL where no order was issued.
CREATE TABLE findings (
  id TEXT NOT NULL PRIMARY KEY,
  inspection_id TEXT NOT NULL,
  category TEXT NOT NULL,
  severity TEXT NOT NULL,
  description TEXT NOT NULL,
  rectification_order_id TEXT
);
CREATE INDEX findings_by_inspection ON findings (inspection_id, id);
