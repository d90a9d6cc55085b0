#include "reference/reference.h"

// Dated facts about people, bodies and relations: one row each, of which the newest version is kept.

namespace wenming::reference {

void apply(domain::Tx& tx, const identity::v1::RelationChanged& event) {
  tx.run(
      "INSERT INTO relations (id, kind, holder_id, unit_id, about_id, valid_from, valid_to, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET valid_from = excluded.valid_from, "
      "valid_to = excluded.valid_to, version = excluded.version WHERE excluded.version > relations.version",
      event.relation_id(), event.kind(), event.holder_id(), event.unit_id(), event.about_id(), event.valid_from(),
      event.valid_to(), event.version());
}

void apply(domain::Tx& tx, const identity::v1::BodyChanged& event) {
  tx.run(
      "INSERT INTO bodies (id, unit_id, kind, name, valid_from, valid_to, version) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, valid_from = excluded.valid_from, "
      "valid_to = excluded.valid_to, version = excluded.version WHERE excluded.version > bodies.version",
      event.body_id(), event.unit_id(), event.kind(), event.name(), event.valid_from(), event.valid_to(),
      event.version());
}

void apply(domain::Tx& tx, const identity::v1::BodyMemberChanged& event) {
  tx.run(
      "INSERT INTO body_members (id, body_id, staff_id, position, valid_from, valid_to, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET valid_from = excluded.valid_from, "
      "valid_to = excluded.valid_to, version = excluded.version WHERE excluded.version > body_members.version",
      event.body_member_id(), event.body_id(), event.staff_id(), event.position(), event.valid_from(), event.valid_to(),
      event.version());
}

void apply(domain::Tx& tx, const identity::v1::StaffMemberChanged& event) {
  tx.run(
      "INSERT INTO staff (id, unit_id, user_id, valid_from, valid_to, version) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id, user_id = excluded.user_id, "
      "valid_from = excluded.valid_from, valid_to = excluded.valid_to, version = excluded.version "
      "WHERE excluded.version > staff.version",
      event.staff_id(), event.unit_id(), event.user_id(), event.valid_from(), event.valid_to(), event.version());
}

void apply(domain::Tx& tx, const identity::v1::StaffExemptionChanged& event) {
  tx.run(
      "INSERT INTO staff_exemptions (id, staff_id, valid_from, valid_to, version) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (id) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to, "
      "version = excluded.version WHERE excluded.version > staff_exemptions.version",
      event.exemption_id(), event.staff_id(), event.valid_from(), event.valid_to(), event.version());
}

void apply(domain::Tx& tx, const identity::v1::ResponsiblePersonChanged& event) {
  tx.run(
      "INSERT INTO responsible_persons (id, unit_id, staff_id, responsibility, valid_from, valid_to, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET valid_from = excluded.valid_from, "
      "valid_to = excluded.valid_to, version = excluded.version WHERE excluded.version > responsible_persons.version",
      event.responsible_person_id(), event.unit_id(), event.staff_id(), event.responsibility(), event.valid_from(),
      event.valid_to(), event.version());
}

}  // namespace wenming::reference
