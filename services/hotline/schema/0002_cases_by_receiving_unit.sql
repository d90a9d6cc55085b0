-- The office that received a case keeps sight of it, wherever it is handled.
CREATE INDEX cases_by_receiving_unit ON cases (receiving_unit_id, received_at, id);
