#include "identity/organisation_history.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <string>

namespace wenming::identity {
namespace {

/// `2020-01-01 A@p | 2024-06-01 B@p`: from when on, which name under which parent.
std::string text(const OrganisationHistory& history) {
  std::string text;
  for (const OrganisationHistory::Stretch& stretch : history.stretches()) {
    text += (text.empty() ? "" : " | ") + stretch.from + " " + stretch.name + "@" + stretch.parent_id;
  }
  return text;
}

TEST(OrganisationHistoryTest, BeginsWithTheFounding) {
  const OrganisationHistory history("2020-01-01", "A", "p");
  EXPECT_EQ(text(history), "2020-01-01 A@p");
  EXPECT_EQ(history.on("2019-12-31"), nullptr);
  ASSERT_NE(history.on("2020-01-01"), nullptr);
  EXPECT_EQ(history.on("2020-01-01")->to, kNoEnd);
  EXPECT_EQ(history.on_or_first("2019-12-31").name, "A");
}

TEST(OrganisationHistoryTest, KeepsTheEarlierNameForEarlierDays) {
  OrganisationHistory history("2020-01-01", "A", "p");
  EXPECT_TRUE(history.rename("B", "2024-06-01"));
  EXPECT_EQ(text(history), "2020-01-01 A@p | 2024-06-01 B@p");
  EXPECT_EQ(history.on("2024-05-31")->name, "A");
  EXPECT_EQ(history.on("2024-06-01")->name, "B");
}

TEST(OrganisationHistoryTest, ChangesNothingWhereTheNameIsThatAlready) {
  OrganisationHistory history("2020-01-01", "A", "p");
  EXPECT_FALSE(history.rename("A", "2024-06-01"));
  EXPECT_FALSE(history.move("p", "2024-06-01"));
  EXPECT_EQ(text(history), "2020-01-01 A@p");
}

TEST(OrganisationHistoryTest, ReplacesTheNameOfAStretchThatBeginsOnThatDay) {
  OrganisationHistory history("2020-01-01", "A", "p");
  history.rename("B", "2020-01-01");
  EXPECT_EQ(text(history), "2020-01-01 B@p");
}

TEST(OrganisationHistoryTest, LeavesALaterRenamingThatIsAlreadyKnown) {
  OrganisationHistory history("2020-01-01", "A", "p");
  history.rename("C", "2026-01-01");
  history.rename("B", "2024-06-01");
  EXPECT_EQ(text(history), "2020-01-01 A@p | 2024-06-01 B@p | 2026-01-01 C@p");
}

TEST(OrganisationHistoryTest, RenamesAcrossALaterMove) {
  OrganisationHistory history("2020-01-01", "A", "p");
  history.move("q", "2025-01-01");
  history.rename("B", "2024-06-01");
  EXPECT_EQ(text(history), "2020-01-01 A@p | 2024-06-01 B@p | 2025-01-01 B@q");
}

TEST(OrganisationHistoryTest, JoinsStretchesThatBecameEqual) {
  OrganisationHistory history("2020-01-01", "A", "p");
  history.rename("B", "2024-06-01");
  history.rename("A", "2024-06-01");
  EXPECT_EQ(text(history), "2020-01-01 A@p");
}

TEST(OrganisationHistoryTest, KnowsHowLongAPlaceLasts) {
  OrganisationHistory history("2020-01-01", "A", "p");
  history.rename("B", "2022-01-01");
  history.move("q", "2025-01-01");
  EXPECT_EQ(history.next_move_after("2021-01-01"), "2025-01-01");
  EXPECT_EQ(history.next_move_after("2025-01-01"), kNoEnd);
}

TEST(OrganisationHistoryTest, HasNoDayBeforeTheFounding) {
  OrganisationHistory history("2020-01-01", "A", "p");
  EXPECT_THROW(history.rename("B", "2019-12-31"), std::logic_error);
}

TEST(OrganisationHistoryTest, StaysWithoutGapsAndWithoutEqualNeighboursWhateverIsChanged) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  const auto day = [&random] {
    return "202" + std::to_string(random() % 9 + 1) + "-01-0" + std::to_string(random() % 9 + 1);
  };
  for (int round = 0; round < 500; ++round) {
    OrganisationHistory history("2020-01-01", "A", "p");
    for (int step = 0; step < 20; ++step) {
      const std::string from = day();
      const std::string before_name = history.on("2020-01-01")->name;
      if (random() % 2 == 0) {
        const std::string name(1, static_cast<char>('A' + random() % 3));
        history.rename(name, from);
        EXPECT_EQ(history.on(from)->name, name) << "seed " << seed;
      } else {
        const std::string parent_id(1, static_cast<char>('p' + random() % 3));
        history.move(parent_id, from);
        EXPECT_EQ(history.on(from)->parent_id, parent_id) << "seed " << seed;
      }
      EXPECT_EQ(history.on("2020-01-01")->name, before_name) << "seed " << seed;
    }
    const auto& stretches = history.stretches();
    EXPECT_EQ(stretches.front().from, "2020-01-01");
    EXPECT_EQ(stretches.back().to, kNoEnd);
    for (std::size_t i = 1; i < stretches.size(); ++i) {
      EXPECT_EQ(stretches[i - 1].to, stretches[i].from) << text(history) << " seed " << seed;
      EXPECT_LT(stretches[i].from, stretches[i].to);
      EXPECT_FALSE(stretches[i - 1].name == stretches[i].name && stretches[i - 1].parent_id == stretches[i].parent_id)
          << text(history) << " seed " << seed;
    }
  }
}

}  // namespace
}  // namespace wenming::identity
