#include "dashboard/overview.h"

#include "dashboard/counters.h"
#include "dashboard/period.h"

namespace wenming::dashboard {
namespace {

void put_place(domain::ReadTx& tx, std::string_view unit_id, v1::Overview& overview) {
  const std::string today = core::to_text(tx.today());
  for (const domain::Row& row :
       tx.query("SELECT a.ancestor_id, o.name FROM organisation_ancestors a "
                "JOIN organisations o ON o.id = a.ancestor_id AND o.valid_from <= $2 AND o.valid_to > $2 "
                "WHERE a.unit_id = $1 AND a.valid_from <= $2 AND a.valid_to > $2 ORDER BY a.depth DESC",
                unit_id, today)) {
    auto& step = *overview.add_path();
    step.set_unit_id(std::string(row.text(0)));
    step.set_name(std::string(row.text(1)));
    overview.set_name(step.name());  // the last one is the unit itself
  }
  // Roots have no parent: only they have NULL there, which no parameter equals.
  const auto children =
      unit_id.empty()
          ? tx.value<std::int64_t>(
                "SELECT COUNT(*) FROM organisations WHERE parent_id IS NULL AND valid_from <= $1 AND valid_to > $1",
                today)
          : tx.value<std::int64_t>(
                "SELECT COUNT(*) FROM organisations WHERE parent_id = $1 AND valid_from <= $2 AND valid_to > $2",
                unit_id, today);
  overview.set_children(children.value_or(0));
}

v1::Overview overview_of(domain::ReadTx& tx, const std::string& unit_id, const std::string& from,
                         const std::string& to) {
  const Period period = Period::of(from, to);
  v1::Overview overview;
  overview.set_unit_id(unit_id);
  overview.set_from(from);
  overview.set_to(to);
  put_place(tx, unit_id, overview);
  *overview.mutable_figures() = figures(tx, unit_id, period);
  if (const auto previous = period.before()) {
    *overview.mutable_previous() = figures(tx, unit_id, *previous);
    overview.set_previous_from(core::to_text(*previous->from));
    overview.set_previous_to(core::to_text(*previous->to));
  }
  return overview;
}

}  // namespace

std::optional<domain::Scope> unit_scope(domain::ReadTx& tx, std::string_view unit_id) {
  if (unit_id != kWholeDeployment && !tx.value<int>("SELECT 1 FROM organisations WHERE id = $1 LIMIT 1", unit_id))
    return std::nullopt;
  domain::Scope scope;
  scope.unit_id = unit_id;
  return scope;
}

v1::Overview get_overview(domain::ReadTx& tx, const domain::Caller&, const v1::GetOverviewRequest& request) {
  return overview_of(tx, request.unit_id(), request.from(), request.to());
}

v1::Overview stream_overview(domain::ReadTx& tx, const domain::Caller&, const v1::StreamOverviewRequest& request) {
  return overview_of(tx, request.unit_id(), request.from(), request.to());
}

std::string live_key(const v1::StreamOverviewRequest& request) {
  return "unit:" + request.unit_id();
}

}  // namespace wenming::dashboard
