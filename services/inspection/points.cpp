#include "inspection/points.h"

#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>

#include "domain/list.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "reference/reference.h"
#include "wenming/inspection/v1/events.pb.h"
#include "wenming/inspection/v1/problems.pb.h"

namespace wenming::inspection {

using domain::Caller;
using domain::List;
using domain::or_null;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::StoredPosition;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr std::string_view kColumns =
    "id, code, name, type, address, position_datum AS \"position.datum\", "
    "position_longitude AS \"position.longitude\", position_latitude AS \"position.latitude\", "
    "unit_id, created_at, updated_at, version";

std::optional<v1::Point> find_by(ReadTx& tx, std::string_view column, std::string_view value) {
  return tx.find<v1::Point>(
      std::string("SELECT ").append(kColumns).append(" FROM points WHERE ").append(column).append(" = $1"), value);
}

/// The point as the request states it, without what the server adds.
v1::Point stated_in(const v1::CreatePointRequest& request) {
  v1::Point point;
  point.set_code(request.code());
  point.set_name(request.name());
  point.set_type(request.type());
  point.set_address(request.address());
  if (request.has_position()) *point.mutable_position() = request.position();
  point.set_unit_id(request.unit_id());
  return point;
}

bool says_the_same(v1::Point known, const v1::Point& stated) {
  known.clear_id();
  known.clear_created_at();
  known.clear_updated_at();
  known.clear_version();
  return google::protobuf::util::MessageDifferencer::Equals(known, stated);
}

void publish(Tx& tx, const v1::Point& point) {
  v1::PointChanged event;
  event.set_point_id(point.id());
  event.set_version(point.version());
  event.set_unit_id(point.unit_id());
  event.set_type(point.type());
  event.set_created_day(core::to_text(tx.offset().date_of(domain::from_proto(point.created_at()))));
  *event.mutable_changed_at() = point.updated_at();
  tx.publish(event);
}

/// Takes over what the body of the PATCH named.
void merge(const v1::UpdatePointRequest& request, v1::Point& point) {
  if (request.has_name()) point.set_name(request.name());
  if (request.has_type()) point.set_type(request.type());
  if (request.has_address()) point.set_address(request.address());
  if (request.has_unit_id()) point.set_unit_id(request.unit_id());
  if (request.has_position()) {
    *point.mutable_position() = request.position();
  } else if (google::protobuf::util::FieldMaskUtil::IsPathInFieldMask("position", request.update_mask())) {
    point.clear_position();
  }
}

}  // namespace

v1::Point create_point(Tx& tx, const Caller&, const v1::CreatePointRequest& request) {
  reference::require_unit(tx, request.unit_id());
  v1::Point point = stated_in(request);
  if (!request.code().empty()) {
    if (const auto known = find_by(tx, "code", request.code())) {
      if (says_the_same(*known, point)) return *known;
      throw Refusal(v1::PROBLEM_POINT_CODE_TAKEN, {{"code", request.code()}});
    }
  }
  point.set_id(tx.new_id());
  *point.mutable_created_at() = domain::to_proto(tx.now());
  *point.mutable_updated_at() = point.created_at();
  point.set_version(1);

  const StoredPosition position = StoredPosition::of(request);
  tx.run(
      "INSERT INTO points (id, code, name, type, address, position_datum, position_longitude, position_latitude, "
      "wgs84_longitude, wgs84_latitude, unit_id, created_at, updated_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
      point.id(), or_null(point.code()), point.name(), point.type(), point.address(), position.datum,
      position.longitude, position.latitude, position.wgs84_longitude, position.wgs84_latitude, point.unit_id(),
      point.created_at(), point.updated_at(), point.version());
  publish(tx, point);
  return point;
}

v1::Point get_point(ReadTx& tx, const Caller&, const v1::GetPointRequest& request) {
  v1::Point point = require_point(tx, request.point_id());
  domain::answer_in(request.datum(), point);
  return point;
}

v1::ListPointsResponse list_points(ReadTx& tx, const Visibility& visible, const v1::ListPointsRequest& request) {
  auto response = List("points", kColumns)
                      .visible_by("unit_id")
                      .visible_by_relation("id")
                      .within("unit_id", request.unit_id())
                      .equal("type", request.type())
                      .equal("code", request.code())
                      .contains("name", request.name())
                      .order_by("id", List::Ascending)
                      .page<v1::ListPointsResponse>(tx, visible, request);
  for (v1::Point& point : *response.mutable_points()) domain::answer_in(request.datum(), point);
  return response;
}

v1::Point update_point(Tx& tx, const Caller& caller, const v1::UpdatePointRequest& request) {
  v1::Point point = require_point(tx, request.point_id());
  if (request.has_unit_id() && request.unit_id() != point.unit_id()) {
    reference::require_unit(tx, request.unit_id());
    using namespace contract::v1;
    if (!domain::holds_role(tx, caller, {ROLE_ADMIN, ROLE_OFFICE, ROLE_INSPECTOR}, request.unit_id())) {
      throw Refusal(PROBLEM_NOT_ALLOWED);
    }
  }
  merge(request, point);
  *point.mutable_updated_at() = domain::to_proto(tx.now());
  point.set_version(point.version() + 1);

  const StoredPosition position = StoredPosition::of(point);
  tx.run(
      "UPDATE points SET name = $2, type = $3, address = $4, position_datum = $5, position_longitude = $6, "
      "position_latitude = $7, wgs84_longitude = $8, wgs84_latitude = $9, unit_id = $10, updated_at = $11, "
      "version = $12 WHERE id = $1",
      point.id(), point.name(), point.type(), point.address(), position.datum, position.longitude, position.latitude,
      position.wgs84_longitude, position.wgs84_latitude, point.unit_id(), point.updated_at(), point.version());
  publish(tx, point);
  return point;
}

std::optional<Scope> scope_of_point(ReadTx& tx, std::string_view id) {
  for (const auto& row : tx.query("SELECT unit_id, version FROM points WHERE id = $1", id)) {
    Scope scope{std::string(row.text(0)), {}, row.integer(1)};
    scope.about_id = id;
    return scope;
  }
  return std::nullopt;
}

v1::Point require_point(ReadTx& tx, std::string_view id) {
  const auto point = find_by(tx, "id", id);
  if (!point) throw domain::not_found("point");
  return *point;
}

}  // namespace wenming::inspection
