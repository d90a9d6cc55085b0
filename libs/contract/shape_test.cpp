#include "contract/shape.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "contract/testdata/faulty.pb.h"
#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

namespace trees = testing::v1;

TEST(ShapeTest, HoldsTheFieldsInTheirOrder) {
  const Shape& shape = shape_of(*trees::Tree::descriptor());
  ASSERT_EQ(shape.fields.size(), 15U);
  EXPECT_EQ(shape.fields[2].key, "\"name\":");
  EXPECT_EQ(shape.find("health")->kind, FieldKind::Enum);
  EXPECT_EQ(shape.find("planted_at")->kind, FieldKind::Timestamp);
  EXPECT_EQ(shape.find("color"), nullptr);
}

TEST(ShapeTest, HoldsEnumWordsWithoutTheirPrefix) {
  const Words words(*trees::Health_descriptor());
  EXPECT_EQ(words.word_of(trees::HEALTH_POOR), "POOR");
  EXPECT_EQ(words.word_of(trees::HEALTH_DEAD), "DEAD");
  EXPECT_EQ(words.word_of(5), "");
  EXPECT_EQ(words.number_of("DEAD"), trees::HEALTH_DEAD);
  EXPECT_EQ(words.number_of("HEALTH_DEAD"), std::nullopt);
  EXPECT_EQ(words.choices(), "GOOD, POOR, DEAD");
}

TEST(ShapeTest, OfAMessageThatContainsItselfLeadsBackToIt) {
  const Shape& note = shape_of(*trees::Note::descriptor());
  EXPECT_EQ(note.find("replies")->message, &note);
}

TEST(ShapeTest, KnowsWhereSensitiveFieldsLie) {
  EXPECT_TRUE(shape_of(*trees::Tree::descriptor()).sensitive);
  EXPECT_TRUE(shape_of(*trees::ListTreesResponse::descriptor()).sensitive);
  EXPECT_FALSE(shape_of(*trees::GetTreeRequest::descriptor()).sensitive);
}

TEST(ShapeTest, IsMadeOnceHoweverManyThreadsAsk) {
  std::vector<const Shape*> found(8);
  std::vector<std::thread> threads;
  for (auto& place : found) {
    threads.emplace_back([&place] { place = &shape_of(*trees::PutNoteRequest::descriptor()); });
  }
  for (auto& thread : threads) thread.join();
  for (const Shape* shape : found) EXPECT_EQ(shape, found.front());
}

TEST(ShapeTest, RefusesTypesThatContractsDoNotUse) {
  EXPECT_THROW(shape_of(*testing::faulty::v1::FaultyRequest::descriptor()), std::invalid_argument);
}

}  // namespace
}  // namespace wenming::contract
