-- A key that got another secret is known by the one before for a while: NULL where it never had another.
ALTER TABLE api_keys ADD COLUMN previous_hash TEXT;
ALTER TABLE api_keys ADD COLUMN previous_until BIGINT;
CREATE UNIQUE INDEX api_keys_by_previous_hash ON api_keys (previous_hash);
