-- The keys under which personal data are encrypted, one for each person: `wrapped` is the key itself, encrypted with the one
-- of the key file that `key_id` names. Whoever deletes a row has erased the person, wherever their data stand. `person_id` is
-- the id of the row that stands for the person in the service's tables.
CREATE TABLE person_keys (
  person_id TEXT NOT NULL PRIMARY KEY,
  key_id TEXT NOT NULL,
  wrapped BYTEA NOT NULL
);
-- Which keys of the file are in use, and what is still under an old one.
CREATE INDEX person_keys_by_key ON person_keys (key_id, person_id);
