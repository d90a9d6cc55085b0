#include "domain/many.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wenming::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Uses = std::vector<std::pair<std::string, std::size_t>>;

/// The statements used for so many values, and how many values each was given.
Uses uses_of(const Many& many, std::size_t values) {
  Uses uses;
  std::int64_t next = 0;
  const std::vector<Value> all = [&] {
    std::vector<Value> numbers;
    for (std::size_t i = 0; i < values; ++i) numbers.push_back(to_value(static_cast<std::int64_t>(i)));
    return numbers;
  }();
  many.each(all, [&](std::string_view sql, std::span<const Value> some) {
    uses.emplace_back(sql, some.size());
    for (const Value& value : some) EXPECT_EQ(std::get<std::int64_t>(value), next++) << "each once, in order";
  });
  EXPECT_EQ(next, static_cast<std::int64_t>(values));
  return uses;
}

TEST(ManyTest, WritesRows) {
  const Many many = Many::rows("INSERT INTO t (a, b) VALUES", 2, "ON CONFLICT DO NOTHING");
  EXPECT_THAT(uses_of(many, 6),
              ElementsAre(Pair("INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING", 4),
                          Pair("INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING", 2)));
  EXPECT_THAT(uses_of(many, 0), IsEmpty());
}

TEST(ManyTest, AsksForOneOfManyValues) {
  EXPECT_THAT(
      uses_of(Many::values("SELECT a FROM t WHERE b"), 3),
      ElementsAre(Pair("SELECT a FROM t WHERE b IN ($1, $2) ", 2), Pair("SELECT a FROM t WHERE b IN ($1) ", 1)));
}

TEST(ManyTest, TakesAnyNumberWithFewTexts) {
  const Many many = Many::values("SELECT a FROM t WHERE b");
  for (const std::size_t count : {63U, 64U, 65U, 1000U}) {
    std::size_t most = 0;
    for (const auto& [sql, size] : uses_of(many, count)) most = std::max(most, size);
    EXPECT_LE(most, 64U);
  }
}

}  // namespace
}  // namespace wenming::domain
