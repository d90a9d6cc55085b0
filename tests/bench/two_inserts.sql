\set number random(1, 1000000)
BEGIN;
INSERT INTO bench_state (number, text) VALUES (:number, '社区环境整治，台账第十二页。 A row of some hundred bytes, as an hour entry has.');
INSERT INTO bench_journal (number, text) VALUES (:number, '社区环境整治，台账第十二页。 A row of some hundred bytes, as a journal has.');
COMMIT;
