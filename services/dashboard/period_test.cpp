#include "dashboard/period.h"

#include <gtest/gtest.h>

#include <random>

#include "dashboard/paths.h"
#include "domain/refusal.h"

namespace wenming::dashboard {
namespace {

std::string text(const std::optional<Period>& period) {
  return period ? core::to_text(*period->from) + ".." + core::to_text(*period->to) : "none";
}
std::string before(const char* from, const char* to) {
  return text(Period::of(from, to).before());
}

TEST(PeriodTest, IsComparedWithTheMonthsBeforeIfItIsMadeOfMonths) {
  EXPECT_EQ(before("2026-03-01", "2026-03-31"), "2026-02-01..2026-02-28");
  EXPECT_EQ(before("2026-01-01", "2026-03-31"), "2025-10-01..2025-12-31");
  EXPECT_EQ(before("2026-01-01", "2026-12-31"), "2025-01-01..2025-12-31");
}

TEST(PeriodTest, IsComparedWithAsManyDaysBeforeOtherwise) {
  EXPECT_EQ(before("2026-03-05", "2026-03-05"), "2026-03-04..2026-03-04");
  EXPECT_EQ(before("2026-03-02", "2026-03-31"), "2026-01-31..2026-03-01");
  EXPECT_EQ(before("", "2026-03-31"), "none");
}

TEST(PeriodTest, RefusesToEndBeforeItBegins) {
  EXPECT_THROW(Period::of("2026-03-05", "2026-03-04"), domain::Refusal);
}

/// Whether a cut covers the day, and how often.
int covers(const Cut& parts, core::Date day) {
  const auto in = [](const Range& range, const std::string& at) {
    return !range.empty() && range.from <= at && at < range.to ? 1 : 0;
  };
  return in(parts.months, core::month_of(day)) + in(parts.days_before, core::to_text(day)) +
         in(parts.days_after, core::to_text(day));
}

TEST(PeriodTest, IsCutSoThatEachOfItsDaysIsCoveredOnceAndNoOther) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const core::Date start(2025, 1, 1);
  const auto some_day = [&] { return start + std::chrono::days(random() % 800); };
  for (int i = 0; i < 200; ++i) {
    Period period{some_day(), some_day()};
    if (*period.to < *period.from) std::swap(period.from, period.to);
    if (i % 5 == 0) period.from.reset();
    if (i % 7 == 0) period.to.reset();
    const Cut parts = cut(period);
    for (core::Date day = start - std::chrono::days(40); day < start + std::chrono::days(900);
         day = day + std::chrono::days(1)) {
      const bool inside = (!period.from || *period.from <= day) && (!period.to || day <= *period.to);
      ASSERT_EQ(covers(parts, day), inside ? 1 : 0) << core::to_text(day);
    }
  }
}

/// Unit u under a until 1 July, then under b; both under the root r. Known to exist from 2026 on, and until 2027.
const Path kMoved{{{"a", "2026-01-01", "2026-07-01"},
                   {"b", "2026-07-01", "2027-01-01"},
                   {"r", "2026-01-01", "2027-01-01"},
                   {"u", "2026-01-01", "2027-01-01"}}};

TEST(PathTest, CountsForThoseAboveOnThatDayAndForTheWholeDeployment) {
  using Units = std::vector<std::string_view>;
  EXPECT_EQ(kMoved.counted_by("u", "2026-06-30"), (Units{kWholeDeployment, "u", "a", "r"}));
  EXPECT_EQ(kMoved.counted_by("u", "2026-07-01"), (Units{kWholeDeployment, "u", "b", "r"}));
}

TEST(PathTest, CountsDaysOutsideOfAUnitsLifeAsItsFirstAndLast) {
  using Units = std::vector<std::string_view>;
  EXPECT_EQ(kMoved.counted_by("u", "2019-04-25"), (Units{kWholeDeployment, "u", "a", "r"}));
  EXPECT_EQ(kMoved.counted_by("u", "2031-04-25"), (Units{kWholeDeployment, "u", "b", "r"}));
}

TEST(PathTest, CountsForAnUnknownUnitAndForTheWholeDeployment) {
  using Units = std::vector<std::string_view>;
  EXPECT_EQ(Path{}.counted_by("u", "2026-06-30"), (Units{kWholeDeployment, "u"}));
  EXPECT_EQ(Path{}.counted_by("", "2026-06-30"), (Units{kWholeDeployment}));
}

}  // namespace
}  // namespace wenming::dashboard
