#include "dashboard/folds.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace wenming::dashboard {
namespace {

using Counted = std::map<std::string, std::int64_t>;  // `CASES_OPEN 2026-03-05` → amount

/// What a fact counts; every amount belongs to unit u1.
Counted counted(const Fact& fact) {
  Counted counted;
  for (const Amount& a : fact.amounts) {
    EXPECT_EQ(a.unit_id, "u1");
    counted[v1::Metric_Name(a.metric).substr(7) + " " + a.day] += a.amount;
  }
  return counted;
}

TEST(FoldsTest, NamesAFactByKindAndAggregateAndTakesItsVersion) {
  hotline::v1::CaseChanged event;
  event.set_case_id("c1");
  event.set_version(7);
  const Fact fact = fold(event);
  EXPECT_EQ(fact.id, "case:c1");
  EXPECT_EQ(fact.version, 7);
}

TEST(FoldsTest, CountsAVolunteerOnTheDayOfRegistration) {
  volunteer::v1::VolunteerChanged event;
  event.set_unit_id("u1");
  event.set_registered_on("2026-03-01");
  EXPECT_EQ(counted(fold(event)), (Counted{{"VOLUNTEERS 2026-03-01", 1}}));
}

TEST(FoldsTest, CountsAnActivityWhileItIsPublished) {
  volunteer::v1::ActivityChanged event;
  event.set_unit_id("u1");
  event.set_starts_on("2026-03-05");
  event.set_status(volunteer::v1::ACTIVITY_STATUS_DRAFT);
  EXPECT_EQ(counted(fold(event)), Counted{});
  event.set_status(volunteer::v1::ACTIVITY_STATUS_PUBLISHED);
  EXPECT_EQ(counted(fold(event)), (Counted{{"ACTIVITIES 2026-03-05", 1}}));
  event.set_status(volunteer::v1::ACTIVITY_STATUS_CANCELLED);
  EXPECT_EQ(counted(fold(event)), Counted{});
}

/// An entry over midnight at the end of a month.
volunteer::v1::HoursChanged hours(volunteer::v1::HoursStatus status, bool flagged = false) {
  volunteer::v1::HoursChanged event;
  event.set_unit_id("u1");
  event.set_status(status);
  event.set_flagged(flagged);
  const auto serve = [&](const char* day, int minutes) {
    auto& served = *event.add_days();
    served.set_day(day);
    served.set_minutes(minutes);
  };
  serve("2026-03-31", 90);
  serve("2026-04-01", 30);
  return event;
}

TEST(FoldsTest, CountsNoMinutesBeforeAnEntryIsApproved) {
  EXPECT_EQ(counted(fold(hours(volunteer::v1::HOURS_STATUS_PENDING))),
            (Counted{{"HOUR_ENTRIES_PENDING 2026-03-31", 1}}));
}

TEST(FoldsTest, CountsMinutesOnTheDaysOnWhichTheyWereServed) {
  EXPECT_EQ(counted(fold(hours(volunteer::v1::HOURS_STATUS_APPROVED))),
            (Counted{{"HOUR_ENTRIES_APPROVED 2026-03-31", 1},
                     {"SERVICE_MINUTES 2026-03-31", 90},
                     {"SERVICE_MINUTES 2026-04-01", 30}}));
}

TEST(FoldsTest, CountsNothingOfARejectedOrRevokedEntry) {
  EXPECT_EQ(counted(fold(hours(volunteer::v1::HOURS_STATUS_REJECTED, true))), Counted{});
  EXPECT_EQ(counted(fold(hours(volunteer::v1::HOURS_STATUS_REVOKED, true))), Counted{});
}

TEST(FoldsTest, CountsAFlaggedEntryWhileItStands) {
  EXPECT_EQ(counted(fold(hours(volunteer::v1::HOURS_STATUS_PENDING, true))),
            (Counted{{"HOUR_ENTRIES_PENDING 2026-03-31", 1}, {"HOUR_ENTRIES_FLAGGED 2026-03-31", 1}}));
}

TEST(FoldsTest, CountsAPoint) {
  inspection::v1::PointChanged event;
  event.set_unit_id("u1");
  event.set_created_day("2026-01-02");
  EXPECT_EQ(counted(fold(event)), (Counted{{"POINTS 2026-01-02", 1}}));
}

TEST(FoldsTest, CountsAnInspectionAndItsFindingsBySeverity) {
  inspection::v1::InspectionSubmitted event;
  event.set_unit_id("u1");
  event.set_inspected_day("2026-03-05");
  event.set_low_findings(3);
  event.set_high_findings(1);
  EXPECT_EQ(counted(fold(event)),
            (Counted{{"INSPECTIONS 2026-03-05", 1}, {"FINDINGS_LOW 2026-03-05", 3}, {"FINDINGS_HIGH 2026-03-05", 1}}));
}

inspection::v1::RectificationOrderChanged order(inspection::v1::RectificationState state, bool overdue = false) {
  inspection::v1::RectificationOrderChanged event;
  event.set_unit_id("u1");
  event.set_state(state);
  event.set_overdue(overdue);
  event.set_issued_day("2026-03-05");
  return event;
}

TEST(FoldsTest, CountsAnOrderInItsState) {
  using namespace inspection::v1;
  const std::map<RectificationState, std::string> names{{RECTIFICATION_STATE_ISSUED, "ORDERS_ISSUED"},
                                                        {RECTIFICATION_STATE_SIGNED, "ORDERS_SIGNED"},
                                                        {RECTIFICATION_STATE_RECTIFYING, "ORDERS_RECTIFYING"},
                                                        {RECTIFICATION_STATE_SUBMITTED, "ORDERS_SUBMITTED"},
                                                        {RECTIFICATION_STATE_VERIFIED, "ORDERS_VERIFIED"}};
  for (const auto& [state, name] : names) {
    EXPECT_EQ(counted(fold(order(state))), (Counted{{"ORDERS 2026-03-05", 1}, {name + " 2026-03-05", 1}}));
  }
}

TEST(FoldsTest, CountsAnOverdueOrderUntilItIsPutRight) {
  EXPECT_EQ(counted(fold(order(inspection::v1::RECTIFICATION_STATE_SIGNED, true))).at("ORDERS_OVERDUE 2026-03-05"), 1);
  EXPECT_FALSE(
      counted(fold(order(inspection::v1::RECTIFICATION_STATE_VERIFIED, true))).contains("ORDERS_OVERDUE 2026-03-05"));
}

hotline::v1::CaseChanged a_case(hotline::v1::CaseState state) {
  hotline::v1::CaseChanged event;
  event.set_unit_id("u1");
  event.set_state(state);
  event.set_received_day("2026-03-05");
  return event;
}

TEST(FoldsTest, CountsACaseAsOpenUntilItIsClosedOrDeclined) {
  using namespace hotline::v1;
  for (const auto state : {CASE_STATE_RECEIVED, CASE_STATE_ACCEPTED, CASE_STATE_DISPATCHED, CASE_STATE_SIGNED,
                           CASE_STATE_HANDLING, CASE_STATE_REPLIED, CASE_STATE_CALLED_BACK}) {
    EXPECT_EQ(counted(fold(a_case(state))), (Counted{{"CASES_RECEIVED 2026-03-05", 1}, {"CASES_OPEN 2026-03-05", 1}}));
  }
  EXPECT_EQ(counted(fold(a_case(CASE_STATE_CLOSED))),
            (Counted{{"CASES_RECEIVED 2026-03-05", 1}, {"CASES_CLOSED 2026-03-05", 1}}));
  EXPECT_EQ(counted(fold(a_case(CASE_STATE_DECLINED))),
            (Counted{{"CASES_RECEIVED 2026-03-05", 1}, {"CASES_DECLINED 2026-03-05", 1}}));
}

TEST(FoldsTest, CountsARepliedCaseAndWhetherItWasInTimeAndSatisfied) {
  auto event = a_case(hotline::v1::CASE_STATE_CLOSED);
  event.set_replied_day("2026-03-07");
  event.set_on_time(true);
  event.set_satisfied(false);
  EXPECT_EQ(counted(fold(event)), (Counted{{"CASES_RECEIVED 2026-03-05", 1},
                                           {"CASES_CLOSED 2026-03-05", 1},
                                           {"CASES_REPLIED 2026-03-05", 1},
                                           {"CASES_DUE 2026-03-05", 1},
                                           {"CASES_ON_TIME 2026-03-05", 1},
                                           {"CASES_CALLED_BACK 2026-03-05", 1}}));
}

TEST(FoldsTest, CountsAnOverdueCaseUntilItIsAnswered) {
  auto event = a_case(hotline::v1::CASE_STATE_SIGNED);
  event.set_overdue(true);
  event.set_on_time(false);
  EXPECT_EQ(counted(fold(event)).at("CASES_OVERDUE 2026-03-05"), 1);
  event.set_replied_day("2026-03-20");
  EXPECT_FALSE(counted(fold(event)).contains("CASES_OVERDUE 2026-03-05"));
}

publicity::v1::PlacementChanged placement(publicity::v1::PlacementState state, publicity::v1::Condition condition) {
  publicity::v1::PlacementChanged event;
  event.set_unit_id("u1");
  event.set_state(state);
  event.set_condition(condition);
  event.set_installed_on("2026-03-05");
  return event;
}

TEST(FoldsTest, CountsAPlacementByItsConditionUntilItIsReplaced) {
  using namespace publicity::v1;
  EXPECT_EQ(counted(fold(placement(PLACEMENT_STATE_STANDING, CONDITION_FADED))),
            (Counted{{"PLACEMENTS 2026-03-05", 1}, {"PLACEMENTS_FADED 2026-03-05", 1}}));
  EXPECT_EQ(
      counted(fold(placement(PLACEMENT_STATE_EXPIRED, CONDITION_GOOD))),
      (Counted{{"PLACEMENTS 2026-03-05", 1}, {"PLACEMENTS_GOOD 2026-03-05", 1}, {"PLACEMENTS_EXPIRED 2026-03-05", 1}}));
  EXPECT_EQ(counted(fold(placement(PLACEMENT_STATE_REPLACED, CONDITION_DAMAGED))), Counted{});
}

TEST(FoldsTest, CountsABriefItsAdoptionAndItsPoints) {
  publicity::v1::BriefChanged event;
  event.set_unit_id("u1");
  event.set_submitted_on("2026-03-05");
  event.set_status(publicity::v1::BRIEF_STATUS_ADOPTED);
  event.set_points(5);
  EXPECT_EQ(
      counted(fold(event)),
      (Counted{{"BRIEFS_SUBMITTED 2026-03-05", 1}, {"BRIEFS_ADOPTED 2026-03-05", 1}, {"BRIEF_POINTS 2026-03-05", 5}}));
  event.set_status(publicity::v1::BRIEF_STATUS_DECLINED);
  event.set_points(0);
  EXPECT_EQ(counted(fold(event)), (Counted{{"BRIEFS_SUBMITTED 2026-03-05", 1}}));
}

TEST(MetricsTest, HaveAFieldOfTheSameNameAndNumberInTheFigures) {
  const auto& metrics = *v1::Metric_descriptor();
  const auto& figures = *v1::Figures::descriptor();
  EXPECT_EQ(figures.field_count(), metrics.value_count() - 1);
  for (int i = 1; i < metrics.value_count(); ++i) {
    const auto* field = figures.FindFieldByNumber(metrics.value(i)->number());
    ASSERT_NE(field, nullptr) << metrics.value(i)->name();
    std::string name = "METRIC_" + field->name();
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(name, metrics.value(i)->name());
  }
}

TEST(AmountsTest, AreAddedUpByPlaceAndDroppedWhereTheyComeToNothing) {
  std::vector<Amount> amounts{
      {"b", "2026-03-05", v1::METRIC_CASES_OPEN, 2},  {"a", "2026-03-05", v1::METRIC_CASES_OPEN, 1},
      {"b", "2026-03-05", v1::METRIC_CASES_OPEN, -2}, {"a", "2026-03-04", v1::METRIC_CASES_OPEN, 3},
      {"a", "2026-03-05", v1::METRIC_CASES_OPEN, 4},  {"c", "2026-03-05", v1::METRIC_CASES_OPEN, 0}};
  merge(amounts);
  EXPECT_EQ(amounts, (std::vector<Amount>{{"a", "2026-03-04", v1::METRIC_CASES_OPEN, 3},
                                          {"a", "2026-03-05", v1::METRIC_CASES_OPEN, 5}}));
  std::vector<Amount> none;
  merge(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace wenming::dashboard
