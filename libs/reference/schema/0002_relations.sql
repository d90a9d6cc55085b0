-- Bodies, relations, rosters, and who answers for a unit, as every service knows them: ids and days, nobody's name. A row
-- holds on the days from `valid_from` until the day before `valid_to`, local and ISO text; '9999-12-31' where no end is
-- known. What was withdrawn as never true has `valid_to` = `valid_from` and holds on no day.

-- What ties a unit, or a body, to units outside of its branch: `holder_id` is the unit (for ASSESSMENT_TEAM the body) that
-- gains, the subtree of `unit_id` is what it gains access to; only what is about one thing there where `about_id` is not
-- empty. Asked from both ends: what does this holder reach, and who holds something over this unit.
CREATE TABLE relations (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  holder_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  about_id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX relations_by_holder ON relations (holder_id, kind);
CREATE INDEX relations_by_unit ON relations (unit_id, kind);

-- Leading groups, offices, teams. `unit_id` is the organisation that formed the body and whose office looks after it.
CREATE TABLE bodies (
  id TEXT NOT NULL PRIMARY KEY,
  unit_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX bodies_by_unit ON bodies (unit_id, id);

-- One row per term of office: whoever is appointed again has another one.
CREATE TABLE body_members (
  id TEXT NOT NULL PRIMARY KEY,
  body_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  position TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX body_members_by_body ON body_members (body_id, id);
CREATE INDEX body_members_by_staff ON body_members (staff_id);

-- Who works where, from joining to leaving. `user_id` is the user that the person signs in as, empty where they do not.
CREATE TABLE staff (
  id TEXT NOT NULL PRIMARY KEY,
  unit_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX staff_by_unit ON staff (unit_id, id);
CREATE INDEX staff_by_user ON staff (user_id);

-- Days on which somebody on a roster does not count: leave, illness, secondment. Why is told to nobody but identity.
CREATE TABLE staff_exemptions (
  id TEXT NOT NULL PRIMARY KEY,
  staff_id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX staff_exemptions_by_staff ON staff_exemptions (staff_id, valid_from);

-- Who answers for a unit: its first responsible person, and the leader in charge of it, who may work elsewhere.
CREATE TABLE responsible_persons (
  id TEXT NOT NULL PRIMARY KEY,
  unit_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  responsibility TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX responsible_persons_by_unit ON responsible_persons (unit_id, responsibility);
CREATE INDEX responsible_persons_by_staff ON responsible_persons (staff_id);
