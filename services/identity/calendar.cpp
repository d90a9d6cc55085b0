#include "identity/calendar.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "domain/list.h"
#include "identity/imported_file.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity::calendar {
namespace {

constexpr int kMaxRows = 5'000;
constexpr std::size_t kMaxOccasionLength = 100;
constexpr std::size_t kMaxWordLength = 40;

std::optional<v1::DayKind> kind_of(std::string_view word) {
  if (word == "holiday") return v1::DAY_KIND_HOLIDAY;
  if (word == "make_up_workday") return v1::DAY_KIND_MAKE_UP_WORKDAY;
  if (word == "ordinary") return v1::DAY_KIND_ORDINARY;
  return std::nullopt;
}

/// One row as the day that it makes; refuses it where it makes none.
v1::CalendarDayChanged read_row(ImportedFile& file) {
  v1::CalendarDayChanged day;
  day.set_day(file.required_cell("date", kMaxWordLength));
  if (!day.day().empty() && !core::parse_date(day.day())) {
    file.refuse("date", v1::ROW_PROBLEM_NOT_VALID, {{"value", day.day()}});
  }
  const std::string kind = file.required_cell("kind", kMaxWordLength);
  if (const auto parsed = kind_of(kind)) {
    day.set_kind(*parsed);
  } else if (!kind.empty()) {
    file.refuse("kind", v1::ROW_PROBLEM_NOT_VALID, {{"value", kind}});
  }
  day.set_occasion(file.required_cell("occasion", kMaxOccasionLength));
  return day;
}

std::vector<v1::CalendarDayChanged> read(const std::string& content, RefusedRows& refused) {
  ImportedFile file(content, {"date", "kind", "occasion"}, kMaxRows, refused);
  std::vector<v1::CalendarDayChanged> days;
  std::map<std::string, int> rows;
  while (file.next()) {
    v1::CalendarDayChanged day = read_row(file);
    const auto [first, is_new] = rows.emplace(day.day(), file.position().row);
    if (!is_new && !day.day().empty()) {
      file.refuse("date", v1::ROW_PROBLEM_REPEATED, {{"value", day.day()}, {"row", std::to_string(first->second)}});
    }
    if (!file.row_refused()) days.push_back(std::move(day));
  }
  return days;
}

}  // namespace

v1::ImportCalendarResponse import_csv(domain::Tx& tx, const domain::Caller&, const v1::ImportCalendarRequest& request) {
  v1::ImportCalendarResponse response;
  std::vector<v1::CalendarDayChanged> changes;
  for (v1::CalendarDayChanged& day : read(request.content(), *response.mutable_refused())) {
    const auto known = tx.find<v1::CalendarDayChanged>(
        "SELECT day, kind, occasion, version FROM calendar_days WHERE day = $1", day.day());
    if (known && known->kind() == day.kind() && known->occasion() == day.occasion()) {
      response.set_unchanged(response.unchanged() + 1);
      continue;
    }
    known ? response.set_updated(response.updated() + 1) : response.set_created(response.created() + 1);
    day.set_version(known ? known->version() + 1 : 1);
    changes.push_back(std::move(day));
  }
  response.set_applied(response.refused().empty() && !request.dry_run());
  if (!response.applied()) return response;
  for (const v1::CalendarDayChanged& day : changes) {
    reference::apply(tx, day);
    tx.publish(day);
  }
  return response;
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
