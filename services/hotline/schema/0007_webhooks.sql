-- Addresses that are told what happens to cases. `filter` is a WebhookFilter message. `stopped` says why one is switched off.
CREATE TABLE webhooks (
  id TEXT NOT NULL PRIMARY KEY,
  unit_id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  filter BYTEA NOT NULL,
  enabled BOOLEAN NOT NULL,
  stopped TEXT,
  owner_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
-- Serves every step of a case, which looks for the webhooks of the organisations above it.
CREATE INDEX webhooks_by_unit ON webhooks (unit_id, created_at, id);
CREATE INDEX webhooks_in_order ON webhooks (created_at, id);
CREATE INDEX webhooks_by_owner ON webhooks (owner_id);

-- What deliveries are signed with; the one before until it is over.
CREATE TABLE webhook_secrets (
  webhook_id TEXT NOT NULL PRIMARY KEY,
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_until BIGINT
);

-- How the sending goes, apart from what is asked on every step of a case. `awake`: an errand is on its way, or pauses because
-- the receiver fails; `again`: it shall look once more, for older deliveries wait again.
CREATE TABLE webhook_senders (
  webhook_id TEXT NOT NULL PRIMARY KEY,
  awake BOOLEAN NOT NULL,
  again BOOLEAN NOT NULL,
  failures BIGINT NOT NULL,
  failing_since BIGINT
);

-- One change on its way to one webhook. `event` is the CaseChanged message; empty in a test. `waits_since`: since when it is
-- tried, to be given up some day. `error` is empty where an answer came.
CREATE TABLE webhook_deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  webhook_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  type TEXT NOT NULL,
  case_id TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  event BYTEA NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  waits_since BIGINT NOT NULL,
  next_attempt_at BIGINT,
  attempts BIGINT NOT NULL,
  attempted_at BIGINT,
  status BIGINT,
  duration_ms BIGINT,
  error TEXT NOT NULL
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, id) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_put_off ON webhook_deliveries (webhook_id, next_attempt_at) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_ahead ON webhook_deliveries (webhook_id, case_id, sequence) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, created_at, id);
CREATE INDEX webhook_deliveries_by_unit ON webhook_deliveries (unit_id, created_at, id);
CREATE INDEX webhook_deliveries_by_case ON webhook_deliveries (case_id, created_at, id);
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (created_at, id);

CREATE TABLE webhook_attempts (
  delivery_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  attempted_at BIGINT NOT NULL,
  status BIGINT,
  duration_ms BIGINT NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (delivery_id, number)
);
