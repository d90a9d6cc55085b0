#include "identity/relations.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/facts.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity::relations {
namespace {

using domain::Refusal;

constexpr std::string_view kFrom = "relations JOIN relation_details ON relation_details.id = relations.id";
constexpr std::string_view kColumns =
    "relations.id AS id, kind, holder_id, unit_id, about_id, basis, valid_from, valid_to, version";

v1::Relation require(domain::ReadTx& tx, std::string_view relation_id) {
  auto relation = tx.find<v1::Relation>(
      std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE relations.id = $1"),
      relation_id);
  if (!relation) throw domain::not_found("relation");
  return std::move(*relation);
}

/// The same tie twice at a time would make it unclear which of them ends the access.
void require_single(domain::ReadTx& tx, const v1::Relation& relation) {
  for (const domain::Row& other : tx.query(
           "SELECT valid_from, valid_to FROM relations WHERE holder_id = $1 AND kind = $2 AND unit_id = $3 "
           "AND about_id = $4 AND id <> $5 AND valid_from < valid_to AND valid_from < $7 AND valid_to > $6 LIMIT 1",
           relation.holder_id(), relation.kind(), relation.unit_id(), relation.about_id(), relation.id(),
           relation.valid_from(), relation.valid_to())) {
    facts::refuse_overlap(other);
  }
}

void store(domain::Tx& tx, v1::Relation& relation) {
  require_single(tx, relation);
  relation.set_version(relation.version() + 1);
  v1::RelationChanged event;
  event.set_relation_id(relation.id());
  event.set_kind(relation.kind());
  event.set_holder_id(relation.holder_id());
  event.set_unit_id(relation.unit_id());
  event.set_about_id(relation.about_id());
  event.set_valid_from(relation.valid_from());
  event.set_valid_to(relation.valid_to());
  event.set_version(relation.version());
  reference::apply(tx, event);
  tx.publish(event);
}

void require_holder(domain::ReadTx& tx, const v1::CreateRelationRequest& request) {
  if (request.kind() == contract::v1::RELATION_KIND_BODY_MEMBER) throw Refusal(v1::PROBLEM_MEMBERS_ARE_APPOINTED);
  if (request.kind() != contract::v1::RELATION_KIND_ASSESSMENT_TEAM)
    return reference::require_unit(tx, request.holder_id());
  reference::require_body(tx, request.holder_id());
  const bool is_team =
      tx.value<std::int64_t>("SELECT 1 FROM bodies WHERE id = $1 AND kind IN ($2, $3)", request.holder_id(),
                             v1::BODY_KIND_ASSESSMENT_TEAM, v1::BODY_KIND_INSPECTION_TEAM)
          .has_value();
  if (!is_team) throw Refusal(v1::PROBLEM_NOT_A_TEAM, {{"body", request.holder_id()}});
}

}  // namespace

v1::Relation create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateRelationRequest& request) {
  reference::require_unit(tx, request.unit_id());
  require_holder(tx, request);
  v1::Relation relation;
  relation.set_id(tx.new_id());
  relation.set_kind(request.kind());
  relation.set_holder_id(request.holder_id());
  relation.set_unit_id(request.unit_id());
  relation.set_about_id(request.about_id());
  relation.set_basis(request.basis());
  facts::begin(tx, relation, request);
  tx.run("INSERT INTO relation_details (id, basis) VALUES ($1, $2)", relation.id(), relation.basis());
  store(tx, relation);
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_RELATION, relation, v1::FACT_STATEMENT_BEGAN, {}));
  return relation;
}

v1::Relation get(domain::ReadTx& tx, const domain::Caller&, const v1::GetRelationRequest& request) {
  return require(tx, request.relation_id());
}

v1::ListRelationsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                               const v1::ListRelationsRequest& request) {
  domain::List list(kFrom, kColumns);
  list.visible_by("relations.unit_id")
      .visible_by_receiver("relations.holder_id")
      .equal("kind", request.kind())
      .equal("holder_id", request.holder_id())
      .equal("about_id", request.about_id())
      .within("relations.unit_id", request.within())
      .order_by("relations.id", domain::List::Descending, "relations.id");
  return facts::hold_on(list, "relations", request.on()).page<v1::ListRelationsResponse>(tx, visible, request);
}

v1::Relation end(domain::Tx& tx, const domain::Caller& caller, const v1::EndRelationRequest& request) {
  v1::Relation relation = require(tx, request.relation_id());
  facts::end(tx, caller, v1::FACT_KIND_RELATION, relation, request, store);
  return relation;
}

v1::Relation correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectRelationRequest& request) {
  v1::Relation relation = require(tx, request.relation_id());
  facts::correct(tx, caller, v1::FACT_KIND_RELATION, relation, request, store);
  return relation;
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view relation_id) {
  for (const domain::Row& row :
       tx.query("SELECT unit_id, version, holder_id FROM relations WHERE id = $1", relation_id)) {
    return domain::Scope{std::string(row.text(0)), {}, row.integer(1), std::string(row.text(2))};
  }
  return std::nullopt;
}

}  // namespace wenming::identity::relations
