-- What every service needs inside its own transactions: the organisation tree, who was granted what, keys, ended
-- sessions and the calendar. Identity owns these facts and writes them in its own commands; every other service keeps
-- this copy from identity's events. Days are local and ISO text; `valid_to` is the first day on which a row no longer
-- holds, '9999-12-31' where none is known.

-- One row per organisation and stretch of time with one name and one parent. `parent_id` is NULL for a root.
CREATE TABLE organisations (
  id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  parent_id TEXT,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  level TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (id, valid_from)
);
CREATE INDEX organisations_by_parent ON organisations (parent_id);
CREATE INDEX organisations_by_code ON organisations (code);

-- The tree closed over its edges: `unit_id` lies in the subtree of `ancestor_id` (itself included, with depth 0) on the
-- days of the stretch. Rows of other tables store a unit's id only; their scope is a join with this table, so moving a
-- node rewrites nothing but its stretches here.
CREATE TABLE organisation_ancestors (
  unit_id TEXT NOT NULL,
  ancestor_id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  depth BIGINT NOT NULL,
  PRIMARY KEY (unit_id, ancestor_id, valid_from)
);
CREATE INDEX organisation_ancestors_by_ancestor ON organisation_ancestors (ancestor_id, unit_id);

-- Roles on subtrees. An empty `unit_id` stands for the whole deployment. `ends_at` is NULL while the grant stands.
CREATE TABLE grants (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_unit ON grants (unit_id, role);

-- Keys of intake systems: SHA-256 (hex) of the secret, and what the key may do.
CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  key_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (key_hash);
CREATE INDEX api_keys_by_unit ON api_keys (unit_id);

-- Sessions that ended before their last access token ran out. Rows older than any access token may be deleted.
CREATE TABLE ended_sessions (
  session_id TEXT NOT NULL PRIMARY KEY,
  ended_at BIGINT NOT NULL
);
CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at);

-- Users who may no longer sign in or act.
CREATE TABLE disabled_users (
  user_id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  disabled BOOLEAN NOT NULL
);

-- Public halves of the keys that sign access tokens. From `retires_at` on nothing signed with the key is accepted; NULL
-- while it is in use. The table never holds more than a handful of rows that are not retired.
CREATE TABLE signing_keys (
  key_id TEXT NOT NULL PRIMARY KEY,
  public_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  retires_at BIGINT,
  version BIGINT NOT NULL
);

-- Days that differ from Monday to Friday, beside those that ship with the program. `kind` is HOLIDAY, MAKE_UP_WORKDAY, or
-- ORDINARY, which takes back what an earlier import or the program says of the day.
CREATE TABLE calendar_days (
  day TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  occasion TEXT NOT NULL,
  version BIGINT NOT NULL
);
