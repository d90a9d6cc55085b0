-- What cases can be about. A tree by `parent_code`, NULL at the top.
CREATE TABLE categories (
  code TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  parent_code TEXT,
  description TEXT NOT NULL,
  keywords TEXT NOT NULL,
  retired BOOLEAN NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX categories_by_parent ON categories (parent_code, code);

-- What a category asks, in order; written anew as a whole. `definition` is an AttributeDefinition message: it is never
-- searched, only read with its category.
CREATE TABLE category_attributes (
  category_code TEXT NOT NULL,
  number BIGINT NOT NULL,
  definition BYTEA NOT NULL,
  PRIMARY KEY (category_code, number)
);

-- The dispatch catalogues. Of one key (office, category, region) no two entries hold on the same day. `area_id` is NULL for
-- entries that hold everywhere; days are local and ISO text, `valid_to` is the first on which an entry no longer holds.
CREATE TABLE dispatch_entries (
  id TEXT NOT NULL PRIMARY KEY,
  receiving_unit_id TEXT NOT NULL,
  category TEXT NOT NULL,
  area_id TEXT,
  lead_unit_id TEXT NOT NULL,
  working_hours BIGINT,
  urgency TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
-- Serves every dispatch, which looks for the entries of a category.
CREATE INDEX dispatch_entries_by_category ON dispatch_entries (receiving_unit_id, category, valid_from);
CREATE INDEX dispatch_entries_in_order ON dispatch_entries (category, id);

CREATE TABLE dispatch_co_units (
  dispatch_entry_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  unit_id TEXT NOT NULL,
  PRIMARY KEY (dispatch_entry_id, number)
);
