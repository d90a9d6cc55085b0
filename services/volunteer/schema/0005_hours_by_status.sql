-- What waits for approval is a handful among everything that was ever approved.
CREATE INDEX hour_entries_by_status ON hour_entries (status, starts_at, id);
