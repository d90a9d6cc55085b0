-- What only identity knows: people, their passwords and sessions, and the secret halves of its keys. What other services
-- know too (organisations, grants, keys, ended sessions, the calendar) stands in the tables of the reference facts, which
-- identity writes in its own commands.

-- People who sign in. `account` is in small letters. `unit_id` is the organisation whose admins look after the user,
-- empty for the whole deployment; it grants nothing.
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  display_name TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_account ON users (account);
CREATE INDEX users_by_unit ON users (unit_id);

-- Sessions that stand; a row goes when its session ends, and expired ones go when their user signs in again. A refresh
-- token has a part that stays as long as the session, by whose hash the row is found, and a part that changes with every
-- use: a token with the right first and the wrong second part was used before, so one row is enough to notice a copy.
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  session_hash TEXT NOT NULL,
  turn_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_by_hash ON sessions (session_hash);
CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- Failed sign-ins in a row, per account that was typed: also for accounts that do not exist, so that nobody learns from
-- the delay which do. Keyed by SHA-256, because people type passwords into the wrong field. Rows are forgotten an hour
-- after the last failure, which bounds the table by what can be tried in an hour.
CREATE TABLE sign_in_failures (
  account_hash TEXT NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  failed_at BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (failed_at);

-- Secret halves of the keys that sign access tokens; the public halves stand in `signing_keys`. They leave this table in
-- no event, no answer and no journal row, and are deleted once their key has retired.
CREATE TABLE signing_secrets (
  key_id TEXT NOT NULL PRIMARY KEY,
  secret BYTEA NOT NULL
);

-- What people call the API keys, whose rights stand in `api_keys`.
CREATE TABLE api_key_names (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
