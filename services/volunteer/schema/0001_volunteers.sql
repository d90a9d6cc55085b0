-- Persons who volunteer. `number` is what people see and quote; it never derives from an identity card. Columns are the
-- fields of wenming.volunteer.v1.Volunteer.
CREATE TABLE volunteers (
  id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT NOT NULL,
  display_name TEXT NOT NULL,
  phone TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  user_id TEXT,
  registered_at BIGINT NOT NULL
);
-- Lists are in the order of numbers, of one unit or of all.
CREATE UNIQUE INDEX volunteers_by_number ON volunteers (number);
CREATE INDEX volunteers_by_unit ON volunteers (unit_id, number);
-- One account, one volunteer; also finds "me".
CREATE UNIQUE INDEX volunteers_by_user ON volunteers (user_id);

-- The last unified number given out: one row.
CREATE TABLE volunteer_numbers (
  last BIGINT NOT NULL
);
INSERT INTO volunteer_numbers (last) VALUES (0);
