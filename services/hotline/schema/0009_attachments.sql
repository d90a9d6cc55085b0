-- Files that belong to cases, or will. `staged`: not attached yet, which a timer ends after a day. `token_hash` is the
-- SHA-256 of the token by which whoever began the upload goes on. The bytes are blobs: `uploads/<id>/…` while they come,
-- `attachments/<id>/file` and `…/thumbnail` from then on. `state` moves UPLOADING → CHECKING → READY | REFUSED.
CREATE TABLE attachments (
  id TEXT NOT NULL PRIMARY KEY,
  token_hash TEXT NOT NULL,
  case_id TEXT,
  staged BOOLEAN NOT NULL,
  from_citizen BOOLEAN NOT NULL,
  name TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  received_bytes BIGINT NOT NULL,
  state TEXT NOT NULL,
  kind TEXT,
  media_type TEXT NOT NULL,
  refusal TEXT,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  file_bytes BIGINT NOT NULL,
  thumbnail_bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX attachments_by_case ON attachments (case_id, created_at, id);
-- How much is staged in all, which has a bound.
CREATE INDEX attachments_by_staged ON attachments (staged, size_bytes);

-- The pieces of a file that is still coming, in their order.
CREATE TABLE attachment_pieces (
  attachment_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  blob_key TEXT NOT NULL,
  PRIMARY KEY (attachment_id, position)
);
