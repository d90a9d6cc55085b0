#include "dashboard/units.h"

#include "dashboard/counters.h"
#include "dashboard/period.h"
#include "domain/list.h"

namespace wenming::dashboard {

v1::ListUnitFiguresResponse list_unit_figures(domain::ReadTx& tx, const domain::Visibility& visible,
                                              const v1::ListUnitFiguresRequest& request) {
  const Period period = Period::of(request.from(), request.to());
  // The day is one of our own making, never a caller's text.
  const std::string today = "'" + core::to_text(tx.today()) + "'";
  const std::string holds = "valid_from <= " + today + " AND valid_to > " + today;
  const std::string children = "(SELECT id AS unit_id, parent_id, code, name, level FROM organisations WHERE " + holds +
                               (request.unit_id().empty() ? " AND parent_id IS NULL" : "") + ") AS units";
  auto response = domain::List(children,
                               "unit_id, code, name, level, (SELECT COUNT(*) FROM organisations AS below "
                               "WHERE below.parent_id = units.unit_id AND " +
                                   holds + ") AS children")
                      .visible_to_all()  // whoever may see an organisation may see all below it
                      .equal("parent_id", request.unit_id())
                      .order_by("code", domain::List::Ascending, "unit_id")
                      .page<v1::ListUnitFiguresResponse>(tx, visible, request);
  for (auto& unit : *response.mutable_units()) *unit.mutable_figures() = figures(tx, unit.unit_id(), period);
  return response;
}

}  // namespace wenming::dashboard
