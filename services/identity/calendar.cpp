#include "identity/calendar.h"

#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "domain/list.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity::calendar {
namespace {

constexpr std::size_t kMaxRows = 5'000;
constexpr std::size_t kMaxOccasionLength = 100;
constexpr std::size_t kMaxWordLength = 40;

std::optional<v1::DayKind> kind_of(std::string_view word) {
  if (word == "holiday") return v1::DAY_KIND_HOLIDAY;
  if (word == "make_up_workday") return v1::DAY_KIND_MAKE_UP_WORKDAY;
  if (word == "ordinary") return v1::DAY_KIND_ORDINARY;
  return std::nullopt;
}

/// One row as the day that it makes; refuses it where it makes none.
v1::CalendarDayChanged read(tables::ImportRow& row) {
  v1::CalendarDayChanged day;
  row.required_line("date", kMaxWordLength);
  if (const auto date = row.day("date")) day.set_day(core::to_text(*date));
  const std::string kind = row.required_line("kind", kMaxWordLength);
  if (const auto parsed = kind_of(kind)) {
    day.set_kind(*parsed);
  } else if (!kind.empty()) {
    row.refuse("kind", contract::v1::ROW_PROBLEM_NOT_VALID, {{"value", kind}});
  }
  day.set_occasion(row.required_line("occasion", kMaxOccasionLength));
  return day;
}

/// The day with its next version; nullopt where it is so already.
std::optional<v1::CalendarDayChanged> change(domain::ReadTx& tx, v1::CalendarDayChanged day) {
  const auto known = tx.find<v1::CalendarDayChanged>(
      "SELECT day, kind, occasion, version FROM calendar_days WHERE day = $1", day.day());
  if (known && known->kind() == day.kind() && known->occasion() == day.occasion()) return std::nullopt;
  day.set_version(known ? known->version() + 1 : 1);
  return day;
}

}  // namespace

tables::ImportFormat import_format() {
  tables::ImportFormat format;
  for (const char* const column : {"date", "kind", "occasion"}) format.columns.push_back({column});
  format.key = {"date"};
  // Half a calendar would set deadlines that nobody meant.
  format.part_rows = format.most_rows = kMaxRows;
  format.whole_parts = true;
  return format;
}

void import_rows(domain::Tx& tx, const domain::Caller&, const v1::ImportCalendarRequest&, tables::ImportPart& part) {
  std::vector<v1::CalendarDayChanged> changes;
  bool refused = false;
  for (tables::ImportRow& row : part.rows) {
    v1::CalendarDayChanged day = read(row);
    refused = refused || row.is_refused();
    if (row.is_refused()) continue;
    if (auto changed = change(tx, std::move(day))) {
      changes.push_back(*std::move(changed));
      row.taken();
    } else {
      row.unchanged();
    }
  }
  if (refused || part.dry_run) return;
  for (const v1::CalendarDayChanged& day : changes) {
    reference::apply(tx, day);
    tx.publish(day);
  }
}

v1::ListCalendarDaysResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                  const v1::ListCalendarDaysRequest& request) {
  return domain::List("calendar_days", "day, kind, occasion")
      .visible_to_all()
      .at_least_if(!request.from().empty(), "day", domain::to_value(request.from()))
      .less_than_if(!request.to().empty(), "day", domain::to_value(request.to()))
      .order_by("day", domain::List::Ascending, "day")
      .page<v1::ListCalendarDaysResponse>(tx, visible, request);
}

}  // namespace wenming::identity::calendar
