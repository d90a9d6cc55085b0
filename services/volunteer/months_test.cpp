#include "wenming/volunteer/v1/months.pb.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <tuple>

#include "volunteer/volunteer_fixture.h"

namespace wenming::volunteer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Figure = std::tuple<std::string, std::string, std::int64_t>;  // unit, month, minutes

class MonthsTest : public VolunteerFixture {
 protected:
  std::vector<Figure> months_of(const v1::Volunteer& who, std::string_view user = "office") {
    v1::ListMonthsOfVolunteerRequest request;
    request.set_volunteer_id(who.id());
    return figures(call<v1::ListMonthsOfVolunteerResponse>("ListMonthsOfVolunteer", request, as(user)));
  }
  std::vector<Figure> months_of_volunteers(std::string_view unit, std::string_view month,
                                           std::string_view user = "office") {
    v1::ListVolunteerMonthsRequest request;
    request.set_unit_id(std::string(unit));
    request.set_month(std::string(month));
    return figures(call<v1::ListVolunteerMonthsResponse>("ListVolunteerMonths", request, as(user)));
  }
  std::vector<Figure> months_of_units(std::string_view unit, std::string_view month, std::string_view user = "office") {
    v1::ListUnitMonthsRequest request;
    request.set_unit_id(std::string(unit));
    request.set_month(std::string(month));
    return figures(call<v1::ListUnitMonthsResponse>("ListUnitMonths", request, as(user)));
  }

 private:
  template <class Page>
  static std::vector<Figure> figures(const Page& page) {
    std::vector<Figure> found;
    for (const auto& month : page.months()) found.emplace_back(month.unit_id(), month.month(), month.minutes());
    return found;
  }
};

TEST_F(MonthsTest, CountsApprovedMinutesOnly) {
  const auto who = enrol();
  submit(who, at("2026-03-04T09:00+08:00"), 60_min);
  reject(submit(who, at("2026-03-05T09:00+08:00"), 60_min));
  EXPECT_THAT(months_of(who), IsEmpty());
  approve(submit(who, at("2026-03-06T09:00+08:00"), 45_min));
  approve(submit(who, at("2026-03-07T09:00+08:00"), 30_min));
  EXPECT_THAT(months_of(who), ElementsAre(Figure{"town", "2026-03", 75}));
  EXPECT_THAT(months_of_units("town", "2026-03"), ElementsAre(Figure{"town", "2026-03", 75}));
}

TEST_F(MonthsTest, CountsAnEntryOverAMonthEndInBothMonthsTheLatestFirst) {
  const auto who = enrol();
  approve(submit(who, at("2026-02-28T23:00+08:00"), 180_min));
  EXPECT_THAT(months_of(who), ElementsAre(Figure{"town", "2026-03", 120}, Figure{"town", "2026-02", 60}));
}

TEST_F(MonthsTest, TakesRevokedMinutesOutOfTheMonthsInWhichTheyWereServed) {
  const auto who = enrol();
  approve(submit(who, at("2026-02-10T09:00+08:00"), 60_min));
  revoke(approve(submit(who, at("2026-02-28T23:00+08:00"), 180_min)));
  EXPECT_THAT(months_of(who), ElementsAre(Figure{"town", "2026-03", 0}, Figure{"town", "2026-02", 60}));
}

TEST_F(MonthsTest, SumsByVolunteerAndByUnitInASubtree) {
  const auto first = enrol("甲", "town");
  const auto second = enrol("乙", "village");
  approve(submit(first, at("2026-03-05T09:00+08:00"), 60_min));
  approve(submit(second, at("2026-03-05T09:00+08:00"), 30_min));
  EXPECT_THAT(months_of_volunteers("town", "2026-03"),
              ::testing::UnorderedElementsAre(Figure{"town", "2026-03", 60}, Figure{"village", "2026-03", 30}));
  EXPECT_THAT(months_of_units("village", ""), ElementsAre(Figure{"village", "2026-03", 30}));
  EXPECT_THAT(months_of_units("county", "2026-02"), IsEmpty());
}

TEST_F(MonthsTest, ShowsFiguresToThePersonAndWithinTheSubtreeOnly) {
  const auto who = enrol("甲", "town", "volunteer");
  approve(submit(who, at("2026-03-05T09:00+08:00"), 60_min));
  EXPECT_THAT(months_of(who, "volunteer"), ElementsAre(Figure{"town", "2026-03", 60}));
  EXPECT_REFUSED("not_found", months_of(who, "other-volunteer"));
  EXPECT_REFUSED("not_found", months_of(who, "other-liaison"));
  EXPECT_THAT(months_of_volunteers("", "", "other-liaison"), IsEmpty());
  EXPECT_THAT(months_of_units("", "", "other-liaison"), IsEmpty());
  EXPECT_THAT(months_of_units("", "", "auditor"), ElementsAre(Figure{"town", "2026-03", 60}));
}

/// Random submissions and decisions of several persons: the sums must equal counting every approved minute on its day.
TEST_F(MonthsTest, EqualsARecountOfApprovedMinutesAfterAnyOrderOfDecisions) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };

  const std::vector<v1::Volunteer> people{enrol("甲", "town"), enrol("乙", "village"), enrol("丙", "village")};
  std::vector<v1::HourEntry> entries;
  for (int round = 0; round < 200; ++round) {
    if (!entries.empty() && pick(0, 1) == 0) {
      auto& entry = entries[static_cast<std::size_t>(pick(0, static_cast<int>(entries.size()) - 1))];
      if (entry.status() == v1::HOURS_STATUS_PENDING) {
        entry = pick(0, 4) == 0 ? reject(entry) : approve(entry);
      } else if (entry.status() == v1::HOURS_STATUS_APPROVED && pick(0, 2) == 0) {
        entry = revoke(entry);
      }
      continue;
    }
    const auto& who = people[static_cast<std::size_t>(pick(0, 2))];
    const auto from = at("2026-02-27T00:00+08:00") + std::chrono::minutes(pick(0, 3 * 24 * 60));
    try {
      entries.push_back(submit(who, from, std::chrono::minutes(pick(1, 600))));
    } catch (const domain::Refusal& refusal) {
      ASSERT_EQ(refusal.code(), "hours_overlap");
    }
  }

  std::map<std::pair<std::string, std::string>, std::int64_t> recount;
  for (const auto& entry : entries) {
    if (entry.status() != v1::HOURS_STATUS_APPROVED) continue;
    for (auto t = domain::from_proto(entry.starts_at()); t < domain::from_proto(entry.ends_at()); t = t + 1_min) {
      ++recount[{entry.unit_id(), core::month_of(core::UtcOffset().date_of(t))}];
    }
  }
  for (const auto& [unit, month, minutes] : months_of_units("county", "")) {
    EXPECT_EQ(minutes, (recount[{unit, month}])) << unit << " " << month;
    recount.erase({unit, month});
  }
  EXPECT_THAT(recount, IsEmpty());

  std::map<std::pair<std::string, std::string>, std::int64_t> by_person;
  for (const auto& who : people) {
    for (const auto& [unit, month, minutes] : months_of(who)) by_person[{unit, month}] += minutes;
  }
  for (const auto& [unit, month, minutes] : months_of_units("county", "")) {
    EXPECT_EQ(minutes, (by_person[{unit, month}])) << unit << " " << month;
  }
}

}  // namespace
}  // namespace wenming::volunteer
