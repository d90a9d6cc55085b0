-- Who cases are from, as far as that is stated, in the place of `complainants`, whose rows are sealed and taken out at the start
-- of the service. `person_id` is one for all cases that came in under a phone; without a phone it is the case's id. The key of
-- the person stands in `person_keys`; when they were erased, so have been all columns but the ids.
CREATE TABLE case_complainants (
  case_id TEXT NOT NULL PRIMARY KEY,
  person_id TEXT NOT NULL,
  sealed_name BYTEA,
  sealed_phone BYTEA,
  phone_lookup BYTEA
);
CREATE INDEX case_complainants_by_person ON case_complainants (person_id, case_id);
CREATE INDEX case_complainants_by_phone ON case_complainants (phone_lookup, case_id);
