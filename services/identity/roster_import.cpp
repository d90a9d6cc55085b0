#include "identity/roster_import.h"

#include <optional>
#include <string>
#include <utility>

#include "core/time.h"
#include "domain/visibility.h"
#include "identity/organisation_history.h"
#include "identity/roster.h"
#include "reference/reference.h"
#include "wenming/identity/v1/imports.pb.h"

namespace wenming::identity::roster_import {
namespace {

constexpr std::size_t kLongestCode = 40;
constexpr std::size_t kLongestText = 100;

/// What a row says. Days that are not stated are empty.
struct Row {
  std::string unit_id, number, name, title, joined_on, left_on;
};

std::string read_unit(domain::ReadTx& tx, const std::string& within, tables::ImportRow& row) {
  const std::string code = row.required_line("unit_code", kLongestCode);
  if (code.empty()) return {};
  std::string unit_id = reference::unit_by_code(tx, code);
  if (unit_id.empty()) {
    row.refuse("unit_code", v1::ROW_PROBLEM_UNKNOWN_UNIT, {{"value", code}});
  } else if (!within.empty() && !domain::is_within(tx, unit_id, within)) {
    row.refuse("unit_code", v1::ROW_PROBLEM_OUTSIDE, {{"value", code}});
  }
  return unit_id;
}

std::string read_day(tables::ImportRow& row, std::string_view column) {
  const auto day = row.day(column);
  return day ? core::to_text(*day) : std::string();
}

Row read(domain::ReadTx& tx, const std::string& within, tables::ImportRow& from) {
  Row row;
  row.unit_id = read_unit(tx, within, from);
  row.number = from.required_line("number", kLongestCode);
  row.name = from.required_line("name", kLongestText);
  row.title = from.line("title", kLongestText);
  row.joined_on = read_day(from, "joined_on");
  row.left_on = read_day(from, "left_on");
  return row;
}

/// The entry as it shall be: the known one with what the row says otherwise, or a new one, which has no id.
v1::StaffMember entry_of(const Row& row, const std::optional<v1::StaffMember>& known) {
  v1::StaffMember entry = known.value_or(v1::StaffMember());
  entry.set_unit_id(row.unit_id);
  entry.set_number(row.number);
  entry.set_name(row.name);
  entry.set_title(row.title);
  // What a cell does not state, the roster may know already.
  if (!row.joined_on.empty() || !known)
    entry.set_valid_from(row.joined_on.empty() ? std::string(kSinceEver) : row.joined_on);
  const bool joins_anew = known && known->valid_to() <= entry.valid_from();
  if (!row.left_on.empty() || !known || joins_anew)
    entry.set_valid_to(row.left_on.empty() ? std::string(kNoEnd) : row.left_on);
  if (joins_anew) {  // a further stay; the earlier one is not reopened
    entry.clear_id();
    entry.clear_user_id();
    entry.clear_version();
  }
  return entry;
}

void take_row(domain::Tx& tx, const domain::Caller& caller, const v1::ImportStaffRequest& request, bool dry_run,
              tables::ImportRow& from) {
  const Row row = read(tx, request.unit_id(), from);
  if (from.is_refused()) return;
  const auto known = roster::find_by_number(tx, row.unit_id, row.number);
  v1::StaffMember entry = entry_of(row, known);
  if (entry.valid_from() >= entry.valid_to()) {
    return from.refuse("left_on", v1::ROW_PROBLEM_DAYS_TURNED,
                       {{"value", entry.valid_to()}, {"day", entry.valid_from()}});
  }
  if (roster::is_number_taken(tx, entry))
    return from.refuse("joined_on", v1::ROW_PROBLEM_STAYS_OVERLAP, {{"value", row.number}});
  const bool is_new = entry.id().empty();
  if (!is_new && entry.SerializeAsString() == known->SerializeAsString()) return from.unchanged();
  from.taken();
  if (!dry_run) is_new ? roster::enter(tx, caller, entry) : roster::change(tx, caller, entry, "import");
}

}  // namespace

tables::ImportFormat format() {
  tables::ImportFormat format;
  format.columns = {
      {.name = "unit_code"}, {.name = "number"},    {.name = "name", .personal = contract::v1::PERSONAL_NAME},
      {.name = "title"},     {.name = "joined_on"}, {.name = "left_on"}};
  format.key = {"unit_code", "number"};
  return format;
}

void take(domain::Tx& tx, const domain::Caller& caller, const v1::ImportStaffRequest& request,
          tables::ImportPart& part) {
  for (tables::ImportRow& row : part.rows) take_row(tx, caller, request, part.dry_run, row);
}

}  // namespace wenming::identity::roster_import
