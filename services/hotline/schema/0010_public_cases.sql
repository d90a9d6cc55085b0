-- What is public: NULL until the office publishes a case. The public list is in the order of receipt.
ALTER TABLE cases ADD COLUMN published_at BIGINT;
ALTER TABLE cases ADD COLUMN media_url TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_published ON cases (received_at, id) WHERE published_at IS NOT NULL;
-- Open311 asks for what happened between two moments; of all that happens, only this is told. The condition is that of the
-- question in open311.cpp, word for word, or the index is not used.
CREATE INDEX case_history_told ON case_history (occurred_at, id)
  WHERE action IN ('ACCEPT', 'DECLINE', 'DISPATCH', 'SIGN', 'REPLY', 'CALL_BACK_SATISFIED', 'CALL_BACK_UNSATISFIED', 'CLOSE', 'REOPEN');
