#include "dashboard/overview.h"

#include <gmock/gmock.h>

#include "dashboard/figures_fixture.h"

namespace wenming::dashboard {
namespace {

using contract::v1::ROLE_AUDITOR;
using contract::v1::ROLE_LIAISON;
using contract::v1::ROLE_VOLUNTEER;
using ::testing::ElementsAre;

/// A county with two towns and a village, and three cases in March.
class OverviewTest : public FiguresFixture {
 protected:
  void SetUp() override {
    place("county");
    place("east", "county");
    place("west", "county");
    place("village", "west");
    deliver(case_event("c1", 1, "village", "2026-03-05"));
    deliver(case_event("c2", 1, "village", "2026-03-06"));
    deliver(case_event("c3", 1, "east", "2026-02-28"));
  }

  v1::ListUnitFiguresResponse children(const std::string& unit, int page_size = 0, const std::string& page_token = {}) {
    v1::ListUnitFiguresRequest request;
    request.set_unit_id(unit);
    request.set_page_size(page_size);
    request.set_page_token(page_token);
    request.set_include_total(true);
    return call<v1::ListUnitFiguresResponse>("ListUnitFigures", request, admin());
  }
  v1::Trend trend(const std::string& unit, const std::string& from, const std::string& to,
                  v1::Step step = v1::STEP_UNSPECIFIED) {
    v1::GetTrendsRequest request;
    request.set_unit_id(unit);
    request.set_metric(v1::METRIC_CASES_RECEIVED);
    request.set_from(from);
    request.set_to(to);
    request.set_step(step);
    return call<v1::Trend>("GetTrends", request, admin());
  }
  v1::Overview overview_as(const std::string& user, const std::string& unit) {
    v1::GetOverviewRequest request;
    request.set_unit_id(unit);
    return call<v1::Overview>("GetOverview", request, as(user));
  }
};

TEST_F(OverviewTest, SaysWhereTheOrganisationStands) {
  const auto village = overview("village");
  EXPECT_EQ(village.name(), "name of village");
  ASSERT_EQ(village.path_size(), 3);
  EXPECT_EQ(village.path(0).unit_id(), "county");
  EXPECT_EQ(village.path(2).unit_id(), "village");
  EXPECT_EQ(village.children(), 0);
  EXPECT_EQ(overview("county").children(), 2);
  EXPECT_EQ(overview("").children(), 1);
  EXPECT_EQ(overview("").path_size(), 0);
}

TEST_F(OverviewTest, SetsThePeriodBeforeBeside) {
  const auto march = overview("county", "2026-03-01", "2026-03-31");
  EXPECT_EQ(march.figures().cases_received(), 2);
  EXPECT_EQ(march.previous().cases_received(), 1);
  EXPECT_EQ(march.previous_from(), "2026-02-01");
  EXPECT_EQ(march.previous_to(), "2026-02-28");
  EXPECT_FALSE(overview("county").has_previous());
}

TEST_F(OverviewTest, RefusesAPeriodThatEndsBeforeItBegins) {
  EXPECT_REFUSED("period_backwards", overview("county", "2026-03-02", "2026-03-01"));
}

TEST_F(OverviewTest, AnswersTheLongestPeriodAndRefusesDaysBeyondIt) {
  EXPECT_EQ(overview("county", "1900-01-01", "2999-12-31").name(), "name of county");
  EXPECT_FIELD_REFUSED("/to", overview("county", "2026-01-01", "9999-12-31"));
  EXPECT_FIELD_REFUSED("/from", overview("county", "0001-01-01", "2026-03-01"));
  EXPECT_FIELD_REFUSED("/to", trend("county", "2026-01-01", "9999-12-31", v1::STEP_MONTH));
}

TEST_F(OverviewTest, ShowsTheWholeDeploymentOnlyToThoseWithAGrantOnAllOfIt) {
  grant("auditor", ROLE_AUDITOR);
  grant("liaison", ROLE_LIAISON, "west");
  EXPECT_EQ(overview_as("auditor", "").figures().cases_received(), 3);
  EXPECT_REFUSED("not_found", overview_as("liaison", ""));
}

TEST_F(OverviewTest, ShowsAnOrganisationToThoseAboveIt) {
  grant("liaison", ROLE_LIAISON, "west");
  grant("volunteer", ROLE_VOLUNTEER, "west");
  EXPECT_EQ(overview_as("liaison", "village").figures().cases_received(), 2);
  EXPECT_REFUSED("not_found", overview_as("liaison", "east"));
  EXPECT_REFUSED("not_found", overview_as("liaison", "nowhere"));
  EXPECT_REFUSED("not_allowed", overview_as("volunteer", "west"));
}

TEST_F(OverviewTest, IsStreamedUnderTheKeyOfItsOrganisation) {
  v1::StreamOverviewRequest request;
  request.set_unit_id("west");
  EXPECT_EQ(live_key(request), "unit:west");
  EXPECT_EQ(call<v1::Overview>("StreamOverview", request, admin()).figures().cases_received(), 2);
}

TEST_F(OverviewTest, ListsTheChildrenWithTheirFigures) {
  const auto towns = children("county");
  ASSERT_EQ(towns.units_size(), 2);
  EXPECT_EQ(towns.total(), 2);
  EXPECT_EQ(towns.units(0).unit_id(), "east");
  EXPECT_EQ(towns.units(0).figures().cases_received(), 1);
  EXPECT_EQ(towns.units(1).unit_id(), "west");
  EXPECT_EQ(towns.units(1).children(), 1);
  EXPECT_EQ(towns.units(1).figures().cases_received(), 2);
  ASSERT_EQ(children("").units_size(), 1);
  EXPECT_EQ(children("").units(0).unit_id(), "county");
  EXPECT_EQ(children("village").units_size(), 0);
}

TEST_F(OverviewTest, ListsChildrenPageByPage) {
  const auto first = children("county", 1);
  ASSERT_EQ(first.units_size(), 1);
  const auto second = children("county", 1, first.next_page_token());
  ASSERT_EQ(second.units_size(), 1);
  EXPECT_EQ(second.units(0).unit_id(), "west");
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(OverviewTest, DrawsATrendWithItsEmptyDays) {
  const auto days = trend("county", "2026-03-04", "2026-03-06");
  EXPECT_EQ(days.step(), v1::STEP_DAY);
  std::vector<std::string> drawn;
  for (const auto& point : days.points()) drawn.push_back(point.period() + "=" + std::to_string(point.amount()));
  EXPECT_THAT(drawn, ElementsAre("2026-03-04=0", "2026-03-05=1", "2026-03-06=1"));
}

TEST_F(OverviewTest, DrawsALongTrendByMonths) {
  const auto months = trend("county", "2025-12-15", "2026-03-15");
  EXPECT_EQ(months.step(), v1::STEP_DAY);
  const auto year = trend("county", "2025-04-01", "2026-03-31");
  EXPECT_EQ(year.step(), v1::STEP_MONTH);
  ASSERT_EQ(year.points_size(), 12);
  EXPECT_EQ(year.points(10).period(), "2026-02");
  EXPECT_EQ(year.points(10).amount(), 1);
  EXPECT_EQ(year.points(11).amount(), 2);
}

TEST_F(OverviewTest, RefusesATrendOfTooManySteps) {
  EXPECT_REFUSED("period_too_long", trend("county", "2020-01-01", "2026-03-31", v1::STEP_DAY));
}

}  // namespace
}  // namespace wenming::dashboard
