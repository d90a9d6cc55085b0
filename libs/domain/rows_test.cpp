#include "domain/rows.h"

#include <gtest/gtest.h>

#include "wenming/contract/v1/annotations.pb.h"
#include "wenming/contract/v1/position.pb.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::domain {
namespace {

/// One row that stands in the test.
class OneRow final : public Cursor {
 public:
  using Cells = std::vector<std::pair<std::string, Value>>;
  explicit OneRow(Cells cells) : cells_(std::move(cells)) {}

  bool next() override { return !std::exchange(walked_, true); }
  [[nodiscard]] int columns() const override { return static_cast<int>(cells_.size()); }
  [[nodiscard]] std::string_view name(int column) const override {
    return cells_[static_cast<std::size_t>(column)].first;
  }
  [[nodiscard]] Value at(int column) const override { return cells_[static_cast<std::size_t>(column)].second; }
  [[nodiscard]] FillPlans& plans() const override { return plans_; }

 private:
  Cells cells_;
  bool walked_ = false;
  mutable FillPlans plans_;
};

template <class M>
M filled(OneRow::Cells cells) {
  M message;
  const OneRow cursor(std::move(cells));
  Row(cursor).fill(message);
  return message;
}

TEST(RowsTest, FillsEveryKindOfField) {
  const auto rule = filled<contract::v1::FieldRule>({{"required", std::int64_t{1}},
                                                     {"min_length", std::int64_t{3}},
                                                     {"minimum", 0.5},
                                                     {"pattern", std::string_view("[a-z]")},
                                                     {"format", std::string_view("DATE")}});
  EXPECT_TRUE(rule.required());
  EXPECT_EQ(rule.min_length(), 3U);
  EXPECT_EQ(rule.minimum(), 0.5);
  EXPECT_EQ(rule.pattern(), "[a-z]");
  EXPECT_EQ(rule.format(), contract::v1::FORMAT_DATE);
}

TEST(RowsTest, TakesAWholeNumberForADouble) {
  EXPECT_EQ(filled<contract::v1::Position>({{"longitude", std::int64_t{105}}}).longitude(), 105.0);
}

TEST(RowsTest, LeavesOptionalFieldsOfNullAbsent) {
  EXPECT_FALSE(filled<contract::v1::FieldRule>({{"minimum", std::monostate()}}).has_minimum());
  EXPECT_TRUE(filled<contract::v1::FieldRule>({{"minimum", 0.0}}).has_minimum());
}

TEST(RowsTest, RefusesWhatAFieldCannotHold) {
  EXPECT_THROW(filled<contract::v1::FieldRule>({{"min_length", std::int64_t{-1}}}), std::logic_error);
  EXPECT_THROW(filled<contract::v1::FieldRule>({{"min_length", std::int64_t{1} << 40}}), std::logic_error);
  EXPECT_THROW(filled<contract::v1::FieldRule>({{"format", std::string_view("COLOUR")}}), std::logic_error);
  EXPECT_THROW(filled<contract::v1::FieldRule>({{"pattern", std::int64_t{1}}}), std::logic_error);
  EXPECT_THROW(filled<contract::v1::FieldRule>({{"colour", std::int64_t{1}}}), std::logic_error);
  EXPECT_THROW(filled<contract::v1::MethodRule>({{"allow", std::int64_t{1}}}), std::logic_error) << "repeated";
}

TEST(RowsTest, TakesTheNumberInANullForAMistakeButNotItsText) {
  const OneRow cursor({{"n", std::monostate()}});
  EXPECT_THROW((void)Row(cursor).integer(0), std::logic_error);
  EXPECT_EQ(Row(cursor).text(0), "");
}

}  // namespace
}  // namespace wenming::domain
