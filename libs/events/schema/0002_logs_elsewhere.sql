-- A log that several lives of a database write to (a restored one goes on in the same Kafka topic) has a position of its own,
-- beside which stands from which life the newest event applied was.
ALTER TABLE consumer_positions ADD COLUMN event_epoch TEXT NOT NULL DEFAULT '';
UPDATE consumer_positions SET event_epoch = epoch;

-- How far this service's own journal has been sent to a log elsewhere, for certain. What lies behind may have been sent too.
CREATE TABLE relay_positions (
  log TEXT NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL
);
