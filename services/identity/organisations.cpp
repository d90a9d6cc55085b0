#include "identity/organisations.h"

#include <string>
#include <vector>

#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/levels.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity::organisations {
namespace {

using contract::v1::ROLE_ADMIN;
using contract::v1::ROLE_OFFICE;
using domain::Refusal;

std::string day_or_today(domain::ReadTx& tx, const std::string& day) {
  return day.empty() ? core::to_text(tx.today()) : day;
}

v1::OrganisationChanged changed(const Node& node) {
  v1::OrganisationChanged event;
  event.set_organisation_id(node.id);
  event.set_code(node.code);
  event.set_level(node.level);
  event.set_version(node.version);
  for (const OrganisationHistory::Stretch& stretch : node.history.stretches()) {
    v1::OrganisationStretch& copy = *event.add_stretches();
    copy.set_valid_from(stretch.from);
    copy.set_valid_to(stretch.to);
    copy.set_name(stretch.name);
    copy.set_parent_id(stretch.parent_id);
  }
  return event;
}

v1::Organisation answer(domain::ReadTx& tx, const Node& node) {
  const OrganisationHistory::Stretch& today = node.history.on_or_first(core::to_text(tx.today()));
  v1::Organisation organisation;
  organisation.set_id(node.id);
  organisation.set_code(node.code);
  organisation.set_level(node.level);
  organisation.set_version(node.version);
  organisation.set_name(today.name);
  organisation.set_parent_id(today.parent_id);
  organisation.set_valid_from(today.from);
  *organisation.mutable_history() = changed(node).stretches();
  return organisation;
}

void store(domain::Tx& tx, Node& node) {
  ++node.version;
  const v1::OrganisationChanged event = changed(node);
  reference::apply(tx, event);
  tx.publish(event);
}

Node require(domain::ReadTx& tx, std::string_view organisation_id) {
  std::optional<Node> node = find(tx, organisation_id);
  if (!node) throw domain::not_found("organisation");
  return std::move(*node);
}

/// Whoever holds a node may change what stands below it, not the node itself: that is for those above.
void require_manager_of(domain::ReadTx& tx, const domain::Caller& caller, const std::vector<std::string>& parents) {
  for (const std::string& parent_id : parents) {
    if (!domain::holds_role(tx, caller, {ROLE_ADMIN, ROLE_OFFICE}, parent_id))
      throw Refusal(v1::PROBLEM_BEYOND_YOUR_GRANTS);
  }
}

void require_founded(const std::string& name, std::string_view founded_on, std::string_view day) {
  if (day < founded_on) {
    throw Refusal(v1::PROBLEM_BEFORE_FOUNDING, {{"organisation", name}, {"day", std::string(founded_on)}});
  }
}

Node require_parent(domain::ReadTx& tx, std::string_view parent_id) {
  std::optional<Node> parent = find(tx, parent_id);
  if (!parent) throw Refusal(contract::v1::PROBLEM_UNIT_UNKNOWN, {{"unit", std::string(parent_id)}});
  return std::move(*parent);
}

/// Refuses a place where an organisation of that level has no business; levels never change, so the days do not matter.
void require_level(const Node& node, v1::OrganisationLevel parent) {
  if (levels::may_stand_below(node.level, parent)) return;
  const std::string level = levels::word(node.level);
  if (parent == v1::ORGANISATION_LEVEL_UNSPECIFIED) throw Refusal(v1::PROBLEM_NOT_AT_THE_TOP, {{"level", level}});
  throw Refusal(v1::PROBLEM_MISPLACED_LEVEL, {{"level", level}, {"parent", levels::word(parent)}});
}

/// Refuses a place that would close a circle or make the tree too deep on any of the days `[from, to)`.
void require_place(domain::ReadTx& tx, const Node& node, std::string_view parent_id, std::string_view from,
                   std::string_view to) {
  const bool closes_circle = tx.value<std::int64_t>(
                                   "SELECT 1 FROM organisation_ancestors WHERE unit_id = $1 "
                                   "AND ancestor_id = $2 AND valid_from < $4 AND valid_to > $3 LIMIT 1",
                                   parent_id, node.id, from, to)
                                 .has_value();
  if (closes_circle)
    throw Refusal(v1::PROBLEM_ORGANISATION_CYCLE, {{"organisation", node.history.on_or_first(from).name}});

  const auto above = tx.value<std::int64_t>(
      "SELECT MAX(depth) FROM organisation_ancestors WHERE unit_id = $1 AND valid_from < $3 AND valid_to > $2",
      parent_id, from, to);
  const auto below = tx.value<std::int64_t>(
      "SELECT MAX(depth) FROM organisation_ancestors WHERE ancestor_id = $1 AND valid_from < $3 AND valid_to > $2",
      node.id, from, to);
  // Depths are counted in steps: the parent's level, this node's, and those below it.
  if (above.value_or(0) + 1 + 1 + below.value_or(0) > kMaxLevels) {
    throw Refusal(v1::PROBLEM_TREE_TOO_DEEP, {{"limit", std::to_string(kMaxLevels)}});
  }
}

}  // namespace

