-- A number that grows with every commit, for databases that several processes share: an answer rendered at a version is true as
-- long as the version stands, whoever rendered it.
CREATE TABLE store_version (
  id BIGINT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL
);
INSERT INTO store_version (id, number) VALUES (1, 1);
