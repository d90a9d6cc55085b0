-- The lives of this database, in their order: it begins one when it is made and another each time it is restored. The name is
-- part of the identity of its events. A row of the journal belongs for ever to the life in which it was written: from
-- `first_sequence` on, up to the row before that of the next life. The fact `epoch` stays for processes of the version before.
CREATE TABLE epochs (
  number BIGINT NOT NULL PRIMARY KEY,
  epoch TEXT NOT NULL,
  first_sequence BIGINT NOT NULL
);
INSERT INTO epochs (number, epoch, first_sequence) SELECT 1, value, 1 FROM store_facts WHERE name = 'epoch';
