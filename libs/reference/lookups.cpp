#include <map>
#include <utility>

#include "domain/refusal.h"
#include "reference/reference.h"

namespace wenming::reference {

void require_unit(domain::ReadTx& tx, std::string_view unit_id) {
  const bool known = tx.value<std::int64_t>(
                           "SELECT 1 FROM organisations "
                           "WHERE id = $1 AND valid_from <= $2 AND valid_to > $2",
                           unit_id, core::to_text(tx.today()))
                         .has_value();
  if (!known) throw domain::Refusal(contract::v1::PROBLEM_UNIT_UNKNOWN, {{"unit", std::string(unit_id)}});
}

std::string unit_name(domain::ReadTx& tx, std::string_view unit_id) {
  return tx
      .value<std::string>("SELECT name FROM organisations WHERE id = $1 AND valid_from <= $2 AND valid_to > $2",
                          unit_id, core::to_text(tx.today()))
      .value_or("");
}

std::string unit_by_code(domain::ReadTx& tx, std::string_view code) {
  return tx.value<std::string>("SELECT id FROM organisations WHERE code = $1 LIMIT 1", code).value_or("");
}

std::vector<std::string> tops(domain::ReadTx& tx) {
  std::vector<std::string> ids;
  for (const domain::Row& row : tx.query("SELECT id FROM organisations WHERE parent_id IS NULL AND valid_from <= $1 "
                                         "AND valid_to > $1 ORDER BY id",
                                         core::to_text(tx.today())))
    ids.emplace_back(row.text(0));
  return ids;
}

std::vector<std::string> ancestors_on(domain::ReadTx& tx, std::string_view unit_id, core::Date day) {
  std::vector<std::string> ancestors;
  for (const domain::Row& row : tx.query("SELECT ancestor_id FROM organisation_ancestors "
                                         "WHERE unit_id = $1 AND valid_from <= $2 AND valid_to > $2 ORDER BY depth",
                                         unit_id, core::to_text(day))) {
    ancestors.emplace_back(row.text(0));
  }
  return ancestors;
}

void require_body(domain::ReadTx& tx, std::string_view body_id) {
  const bool known = tx.value<std::int64_t>("SELECT 1 FROM bodies WHERE id = $1 AND valid_from <= $2 AND valid_to > $2",
                                            body_id, core::to_text(tx.today()))
                         .has_value();
  if (!known) throw domain::Refusal(contract::v1::PROBLEM_BODY_UNKNOWN, {{"body", std::string(body_id)}});
}

std::int64_t head_count(domain::ReadTx& tx, std::string_view unit_id, core::Date day) {
  return tx
      .value<std::int64_t>(
          "SELECT COUNT(*) FROM organisation_ancestors AS below JOIN staff ON staff.unit_id = below.unit_id "
          "WHERE below.ancestor_id = $1 AND below.valid_from <= $2 AND below.valid_to > $2 "
          "AND staff.valid_from <= $2 AND staff.valid_to > $2 "
          "AND NOT EXISTS (SELECT 1 FROM staff_exemptions WHERE staff_exemptions.staff_id = staff.id "
          "AND staff_exemptions.valid_from <= $2 AND staff_exemptions.valid_to > $2)",
          unit_id, core::to_text(day))
      .value_or(0);
}

std::vector<std::string> users_in_charge(domain::ReadTx& tx, std::string_view unit_id,
                                         identity::v1::Responsibility responsibility, core::Date day) {
  std::vector<std::string> users;
  for (const domain::Row& row :
       tx.query("SELECT DISTINCT staff.user_id FROM responsible_persons "
                "JOIN staff ON staff.id = responsible_persons.staff_id "
                "WHERE responsible_persons.unit_id = $1 AND responsible_persons.responsibility = $2 "
                "AND responsible_persons.valid_from <= $3 AND responsible_persons.valid_to > $3 "
                "AND staff.valid_from <= $3 AND staff.valid_to > $3 AND staff.user_id <> '' ORDER BY staff.user_id",
                unit_id, responsibility, core::to_text(day))) {
    users.emplace_back(row.text(0));
  }
  return users;
}

std::vector<auth::PublicKey> signing_keys(domain::ReadTx& tx) {
  std::vector<auth::PublicKey> keys;
  for (const domain::Row& row : tx.query("SELECT key_id, public_key, retires_at FROM signing_keys "
                                         "WHERE retires_at IS NULL OR retires_at > $1 ORDER BY created_at, key_id",
                                         tx.now())) {
    auth::PublicKey& key = keys.emplace_back();
    key.key_id = row.text(0);
    key.bytes = row.blob(1);
    if (!row.is_null(2)) key.retires_at = row.timestamp(2);
  }
  return keys;
}

core::WorkingCalendar working_calendar(domain::ReadTx& tx, core::UtcOffset offset,
                                       std::vector<core::WorkingCalendar::Hours> hours) {
  using Kind = core::WorkingCalendar::Kind;
  std::map<core::Date, Kind> exceptions = core::WorkingCalendar::statutory_days();
  for (const domain::Row& row : tx.query("SELECT day, kind FROM calendar_days")) {
    const core::Date day = core::parse_date(row.text(0)).value();
    exceptions.erase(day);
    if (row.text(1) == "HOLIDAY") exceptions.emplace(day, Kind::Holiday);
    if (row.text(1) == "MAKE_UP_WORKDAY") exceptions.emplace(day, Kind::MakeUpWorkday);
  }
  return core::WorkingCalendar(offset, std::move(hours), exceptions);
}

}  // namespace wenming::reference
