// What the relations that identity tells of open here, and close again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspection/inspection_fixture.h"
#include "reference/reference.h"
#include "wenming/inspection/v1/rectification_orders.pb.h"

namespace wenming::inspection {
namespace {

using contract::v1::RELATION_KIND_ASSESSMENT_TEAM;
using contract::v1::RELATION_KIND_GUARANTOR;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Beside the fixture's bureau and school there is a town with a community, which the bureau stands behind on
/// 2026-03-06 and 2026-03-07. There are a market in the community, a hall in the town, and the bureau's own office.
class InspectionRelationsTest : public InspectionFixture {
 protected:
  InspectionRelationsTest() {
    organisation("town", "district");
    organisation("community", "town");
    market_ = create_point("market", "community");
    hall_ = create_point("hall", "town");
    office_ = create_point("office", "bureau");
  }

  std::vector<std::string> points_seen(const domain::Principal& by = liaison()) {
    const auto response = call<v1::ListPointsResponse>("ListPoints", v1::ListPointsRequest(), by);
    std::vector<std::string> codes;
    for (const v1::Point& point : response.points()) codes.push_back(point.code());
    return codes;
  }
  v1::Point get(const v1::Point& point, const domain::Principal& by = liaison()) {
    v1::GetPointRequest request;
    request.set_point_id(point.id());
    return call<v1::Point>("GetPoint", request, by);
  }

  v1::Point market_, hall_, office_;
};

TEST_F(InspectionRelationsTest, ShowAGuarantorItsCommunityFromTheFirstToTheLastDay) {
  relation(RELATION_KIND_GUARANTOR, "bureau", "community", {"2026-03-06", "2026-03-07"});
  EXPECT_THAT(points_seen(), ElementsAre("office"));
  EXPECT_REFUSED("not_found", get(market_));
  advance_to(at("2026-03-06T00:00+08:00"));
  EXPECT_THAT(points_seen(), UnorderedElementsAre("market", "office"));
  EXPECT_EQ(get(market_).code(), "market");
  EXPECT_REFUSED("not_found", get(hall_));
  advance_to(at("2026-03-07T23:59+08:00"));
  EXPECT_THAT(points_seen(), UnorderedElementsAre("market", "office"));
  advance_to(at("2026-03-08T00:00+08:00"));
  EXPECT_THAT(points_seen(), ElementsAre("office"));
  EXPECT_REFUSED("not_found", get(market_));
}

TEST_F(InspectionRelationsTest, ShowAGuarantorOnePointWithAllThatHappensThere) {
  const std::string order = submit(visit(market_, {v1::SEVERITY_LOW})).findings(0).rectification_order_id();
  submit(visit(hall_, {v1::SEVERITY_LOW}));
  relation(RELATION_KIND_GUARANTOR, "bureau", "district", {"2026-03-05", "2026-03-05"}, market_.id());
  EXPECT_THAT(points_seen(), UnorderedElementsAre("market", "office"));
  const auto inspections =
      call<v1::ListInspectionsResponse>("ListInspections", v1::ListInspectionsRequest(), liaison());
  ASSERT_EQ(inspections.inspections_size(), 1);
  EXPECT_EQ(inspections.inspections(0).point_id(), market_.id());
  v1::GetRectificationOrderRequest request;
  request.set_rectification_order_id(order);
  EXPECT_EQ(call<v1::RectificationOrder>("GetRectificationOrder", request, liaison()).id(), order);
  advance(std::chrono::hours(24));
  EXPECT_REFUSED("not_found", call<v1::RectificationOrder>("GetRectificationOrder", request, liaison()));
}

TEST_F(InspectionRelationsTest, LetAGuarantorReadButNotAct) {
  relation(RELATION_KIND_GUARANTOR, "bureau", "community", {});
  v1::SignRectificationOrderRequest request;
  request.set_rectification_order_id(submit(visit(market_, {v1::SEVERITY_LOW})).findings(0).rectification_order_id());
  EXPECT_REFUSED("not_found", call<v1::RectificationOrder>("SignRectificationOrder", request, liaison()));
}

TEST_F(InspectionRelationsTest, LetATeamInspectItsUnitsAndKeepWhatItReported) {
  grant("guest", contract::v1::ROLE_INSPECTOR, "school");
  member("guest", "team", {});
  relation(RELATION_KIND_ASSESSMENT_TEAM, "team", "town", {"2026-03-05", "2026-03-05"});
  EXPECT_THAT(points_seen(as("guest")), UnorderedElementsAre("market", "hall"));
  const v1::Inspection report =
      call<v1::Inspection>("SubmitInspection", visit(market_, {v1::SEVERITY_LOW}), as("guest"));
  EXPECT_REFUSED("not_found", call<v1::Inspection>("SubmitInspection", visit(office_, {}), as("guest")));
  advance(std::chrono::hours(24));
  EXPECT_THAT(points_seen(as("guest")), IsEmpty());
  EXPECT_REFUSED("not_found", call<v1::Inspection>("SubmitInspection", visit(market_, {}), as("guest")));
  v1::GetInspectionRequest request;
  request.set_inspection_id(report.id());
  EXPECT_EQ(call<v1::Inspection>("GetInspection", request, inspector()).inspector_id(), "guest");
}

TEST_F(InspectionRelationsTest, FollowWhatIdentityTells) {
  identity::v1::RelationChanged relation;
  relation.set_relation_id("r");
  relation.set_kind(RELATION_KIND_GUARANTOR);
  relation.set_holder_id("bureau");
  relation.set_unit_id("town");
  relation.set_valid_from("2026-01-01");
  relation.set_valid_to("9999-12-31");
  relation.set_version(1);
  work([&](domain::Tx& tx) { reference::apply(tx, relation); });
  EXPECT_THAT(points_seen(), UnorderedElementsAre("market", "hall", "office"));
  relation.set_valid_to("2026-03-05");
  relation.set_version(2);
  work([&](domain::Tx& tx) { reference::apply(tx, relation); });
  EXPECT_THAT(points_seen(), ElementsAre("office"));
}

}  // namespace
}  // namespace wenming::inspection
