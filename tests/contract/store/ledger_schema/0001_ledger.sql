-- Accounts, and every deposit that was made: the sum of the deposits must always be the balance.
CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  unit_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  holder TEXT NOT NULL,
  balance BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX accounts_by_holder ON accounts (holder, id);

CREATE TABLE deposits (
  id TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  amount BIGINT NOT NULL
);
CREATE INDEX deposits_by_account ON deposits (account_id);
