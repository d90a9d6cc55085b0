#include "domain/many.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace wenming::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Uses = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

std::vector<Value> numbers(std::size_t count) {
  std::vector<Value> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(to_value(static_cast<std::int64_t>(i)));
  return numbers;
}

/// The statements used for so many values, and what each was given.
Uses uses_of(const Many& many, std::size_t values) {
  Uses uses;
  many.each(numbers(values), [&](std::string_view sql, std::span<const Value> some) {
    auto& [statement, given] = uses.emplace_back(sql, std::vector<std::int64_t>());
    for (const Value& value : some) given.push_back(std::get<std::int64_t>(value));
  });
  return uses;
}

TEST(ManyTest, WritesRows) {
  const Many many = Many::rows("INSERT INTO t (a, b) VALUES", 2, "ON CONFLICT DO NOTHING");
  EXPECT_THAT(uses_of(many, 6),
              ElementsAre(Pair("INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING",
                               ElementsAre(0, 1, 2, 3)),
                          Pair("INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING", ElementsAre(4, 5))));
  EXPECT_THAT(uses_of(many, 0), IsEmpty());
}

TEST(ManyTest, AsksOnceForOneOfManyValues) {
  const Many many = Many::values("SELECT a FROM t WHERE b");
  EXPECT_THAT(uses_of(many, 3),
              ElementsAre(Pair("SELECT a FROM t WHERE b IN ($1, $2, $3, $4) ", ElementsAre(0, 1, 2, 2))));
  EXPECT_THAT(uses_of(many, 1), ElementsAre(Pair("SELECT a FROM t WHERE b IN ($1) ", ElementsAre(0))));
  EXPECT_THAT(uses_of(many, 0), IsEmpty());
}

TEST(ManyTest, FillsUpWithWholeRows) {
  const Many many = Many::repeatable_rows("WITH new (a, b) AS (VALUES", 2, ") SELECT 1");
  EXPECT_THAT(uses_of(many, 6),
              ElementsAre(Pair("WITH new (a, b) AS (VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8) ) SELECT 1",
                               ElementsAre(0, 1, 2, 3, 4, 5, 4, 5))));
}

TEST(ManyTest, TakesAnyNumberWithFewTexts) {
  for (const Many& many : {Many::values("SELECT a FROM t WHERE b"), Many::rows("INSERT INTO t (a) VALUES", 1)}) {
    for (const std::size_t count : {63U, 64U, 65U, 1000U}) {
      std::set<std::int64_t> given;
      for (const auto& [sql, values] : uses_of(many, count)) {
        EXPECT_LE(values.size(), 64U);
        given.insert(values.begin(), values.end());
      }
      EXPECT_EQ(given.size(), count);
    }
  }
}

}  // namespace
}  // namespace wenming::domain
