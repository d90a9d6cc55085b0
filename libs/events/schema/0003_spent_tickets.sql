-- The tickets of the last minutes with which live streams were opened, so that each opens one only, whichever process on this
-- database is asked.
CREATE TABLE spent_tickets (
  id TEXT NOT NULL PRIMARY KEY,
  spent_at BIGINT NOT NULL
);
CREATE INDEX spent_tickets_by_time ON spent_tickets (spent_at);
