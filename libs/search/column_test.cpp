#include "search/column.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace wenming::search {
namespace {

TEST(SlotsTest, TakesTheFirstSoMany) {
  for (const std::size_t count : {0U, 1U, 63U, 64U, 65U, 4095U, 4096U}) EXPECT_EQ(Slots::first(count).count(), count);
  EXPECT_TRUE(Slots::first(65).test(64));
  EXPECT_FALSE(Slots::first(65).test(65));
}

TEST(SlotsTest, FiltersOneByOne) {
  Slots slots = Slots::first(200);
  slots.filter([](std::size_t slot) { return slot % 3 == 0; });
  EXPECT_EQ(slots.count(), 67U);
  std::size_t last = 0;
  slots.each([&](std::size_t slot) { last = slot; });
  EXPECT_EQ(last, 198U);
}

class WordColumnTest : public ::testing::TestWithParam<int> {};

TEST_P(WordColumnTest, KeepsTheWordOfEverySlot) {
  const int words = GetParam();
  WordColumn column;
  const auto word_of = [&](std::size_t slot) {
    return WordColumn::word("word " + std::to_string(slot % static_cast<unsigned>(words)));
  };
  for (std::size_t slot = 0; slot < Slots::kCount; ++slot) column.set(slot, word_of(slot));
  const WordColumn read(column.bytes());
  for (std::size_t slot = 0; slot < Slots::kCount; ++slot) ASSERT_EQ(read.at(slot), word_of(slot));
  EXPECT_TRUE(read.where([&](auto word) { return word == word_of(1); }).test(1));
}

INSTANTIATE_TEST_SUITE_P(Words, WordColumnTest, ::testing::Values(1, 2, 256, 257, 4096));

TEST(ColumnTest, ForgetsWordsThatNobodyHasAnyMore) {
  WordColumn column;
  for (int state = 0; state < 1000; ++state) column.set(0, WordColumn::word("state " + std::to_string(state)));
  EXPECT_LT(column.bytes().size(), 20U);
  EXPECT_EQ(WordColumn(column.bytes()).at(0), WordColumn::word("state 999"));
}

TEST(ColumnTest, HasTheEmptyWordAndNoNumberWhereNothingWasSet) {
  WordColumn words;
  words.set(7, WordColumn::word("x"));
  EXPECT_EQ(WordColumn(words.bytes()).at(3), WordColumn::word(""));
  EXPECT_EQ(WordColumn(words.bytes()).at(4000), 0U);
  NumberColumn numbers;
  numbers.set(7, 4'000'000'000);
  EXPECT_EQ(NumberColumn(numbers.bytes()).at(7), 4'000'000'000);
  EXPECT_EQ(NumberColumn(numbers.bytes()).at(3), 0U);
  EXPECT_EQ(WordColumn(WordColumn().bytes()).at(0), 0U);
}

TEST(ColumnTest, RefusesBytesThatAreNoColumn) {
  EXPECT_THROW(WordColumn("\x05"), std::runtime_error);
  EXPECT_THROW(WordColumn(std::string("\x00\x00\x01", 3)), std::runtime_error) << "names a word that is not there";
}

}  // namespace
}  // namespace wenming::search
