#include "identity/body_members.h"

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/bodies.h"
#include "identity/facts.h"
#include "identity/roster.h"
#include "identity/staff_names.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity::body_members {
namespace {

constexpr std::string_view kFrom = "body_members JOIN bodies ON bodies.id = body_members.body_id";
constexpr std::string_view kColumns =
    "body_members.id AS id, body_id, unit_id, staff_id, position, body_members.valid_from AS valid_from, "
    "body_members.valid_to AS valid_to, body_members.version AS version";

v1::BodyMember require(domain::ReadTx& tx, std::string_view body_member_id) {
  auto member = tx.find<v1::BodyMember>(
      std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE body_members.id = $1"),
      body_member_id);
  if (!member) throw domain::not_found("body_member");
  member->set_name(staff_names::of(tx, member->staff_id()));
  return std::move(*member);
}

void require_single(domain::ReadTx& tx, const v1::BodyMember& member) {
  for (const domain::Row& other :
       tx.query("SELECT valid_from, valid_to FROM body_members WHERE staff_id = $1 AND body_id = $2 AND id <> $3 "
                "AND valid_from < valid_to AND valid_from < $5 AND valid_to > $4 LIMIT 1",
                member.staff_id(), member.body_id(), member.id(), member.valid_from(), member.valid_to())) {
    facts::refuse_overlap(other);
  }
}

void store(domain::Tx& tx, v1::BodyMember& member) {
  require_single(tx, member);
  member.set_version(member.version() + 1);
  v1::BodyMemberChanged event;
  event.set_body_member_id(member.id());
  event.set_body_id(member.body_id());
  event.set_staff_id(member.staff_id());
  event.set_position(member.position());
  event.set_valid_from(member.valid_from());
  event.set_valid_to(member.valid_to());
  event.set_version(member.version());
  reference::apply(tx, event);
  tx.publish(event);
}

}  // namespace

v1::BodyMember appoint(domain::Tx& tx, const domain::Caller& caller, const v1::AppointBodyMemberRequest& request) {
  v1::BodyMember member;
  member.set_id(tx.new_id());
  member.set_body_id(request.body_id());
  member.set_unit_id(bodies::scope(tx, request.body_id()).value().unit_id);
  member.set_staff_id(request.staff_id());
  member.set_position(request.position());
  facts::begin(tx, member, request);
  bodies::require_on(tx, member.body_id(), member.valid_from());
  roster::require_on(tx, member.staff_id(), member.valid_from());
  member.set_name(staff_names::of(tx, member.staff_id()));
  store(tx, member);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_BODY_MEMBER, member, v1::FACT_STATEMENT_BEGAN, {}));
  return member;
}

v1::ListBodyMembersResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                 const v1::ListBodyMembersRequest& request) {
  domain::List list(kFrom, kColumns);
  list.visible_by("bodies.unit_id")
      .visible_by_body("body_members.body_id")
      .equal("body_id", request.body_id())
      .equal("staff_id", request.staff_id())
      .equal("position", request.position())
      .order_by("body_members.id", domain::List::Descending, "body_members.id");
  auto response =
      facts::hold_on(list, "body_members", request.on()).page<v1::ListBodyMembersResponse>(tx, visible, request);
  staff_names::fill(tx, *response.mutable_members());
  return response;
}

v1::BodyMember end(domain::Tx& tx, const domain::Caller& caller, const v1::EndBodyMemberRequest& request) {
  v1::BodyMember member = require(tx, request.body_member_id());
  facts::end(tx, caller, v1::FACT_KIND_BODY_MEMBER, member, request, store);
  return member;
}

v1::BodyMember correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectBodyMemberRequest& request) {
  v1::BodyMember member = require(tx, request.body_member_id());
  facts::correct(tx, caller, v1::FACT_KIND_BODY_MEMBER, member, request, store);
  return member;
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view body_member_id) {
  for (const domain::Row& row : tx.query("SELECT bodies.unit_id, body_members.version, bodies.id FROM body_members "
                                         "JOIN bodies ON bodies.id = body_members.body_id WHERE body_members.id = $1",
                                         body_member_id)) {
    domain::Scope scope{std::string(row.text(0)), {}, row.integer(1)};
    scope.body_id = row.text(2);
    return scope;
  }
  return std::nullopt;
}

std::vector<std::string> units_of_bodies(domain::ReadTx& tx, std::string_view staff_id) {
  std::vector<std::string> units;
  for (const domain::Row& row :
       tx.query("SELECT DISTINCT bodies.unit_id FROM body_members JOIN bodies ON bodies.id = body_members.body_id "
                "WHERE body_members.staff_id = $1 AND body_members.valid_to > $2 AND bodies.valid_to > $2 "
                "AND body_members.valid_from < body_members.valid_to",
                staff_id, core::to_text(tx.today()))) {
    units.emplace_back(row.text(0));
  }
  return units;
}

}  // namespace wenming::identity::body_members