std::optional<Node> find(domain::ReadTx& tx, std::string_view organisation_id) {
  std::optional<Node> node;
  for (const domain::Row& row : tx.query("SELECT valid_from, valid_to, name, parent_id, code, level, version "
                                         "FROM organisations WHERE id = $1 ORDER BY valid_from",
                                         organisation_id)) {
    if (!node) {
      node.emplace();
      node->id = organisation_id;
      node->code = row.text(4);
      v1::OrganisationLevel_Parse("ORGANISATION_LEVEL_" + std::string(row.text(5)), &node->level);
      node->version = row.integer(6);
    }
    node->history.add(
        {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))});
  }
  return node;
}

std::optional<Node> find_by_code(domain::ReadTx& tx, std::string_view code) {
  const std::string id = reference::unit_by_code(tx, code);
  return id.empty() ? std::nullopt : find(tx, id);
}

Node found(domain::Tx& tx, const Founding& founding) {
  if (!reference::unit_by_code(tx, founding.code).empty()) {
    throw Refusal(v1::PROBLEM_CODE_TAKEN, {{"code", founding.code}});
  }
  std::string founded_on = founding.founded_on;
  Node node{tx.new_id(), founding.code, founding.level, {}, 0};
  if (founding.parent_id.empty()) {
    require_level(node, v1::ORGANISATION_LEVEL_UNSPECIFIED);
  } else {
    const Node parent = require_parent(tx, founding.parent_id);
    require_level(node, parent.level);
    if (founded_on.empty()) founded_on = parent.history.founded_on();
    require_founded(parent.history.stretches().front().name, parent.history.founded_on(), founded_on);
    require_place(tx, node, parent.id, founded_on, kNoEnd);
  }
  node.history = OrganisationHistory(founded_on.empty() ? kSinceEver : founded_on, founding.name, founding.parent_id);
  store(tx, node);
  return node;
}

void change(domain::Tx& tx, Node& node, std::string_view name, std::string_view parent_id, std::string_view from) {
  require_founded(node.history.stretches().front().name, node.history.founded_on(), from);
  const bool moves = node.history.on(from)->parent_id != parent_id;
  if (moves && parent_id.empty()) require_level(node, v1::ORGANISATION_LEVEL_UNSPECIFIED);
  if (moves && !parent_id.empty()) {
    const Node parent = require_parent(tx, parent_id);
    require_level(node, parent.level);
    require_founded(parent.history.stretches().front().name, parent.history.founded_on(), from);
    require_place(tx, node, parent_id, from, node.history.next_move_after(from));
  }
  const bool renamed = node.history.rename(name, from);
  const bool moved = node.history.move(parent_id, from);
  if (renamed || moved) store(tx, node);
}

v1::Organisation create(domain::Tx& tx, const domain::Caller&, const v1::CreateOrganisationRequest& request) {
  return answer(
      tx, found(tx, {request.code(), request.name(), request.parent_id(), request.founded_on(), request.level()}));
}

v1::Organisation get(domain::ReadTx& tx, const domain::Caller&, const v1::GetOrganisationRequest& request) {
  return answer(tx, require(tx, request.organisation_id()));
}

v1::ListOrganisationsResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                   const v1::ListOrganisationsRequest& request) {
  const std::string tomorrow = core::to_text(tx.today() + std::chrono::days(1));
  return domain::List("organisations", "id, code, name, parent_id, level, valid_from, version")
      .visible_to_all()
      .equal("parent_id", request.parent_id())
      .within("id", request.within())
      .equal("level", request.level())
      .contains("name", request.name())
      .equal("code", request.code())
      .less_than_if(true, "valid_from", domain::to_value(tomorrow))
      .at_least_if(true, "valid_to", domain::to_value(tomorrow))
      .order_by("code", domain::List::Ascending)
      .page<v1::ListOrganisationsResponse>(tx, visible, request);
}

v1::Organisation rename(domain::Tx& tx, const domain::Caller& caller, const v1::RenameOrganisationRequest& request) {
  Node node = require(tx, request.organisation_id());
  const std::string from = day_or_today(tx, request.effective_on());
  require_manager_of(tx, caller, node.history.parents_touched(request.name(), from));
  const std::string parent_id = node.history.on_or_first(from).parent_id;
  change(tx, node, request.name(), parent_id, from);
  return answer(tx, node);
}

v1::Organisation move(domain::Tx& tx, const domain::Caller& caller, const v1::MoveOrganisationRequest& request) {
  Node node = require(tx, request.organisation_id());
  const std::string from = day_or_today(tx, request.effective_on());
  const std::string name = node.history.on_or_first(from).name;
  require_manager_of(tx, caller, node.history.parents_touched(name, from));
  require_manager_of(tx, caller, {request.parent_id()});
  change(tx, node, name, request.parent_id(), from);
  return answer(tx, node);
}

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view organisation_id) {
  const auto version = tx.value<std::int64_t>("SELECT MAX(version) FROM organisations WHERE id = $1", organisation_id);
  if (!version) return std::nullopt;
  return domain::Scope{std::string(organisation_id), {}, *version};
}

}  // namespace wenming::identity::organisations
