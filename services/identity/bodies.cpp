#include "identity/bodies.h"

#include <string>

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/facts.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::identity::bodies {
namespace {

constexpr std::string_view kFrom = "bodies JOIN body_details ON body_details.id = bodies.id";
constexpr std::string_view kColumns =
    "bodies.id AS id, unit_id, kind, name, parent_id, basis_document, duties, valid_from, valid_to, version";

v1::Body require(domain::ReadTx& tx, std::string_view body_id) {
  auto body = tx.find<v1::Body>(
      std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE bodies.id = $1"), body_id);
  if (!body) throw domain::not_found("body");
  return std::move(*body);
}

v1::Body with_statements(domain::ReadTx& tx, v1::Body body) {
  for (v1::BodyStatement& statement :
       tx.all<v1::BodyStatement>("SELECT number, name, basis_document, duties, effective_on, reason "
                                 "FROM body_statements WHERE body_id = $1 ORDER BY number",
                                 body.id())) {
    *body.add_statements() = std::move(statement);
  }
  return body;
}

void store(domain::Tx& tx, v1::Body& body) {
  body.set_version(body.version() + 1);
  v1::BodyChanged event;
  event.set_body_id(body.id());
  event.set_unit_id(body.unit_id());
  event.set_kind(body.kind());
  event.set_name(body.name());
  event.set_valid_from(body.valid_from());
  event.set_valid_to(body.valid_to());
  event.set_version(body.version());
  reference::apply(tx, event);
  tx.publish(event);
}

/// Keeps what the newest document says, beside all that earlier ones said.
void state(domain::Tx& tx, const v1::Body& body, std::string_view effective_on, std::string_view reason) {
  tx.run(
      "INSERT INTO body_details (id, parent_id, basis_document, duties) VALUES ($1, $2, $3, $4) ON CONFLICT (id) "
      "DO UPDATE SET basis_document = excluded.basis_document, duties = excluded.duties",
      body.id(), body.parent_id(), body.basis_document(), body.duties());
  const auto earlier = tx.value<std::int64_t>("SELECT MAX(number) FROM body_statements WHERE body_id = $1", body.id());
  tx.run(
      "INSERT INTO body_statements (body_id, number, name, basis_document, duties, effective_on, reason) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      body.id(), earlier.value_or(0) + 1, body.name(), body.basis_document(), body.duties(), effective_on, reason);
}

}  // namespace

void require_on(domain::ReadTx& tx, std::string_view body_id, std::string_view day) {
  const bool known =
      tx.value<std::int64_t>("SELECT 1 FROM bodies WHERE id = $1 AND valid_from <= $2 AND valid_to > $2", body_id, day)
          .has_value();
  if (!known) throw domain::Refusal(contract::v1::PROBLEM_BODY_UNKNOWN, {{"body", std::string(body_id)}});
}

v1::Body create(domain::Tx& tx, const domain::Caller& caller, const v1::CreateBodyRequest& request) {
  reference::require_unit(tx, request.unit_id());
  v1::Body body;
  body.set_id(tx.new_id());
  body.set_unit_id(request.unit_id());
  body.set_kind(request.kind());
  body.set_name(request.name());
  body.set_parent_id(request.parent_id());
  body.set_basis_document(request.basis_document());
  body.set_duties(request.duties());
  facts::begin(tx, body, request);
  if (!body.parent_id().empty()) require_on(tx, body.parent_id(), body.valid_from());
  store(tx, body);
  state(tx, body, body.valid_from(), {});
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_BODY, body, v1::FACT_STATEMENT_BEGAN, {}));
  return with_statements(tx, std::move(body));
}

v1::Body get(domain::ReadTx& tx, const domain::Caller&, const v1::GetBodyRequest& request) {
  return with_statements(tx, require(tx, request.body_id()));
}

v1::ListBodiesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                            const v1::ListBodiesRequest& request) {
  domain::List list(kFrom, kColumns);
  list.visible_to_all()
      .within("bodies.unit_id", request.within())
      .equal("kind", request.kind())
      .equal("parent_id", request.parent_id())
      .contains("name", request.name())
      .order_by("bodies.id", domain::List::Descending, "bodies.id");
  return facts::hold_on(list, "bodies", request.on()).page<v1::ListBodiesResponse>(tx, visible, request);
}

v1::Body restate(domain::Tx& tx, const domain::Caller& caller, const v1::RestateBodyRequest& request) {
  v1::Body body = require(tx, request.body_id());
  body.set_name(request.name());
  body.set_basis_document(request.basis_document());
  body.set_duties(request.duties());
  store(tx, body);
  state(tx, body, core::to_text(tx.today()), request.reason());
  facts::record(tx, caller, facts::change_of(v1::FACT_KIND_BODY, body, v1::FACT_STATEMENT_RESTATED, request.reason()));
  return with_statements(tx, std::move(body));
}

v1::Body end(domain::Tx& tx, const domain::Caller& caller, const v1::EndBodyRequest& request) {
  v1::Body body = require(tx, request.body_id());
  facts::end(tx, caller, v1::FACT_KIND_BODY, body, request, store);
  return with_statements(tx, std::move(body));
}

v1::Body correct(domain::Tx& tx, const domain::Caller& caller, const v1::CorrectBodyRequest& request) {
  v1::Body body = require(tx, request.body_id());
  facts::correct(tx, caller, v1::FACT_KIND_BODY, body, request, store);
  return with_statements(tx, std::move(body));
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view body_id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM bodies WHERE id = $1", body_id)) {
    domain::Scope scope{std::string(row.text(0)), {}, row.integer(1)};
    scope.body_id = body_id;
    return scope;
  }
  return std::nullopt;
}

}  // namespace wenming::identity::bodies
