#include "wenming/publicity/v1/placements.pb.h"

#include <gmock/gmock.h>

#include "publicity/publicity_fixture.h"
#include "wenming/publicity/v1/events.pb.h"

namespace wenming::publicity {
namespace {

using ::testing::ElementsAre;

class PlacementsTest : public PublicityFixture {
 protected:
  using PublicityFixture::PublicityFixture;

  static v1::RegisterPlacementRequest billboard() {
    v1::RegisterPlacementRequest request;
    request.set_unit_id("town");
    request.set_medium("BILLBOARD");
    request.set_theme("CORE_VALUES");
    request.set_place("人民广场东入口");
    request.set_installed_on("2026-03-01");
    return request;
  }
  v1::Placement put(const v1::RegisterPlacementRequest& request, std::string_view user = "publicist") {
    return call<v1::Placement>("RegisterPlacement", request, as(user));
  }
  v1::Placement put_until(std::string_view last_day) {
    auto request = billboard();
    request.set_expires_on(std::string(last_day));
    return put(request);
  }

  v1::Placement get(const v1::Placement& placement, std::string_view user = "auditor",
                    contract::v1::Datum datum = contract::v1::DATUM_UNSPECIFIED) {
    v1::GetPlacementRequest request;
    request.set_placement_id(placement.id());
    request.set_datum(datum);
    return call<v1::Placement>("GetPlacement", request, as(user));
  }
  v1::Placement report(const v1::Placement& placement, v1::Condition condition, std::string_view user = "inspector") {
    v1::ReportConditionRequest request;
    request.set_placement_id(placement.id());
    request.set_condition(condition);
    request.set_note("巡查发现");
    return call<v1::Placement>("ReportCondition", request, as(user));
  }
  static v1::ReplacePlacementRequest successor_of(const v1::Placement& old) {
    v1::ReplacePlacementRequest request;
    request.set_placement_id(old.id());
    request.set_installed_on("2026-03-05");
    return request;
  }
  v1::Placement replace(const v1::ReplacePlacementRequest& request, std::string_view user = "publicist") {
    return call<v1::Placement>("ReplacePlacement", request, as(user));
  }
  std::vector<std::string> ids_in(const v1::ListPlacementsRequest& request, std::string_view user = "office") {
    std::vector<std::string> ids;
    const auto page = call<v1::ListPlacementsResponse>("ListPlacements", request, as(user));
    for (const auto& placement : page.placements()) ids.push_back(placement.id());
    return ids;
  }
  static core::Timestamp due(const v1::Placement& placement) {
    return domain::from_proto(placement.replacement_due_at());
  }
};

TEST_F(PlacementsTest, RegistersAStandingPlacementInGoodCondition) {
  const auto placement = put(billboard());
  EXPECT_EQ(placement.state(), v1::PLACEMENT_STATE_STANDING);
  EXPECT_EQ(placement.condition(), v1::CONDITION_GOOD);
  EXPECT_FALSE(placement.has_expires_on());
  EXPECT_FALSE(placement.has_replacement_due_at());
  EXPECT_EQ(get(placement).SerializeAsString(), placement.SerializeAsString());
}

TEST_F(PlacementsTest, RefusesCodesThatAreNotInTheCatalogues) {
  auto request = billboard();
  request.set_medium("SKYWRITING");
  EXPECT_REFUSED("medium_unknown", put(request));
  request = billboard();
  request.set_theme("LUNCH");
  EXPECT_REFUSED("theme_unknown", put(request));
  request.set_theme("no code");
  EXPECT_FIELD_REFUSED("/theme", put(request));
}

class PlacementsWithOtherSettingsTest : public PlacementsTest {
 protected:
  PlacementsWithOtherSettingsTest()
      : PlacementsTest({{"publicity.media", "BILLBOARD,KITE"}, {"publicity.replacement_working_days", "1"}}) {}
};

TEST_F(PlacementsWithOtherSettingsTest, TakesTheCodesAndTheTermOfTheDeployment) {
  auto request = billboard();
  request.set_medium("KITE");
  EXPECT_EQ(due(report(put(request), v1::CONDITION_DAMAGED)), at("2026-03-06T10:00+08:00"));
  request.set_medium("BANNER");
  EXPECT_REFUSED("medium_unknown", put(request));
}

TEST_F(PlacementsTest, RefusesDaysThatCannotBe) {
  auto request = billboard();
  request.set_installed_on("2026-03-06");
  EXPECT_REFUSED("installed_in_future", put(request));
  EXPECT_REFUSED("expires_before_installed", put_until("2026-02-28"));
  request.set_installed_on("2026-02-30");
  EXPECT_FIELD_REFUSED("/installed_on", put(request));
}

TEST_F(PlacementsTest, RefusesAUnitThatIsNotInTheTreeOrNotTheCallers) {
  auto request = billboard();
  request.set_unit_id("nowhere");
  grant("province", contract::v1::ROLE_OFFICE);
  EXPECT_REFUSED("unit_unknown", put(request, "province"));
  EXPECT_REFUSED("not_found", put(billboard(), "other-publicist"));
  EXPECT_REFUSED("not_allowed", put(billboard(), "auditor"));
}

TEST_F(PlacementsTest, AnswersThePositionAsItWasGivenOrInTheDatumAskedFor) {
  auto request = billboard();
  request.mutable_position()->set_datum(contract::v1::DATUM_BD09);
  request.mutable_position()->set_longitude(105.7221);
  request.mutable_position()->set_latitude(29.7066);
  const auto placement = put(request);
  EXPECT_EQ(get(placement).position().SerializeAsString(), request.position().SerializeAsString());
  const auto wgs84 = get(placement, "auditor", contract::v1::DATUM_WGS84).position();
  EXPECT_EQ(wgs84.datum(), contract::v1::DATUM_WGS84);
  EXPECT_NEAR(wgs84.latitude(), 29.7066, 0.02);
  EXPECT_NE(wgs84.latitude(), 29.7066);
}

TEST_F(PlacementsTest, AsksForAReplacementOfWhatNoLongerServes) {
  for (const auto condition :
       {v1::CONDITION_DAMAGED, v1::CONDITION_MISPRINT, v1::CONDITION_OFF, v1::CONDITION_OUTDATED}) {
    const auto placement = report(put(billboard()), condition);
    EXPECT_EQ(placement.state(), v1::PLACEMENT_STATE_NEEDS_REPLACEMENT);
    EXPECT_EQ(placement.condition(), condition);
    EXPECT_EQ(due(placement), at("2026-03-12T10:00+08:00")) << "five working days, over a weekend";
  }
}

TEST_F(PlacementsTest, LeavesFadedOnesStanding) {
  const auto placement = report(put(billboard()), v1::CONDITION_FADED);
  EXPECT_EQ(placement.state(), v1::PLACEMENT_STATE_STANDING);
  EXPECT_FALSE(placement.has_replacement_due_at());
}

TEST_F(PlacementsTest, KeepsTheDueDateWhenItIsReportedAgain) {
  const auto placement = report(put(billboard()), v1::CONDITION_DAMAGED);
  advance(24_h);
  EXPECT_EQ(due(report(placement, v1::CONDITION_OUTDATED)), due(placement));
}

TEST_F(PlacementsTest, StandsAgainWhenItWasPutRight) {
  const auto repaired = report(report(put(billboard()), v1::CONDITION_OFF), v1::CONDITION_GOOD, "publicist");
  EXPECT_EQ(repaired.state(), v1::PLACEMENT_STATE_STANDING);
  EXPECT_FALSE(repaired.has_replacement_due_at());
}

TEST_F(PlacementsTest, KeepsEveryReportTheLatestFirst) {
  const auto placement = put(billboard());
  report(placement, v1::CONDITION_FADED);
  advance(1_h);
  report(placement, v1::CONDITION_DAMAGED, "publicist");
  v1::ListConditionReportsRequest request;
  request.set_placement_id(placement.id());
  const auto page = call<v1::ListConditionReportsResponse>("ListConditionReports", request, as("auditor"));
  ASSERT_EQ(page.condition_reports_size(), 2);
  EXPECT_EQ(page.condition_reports(0).condition(), v1::CONDITION_DAMAGED);
  EXPECT_EQ(page.condition_reports(0).reported_by(), "publicist");
  EXPECT_EQ(page.condition_reports(1).condition(), v1::CONDITION_FADED);
  EXPECT_EQ(page.condition_reports(1).note(), "巡查发现");
  EXPECT_REFUSED("not_found",
                 call<v1::ListConditionReportsResponse>("ListConditionReports", request, as("other-publicist")));
}

TEST_F(PlacementsTest, ExpiresAtTheMidnightAfterItsLastDay) {
  const auto placement = put_until("2026-03-09");
  advance_to(at("2026-03-09T23:59+08:00"));
  EXPECT_EQ(get(placement).state(), v1::PLACEMENT_STATE_STANDING);
  advance_to(at("2026-03-10T00:00+08:00"));
  const auto expired = get(placement);
  EXPECT_EQ(expired.state(), v1::PLACEMENT_STATE_EXPIRED);
  EXPECT_EQ(due(expired), at("2026-03-16T17:30+08:00")) << "five whole working days from Tuesday on";
}

TEST_F(PlacementsTest, ExpiresAtOnceWhatIsRegisteredAfterItsLastDay) {
  const auto placement = put_until("2026-03-03");
  advance(1_min);
  EXPECT_EQ(get(placement).state(), v1::PLACEMENT_STATE_EXPIRED);
}

TEST_F(PlacementsTest, KeepsTheEarlierDueDateWhenADamagedOneExpires) {
  const auto placement = report(put_until("2026-03-09"), v1::CONDITION_DAMAGED);
  advance_to(at("2026-03-10T08:00+08:00"));
  EXPECT_EQ(get(placement).state(), v1::PLACEMENT_STATE_EXPIRED);
  EXPECT_EQ(due(get(placement)), due(placement));
}

TEST_F(PlacementsTest, StaysExpiredWhateverConditionIsReported) {
  const auto placement = put_until("2026-03-05");
  advance_to(at("2026-03-06T10:00+08:00"));
  const auto reported = report(placement, v1::CONDITION_GOOD);
  EXPECT_EQ(reported.state(), v1::PLACEMENT_STATE_EXPIRED);
  EXPECT_TRUE(reported.has_replacement_due_at());
}

TEST_F(PlacementsTest, PutsANewOneInThePlaceOfTheOldWhichKeepsItsHistory) {
  auto request = billboard();
  request.mutable_position()->set_datum(contract::v1::DATUM_WGS84);
  request.mutable_position()->set_longitude(105.7);
  request.mutable_position()->set_latitude(29.7);
  const auto old = report(put(request), v1::CONDITION_DAMAGED);

  auto replacement = successor_of(old);
  replacement.set_theme("CIVILITY");
  const auto fresh = replace(replacement);
  EXPECT_EQ(fresh.state(), v1::PLACEMENT_STATE_STANDING);
  EXPECT_EQ(fresh.replaces_id(), old.id());
  EXPECT_EQ(fresh.unit_id(), "town");
  EXPECT_EQ(fresh.place(), old.place());
  EXPECT_EQ(fresh.position().SerializeAsString(), old.position().SerializeAsString());
  EXPECT_EQ(fresh.medium(), "BILLBOARD");
  EXPECT_EQ(fresh.theme(), "CIVILITY");

  const auto replaced = get(old);
  EXPECT_EQ(replaced.state(), v1::PLACEMENT_STATE_REPLACED);
  EXPECT_EQ(replaced.replaced_by_id(), fresh.id());
  EXPECT_EQ(replaced.condition(), v1::CONDITION_DAMAGED);
  EXPECT_FALSE(replaced.has_replacement_due_at());
}

TEST_F(PlacementsTest, ChangesNothingAboutAReplacedOne) {
  const auto old = put_until("2026-03-09");
  replace(successor_of(old));
  EXPECT_REFUSED("placement_replaced", replace(successor_of(old)));
  EXPECT_REFUSED("placement_replaced", report(old, v1::CONDITION_GOOD));
  advance_to(at("2026-03-11T00:00+08:00"));
  EXPECT_EQ(get(old).state(), v1::PLACEMENT_STATE_REPLACED);
}

TEST_F(PlacementsTest, HoldsASuccessorToTheRulesOfEveryPlacement) {
  const auto old = put(billboard());
  auto request = successor_of(old);
  request.set_installed_on("2026-03-06");
  EXPECT_REFUSED("installed_in_future", replace(request));
  request = successor_of(old);
  request.set_medium("SKYWRITING");
  EXPECT_REFUSED("medium_unknown", replace(request));
  EXPECT_EQ(get(old).state(), v1::PLACEMENT_STATE_STANDING);
}

TEST_F(PlacementsTest, LeavesReplacingToTheOwnersSide) {
  const auto placement = put(billboard());
  EXPECT_REFUSED("not_allowed", replace(successor_of(placement), "inspector"));
  EXPECT_REFUSED("not_found", replace(successor_of(placement), "other-publicist"));
  EXPECT_REFUSED("not_found", get(placement, "other-publicist"));
}

TEST_F(PlacementsTest, ListsByUnitMediumThemeStateConditionAndDayTheLatestFirst) {
  auto request = billboard();
  const auto first = put(request);
  request.set_installed_on("2026-03-02");
  request.set_medium("BANNER");
  const auto second = report(put(request), v1::CONDITION_DAMAGED);
  request.set_installed_on("2026-03-03");
  request.set_unit_id("other-town");
  request.set_theme("CIVILITY");
  const auto third = put(request, "office");

  EXPECT_THAT(ids_in({}), ElementsAre(third.id(), second.id(), first.id()));
  EXPECT_THAT(ids_in({}, "publicist"), ElementsAre(second.id(), first.id()));
  const auto only = [&](const auto& narrow) {
    v1::ListPlacementsRequest narrowed;
    narrow(narrowed);
    return ids_in(narrowed);
  };
  EXPECT_THAT(only([](auto& r) { r.set_unit_id("other-town"); }), ElementsAre(third.id()));
  EXPECT_THAT(only([](auto& r) { r.set_medium("BANNER"); }), ElementsAre(third.id(), second.id()));
  EXPECT_THAT(only([](auto& r) { r.set_theme("CORE_VALUES"); }), ElementsAre(second.id(), first.id()));
  EXPECT_THAT(only([](auto& r) { r.set_state(v1::PLACEMENT_STATE_NEEDS_REPLACEMENT); }), ElementsAre(second.id()));
  EXPECT_THAT(only([](auto& r) { r.set_condition(v1::CONDITION_GOOD); }), ElementsAre(third.id(), first.id()));
  EXPECT_THAT(only([](auto& r) { r.set_installed_from("2026-03-02"); }), ElementsAre(third.id(), second.id()));
  EXPECT_THAT(only([](auto& r) { r.set_installed_to("2026-03-02"); }), ElementsAre(second.id(), first.id()));
  EXPECT_THAT(only([](auto& r) { r.set_installed_to("2999-12-31"); }), ::testing::Not(::testing::IsEmpty()));
  EXPECT_FIELD_REFUSED("/installed_to", only([](auto& r) { r.set_installed_to("9999-12-31"); }));
}

TEST_F(PlacementsTest, TellsTheOthersTheStateAfterEachChange) {
  const auto old = report(put(billboard()), v1::CONDITION_DAMAGED);
  replace(successor_of(old));
  const auto events = published<v1::PlacementChanged>();
  ASSERT_EQ(events.size(), 4);
  EXPECT_EQ(events[0].state(), v1::PLACEMENT_STATE_STANDING);
  EXPECT_EQ(events[1].state(), v1::PLACEMENT_STATE_NEEDS_REPLACEMENT);
  EXPECT_TRUE(events[1].has_replacement_due_at());
  EXPECT_EQ(events[2].state(), v1::PLACEMENT_STATE_STANDING) << "the successor";
  EXPECT_EQ(events[3].state(), v1::PLACEMENT_STATE_REPLACED);
  EXPECT_EQ(events[3].placement_id(), old.id());
  EXPECT_EQ(events[3].version(), 3);
}

}  // namespace
}  // namespace wenming::publicity
