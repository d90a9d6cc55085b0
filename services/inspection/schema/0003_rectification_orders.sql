-- One order per finding. `state` moves ISSUED → SIGNED → SUBMITTED → VERIFIED, and from SUBMITTED back to RECTIFYING.
-- `due_at` follows from `issued_at`, `working_days` and the calendar, and never moves on a return. What the finding says
-- is copied, because an order is a document of its own.
CREATE TABLE rectification_orders (
  id TEXT NOT NULL PRIMARY KEY,
  finding_id TEXT NOT NULL,
  inspection_id TEXT NOT NULL,
  point_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  category TEXT NOT NULL,
  severity TEXT NOT NULL,
  description TEXT NOT NULL,
  state TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  working_days BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  signed_at BIGINT,
  submitted_at BIGINT,
  verified_at BIGINT,
  rejections BIGINT NOT NULL,
  overdue BOOLEAN NOT NULL,
  escalated_at BIGINT,
  version BIGINT NOT NULL
);
-- Lists are in the order of issue: of all, of a unit, of a state, of an inspection, of those that are late.
CREATE INDEX rectification_orders_by_time ON rectification_orders (issued_at, id);
CREATE INDEX rectification_orders_by_unit ON rectification_orders (unit_id, issued_at, id);
CREATE INDEX rectification_orders_by_state ON rectification_orders (state, issued_at, id);
CREATE INDEX rectification_orders_by_inspection ON rectification_orders (inspection_id, issued_at, id);
CREATE INDEX rectification_orders_by_overdue ON rectification_orders (overdue, issued_at, id);

-- What happened to each order, one row per version: never changed, never deleted.
CREATE TABLE rectification_steps (
  id TEXT NOT NULL PRIMARY KEY,
  rectification_order_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  actor_id TEXT NOT NULL,
  note TEXT NOT NULL
);
CREATE UNIQUE INDEX rectification_steps_by_order ON rectification_steps (rectification_order_id, number);
