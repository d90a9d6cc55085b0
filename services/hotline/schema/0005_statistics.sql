-- Working minutes from the dispatch to the first answer; NULL before there is one. Reckoned once, by the calendar of the
-- moment: averages would otherwise ask the calendar for every case.
ALTER TABLE cases ADD COLUMN reply_working_minutes BIGINT;
