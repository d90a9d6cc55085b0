#include "inspection/points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspection/inspection_fixture.h"
#include "wenming/inspection/v1/events.pb.h"

namespace wenming::inspection {
namespace {

using ::testing::ElementsAre;

class PointsTest : public InspectionFixture {
 protected:
  v1::Point create(const v1::CreatePointRequest& request) {
    return call<v1::Point>("CreatePoint", request, inspector());
  }
  v1::Point get(const std::string& id, contract::v1::Datum datum = contract::v1::DATUM_UNSPECIFIED) {
    v1::GetPointRequest request;
    request.set_point_id(id);
    request.set_datum(datum);
    return call<v1::Point>("GetPoint", request, inspector());
  }
  v1::Point update(const v1::UpdatePointRequest& request, const domain::Principal& by = inspector()) {
    const auto version = value<std::int64_t>("SELECT version FROM points WHERE id = $1", request.point_id());
    return call<v1::Point>("UpdatePoint", request, by, {.idempotency_key = {}, .if_match = version});
  }
  std::vector<std::string> names_of(const v1::ListPointsRequest& request, const domain::Principal& by = inspector()) {
    const auto response = call<v1::ListPointsResponse>("ListPoints", request, by);
    std::vector<std::string> names;
    for (const v1::Point& point : response.points()) names.push_back(point.name());
    return names;
  }

  static v1::CreatePointRequest market() {
    v1::CreatePointRequest request;
    request.set_code("DZ-0412");
    request.set_name("龙岗农贸市场");
    request.set_type("集贸市场");
    request.set_address("龙岗街道一环路");
    request.mutable_position()->set_datum(contract::v1::DATUM_GCJ02);
    request.mutable_position()->set_longitude(105.7221);
    request.mutable_position()->set_latitude(29.7066);
    request.set_unit_id("bureau");
    return request;
  }
};

TEST_F(PointsTest, KeepsAPointAsItWasStated) {
  const v1::Point point = create(market());
  const v1::Point read_again = get(point.id());
  EXPECT_EQ(read_again.DebugString(), point.DebugString());
  EXPECT_EQ(read_again.code(), "DZ-0412");
  EXPECT_EQ(read_again.unit_id(), "bureau");
  EXPECT_EQ(read_again.position().longitude(), 105.7221);
  EXPECT_EQ(read_again.version(), 1);
}

TEST_F(PointsTest, AnswersInTheDatumThatIsAskedFor) {
  const v1::Point point = create(market());
  const auto wgs84 = get(point.id(), contract::v1::DATUM_WGS84).position();
  EXPECT_EQ(wgs84.datum(), contract::v1::DATUM_WGS84);
  EXPECT_NE(wgs84.longitude(), 105.7221);
  EXPECT_NEAR(wgs84.longitude(), 105.7221, 0.01);
  EXPECT_EQ(value<double>("SELECT wgs84_longitude FROM points WHERE id = $1", point.id()), wgs84.longitude());
}

TEST_F(PointsTest, AnswersTheKnownPointWhenACodeComesAgainWithTheSameStatements) {
  const v1::Point point = create(market());
  EXPECT_EQ(create(market()).id(), point.id());
  EXPECT_EQ(names_of({}).size(), 1U);
  EXPECT_EQ(published<v1::PointChanged>().size(), 1U);
}

TEST_F(PointsTest, RefusesACodeThatBelongsToAnotherPoint) {
  create(market());
  v1::CreatePointRequest other = market();
  other.set_name("另一个市场");
  EXPECT_REFUSED("point_code_taken", create(other));
}

TEST_F(PointsTest, TakesAnyNumberOfPointsWithoutCode) {
  v1::CreatePointRequest request = market();
  request.clear_code();
  EXPECT_NE(create(request).id(), create(request).id());
}

TEST_F(PointsTest, RefusesAUnitThatDoesNotExist) {
  v1::CreatePointRequest request = market();
  request.set_unit_id("nowhere");
  EXPECT_REFUSED("unit_unknown", call<v1::Point>("CreatePoint", request, admin()));
}

TEST_F(PointsTest, ChangesWhatIsGivenAndLeavesTheRest) {
  const v1::Point point = create(market());
  v1::UpdatePointRequest request;
  request.set_point_id(point.id());
  request.set_address("新地址");
  const v1::Point changed = update(request);
  EXPECT_EQ(changed.address(), "新地址");
  EXPECT_EQ(changed.name(), point.name());
  EXPECT_TRUE(changed.has_position());
  EXPECT_EQ(changed.version(), 2);
  EXPECT_EQ(get(point.id()).DebugString(), changed.DebugString());
}

TEST_F(PointsTest, TakesAPositionBackOnNull) {
  const v1::Point point = create(market());
  v1::UpdatePointRequest request;
  request.set_point_id(point.id());
  request.mutable_update_mask()->add_paths("position");
  EXPECT_FALSE(update(request).has_position());
  EXPECT_FALSE(get(point.id()).has_position());
}

TEST_F(PointsTest, GivesAPointOnlyToAUnitThatTheCallerCoversToo) {
  const v1::Point point = create(market());
  v1::UpdatePointRequest request;
  request.set_point_id(point.id());
  request.set_unit_id("school");
  grant("of the bureau", contract::v1::ROLE_INSPECTOR, "bureau");
  EXPECT_REFUSED("not_allowed", update(request, as("of the bureau")));
  EXPECT_EQ(update(request).unit_id(), "school");
  EXPECT_EQ(published<v1::PointChanged>().back().unit_id(), "school");
}

TEST_F(PointsTest, ListsByUnitTypeCodeAndPartOfTheName) {
  create(market());
  v1::CreatePointRequest school = market();
  school.set_code("DZ-1");
  school.set_name("实验小学");
  school.set_type("学校");
  school.set_unit_id("school");
  create(school);

  v1::ListPointsRequest request;
  EXPECT_THAT(names_of(request), ElementsAre("龙岗农贸市场", "实验小学"));
  request.set_unit_id("school");
  EXPECT_THAT(names_of(request), ElementsAre("实验小学"));
  request.set_unit_id("district");
  EXPECT_EQ(names_of(request).size(), 2U);
  request.set_type("集贸市场");
  EXPECT_THAT(names_of(request), ElementsAre("龙岗农贸市场"));
  request.Clear();
  request.set_code("DZ-1");
  EXPECT_THAT(names_of(request), ElementsAre("实验小学"));
  request.Clear();
  request.set_name("农贸");
  EXPECT_THAT(names_of(request), ElementsAre("龙岗农贸市场"));
  EXPECT_THAT(names_of({}, liaison()), ElementsAre("龙岗农贸市场")) << "the liaison sees the points of the bureau";
}

}  // namespace
}  // namespace wenming::inspection
