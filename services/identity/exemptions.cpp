#include "identity/exemptions.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/facts.h"
#include "identity/roster.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity::exemptions {
namespace {

constexpr std::string_view kFrom =
    "staff_exemptions JOIN staff ON staff.id = staff_exemptions.staff_id "
    "JOIN exemption_reasons ON exemption_reasons.id = staff_exemptions.id";
constexpr std::string_view kColumns =
    "staff_exemptions.id AS id, staff_id, unit_id, reason, staff_exemptions.valid_from AS valid_from, "
    "staff_exemptions.valid_to AS valid_to, staff_exemptions.version AS version";

v1::StaffExemption require(domain::ReadTx& tx, std::string_view exemption_id) {
  auto exemption = tx.find<v1::StaffExemption>(
      std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE staff_exemptions.id = $1"),
      exemption_id);
  if (!exemption) throw domain::not_found("exemption");
  return std::move(*exemption);
}

void require_single(domain::ReadTx& tx, const v1::StaffExemption& exemption) {
  for (const domain::Row& other :
       tx.query("SELECT valid_from, valid_to FROM staff_exemptions WHERE staff_id = $1 AND id <> $2 "
                "AND valid_from < valid_to AND valid_from < $4 AND valid_to > $3 LIMIT 1",
                exemption.staff_id(), exemption.id(), exemption.valid_from(), exemption.valid_to())) {
    facts::refuse_overlap(other);
  }
}

void store(domain::Tx& tx, v1::StaffExemption& exemption) {
  require_single(tx, exemption);
  exemption.set_version(exemption.version() + 1);
  v1::StaffExemptionChanged event;
  event.set_exemption_id(exemption.id());
  event.set_staff_id(exemption.staff_id());
  event.set_valid_from(exemption.valid_from());
  event.set_valid_to(exemption.valid_to());
  event.set_version(exemption.version());
  reference::apply(tx, event);
  tx.publish(event);
}

}  // namespace

v1::StaffExemption exempt(domain::Tx& tx, const domain::Caller& caller, const v1::ExemptStaffRequest& request) {
  v1::StaffExemption exemption;
  exemption.set_id(tx.new_id());
  exemption.set_staff_id(request.staff_id());
  exemption.set_unit_id(roster::scope(tx, request.staff_id()).value().unit_id);
  exemption.set_reason(request.reason());
  facts::begin(tx, exemption, request);
  tx.run("INSERT INTO exemption_reasons (id, reason) VALUES ($1, $2)", exemption.id(), exemption.reason());
  store(tx, exemption);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_EXEMPTION, exemption, v1::FACT_STATEMENT_BEGAN, {}));
  return exemption;
}

v1::ListExemptionsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                const v1::ListExemptionsRequest& request) {
  domain::List list(kFrom, kColumns);
  list.visible_by("staff.unit_id")
      .equal("staff_id", request.staff_id())
      .within("staff.unit_id", request.within())
      .order_by("staff_exemptions.id", domain::List::Descending, "staff_exemptions.id");
  return facts::hold_on(list, "staff_exemptions", request.on()).page<v1::ListExemptionsResponse>(tx, visible, request);
}

v1::StaffExemption end(domain::Tx& tx, const domain::Caller& caller, const v1::EndExemptionRequest& request) {
  v1::StaffExemption exemption = require(tx, request.exemption_id());
  facts::end(tx, caller, v1::FACT_KIND_EXEMPTION, exemption, request, store);
  return exemption;
}

v1::StaffExemption correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectExemptionRequest& request) {
  v1::StaffExemption exemption = require(tx, request.exemption_id());
  facts::correct(tx, caller, v1::FACT_KIND_EXEMPTION, exemption, request, store);
  return exemption;
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view exemption_id) {
  for (const domain::Row& row :
       tx.query("SELECT staff.unit_id, staff_exemptions.version FROM staff_exemptions "
                "JOIN staff ON staff.id = staff_exemptions.staff_id WHERE staff_exemptions.id = $1",
                exemption_id)) {
    return domain::Scope{std::string(row.text(0)), {}, row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity::exemptions
