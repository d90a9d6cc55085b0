#include "volunteer/months.h"

#include <string>

#include "domain/list.h"

namespace wenming::volunteer {

using domain::List;
using domain::ReadTx;
using domain::Tx;
using domain::Visibility;

namespace {

/// `sign` is 1 to count the minutes and -1 to take them out again.
void count(Tx& tx, std::string_view volunteer_id, std::string_view unit_id, const Stretch& stretch, int sign) {
  for (const auto& [month, minutes] : by_month(stretch, tx.offset())) {
    tx.run(
        "INSERT INTO volunteer_months (id, volunteer_id, month, unit_id, minutes) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (volunteer_id, month, unit_id) DO UPDATE SET minutes = volunteer_months.minutes + "
        "excluded.minutes",
        tx.new_id(), volunteer_id, month, unit_id, sign * minutes);
    tx.run(
        "INSERT INTO unit_months (unit_id, month, minutes) VALUES ($1, $2, $3) "
        "ON CONFLICT (unit_id, month) DO UPDATE SET minutes = unit_months.minutes + excluded.minutes",
        unit_id, month, sign * minutes);
  }
}

constexpr std::string_view kVolunteerMonth = "volunteer_id, unit_id, month, minutes";

}  // namespace

void add_to_months(Tx& tx, std::string_view volunteer_id, std::string_view unit_id, const Stretch& stretch) {
  count(tx, volunteer_id, unit_id, stretch, 1);
}

void take_from_months(Tx& tx, std::string_view volunteer_id, std::string_view unit_id, const Stretch& stretch) {
  count(tx, volunteer_id, unit_id, stretch, -1);
}

v1::ListMonthsOfVolunteerResponse list_months_of_volunteer(ReadTx& tx, const Visibility& visible,
                                                           const v1::ListMonthsOfVolunteerRequest& request) {
  return List("volunteer_months", kVolunteerMonth)
      .visible_to_all()  // whoever may see the person may see all their months: the contract has decided
      .equal("volunteer_id", request.volunteer_id())
      .equal("month", request.month())
      .order_by("month", List::Descending, "unit_id")
      .page<v1::ListMonthsOfVolunteerResponse>(tx, visible, request);
}

v1::ListVolunteerMonthsResponse list_volunteer_months(ReadTx& tx, const Visibility& visible,
                                                      const v1::ListVolunteerMonthsRequest& request) {
  return List("volunteer_months", kVolunteerMonth)
      .visible_by("unit_id")
      .within("unit_id", request.unit_id())
      .equal("month", request.month())
      .order_by("month", List::Descending)
      .page<v1::ListVolunteerMonthsResponse>(tx, visible, request);
}

v1::ListUnitMonthsResponse list_unit_months(ReadTx& tx, const Visibility& visible,
                                            const v1::ListUnitMonthsRequest& request) {
  return List("unit_months")
      .visible_by("unit_id")
      .within("unit_id", request.unit_id())
      .equal("month", request.month())
      .order_by("month", List::Descending, "unit_id")
      .page<v1::ListUnitMonthsResponse>(tx, visible, request);
}

}  // namespace wenming::volunteer
