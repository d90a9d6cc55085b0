#include "tables/import_row.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tables/import.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;
using ::testing::ElementsAre;

const core::UtcOffset kChina;

ImportFormat people() {
  ImportFormat format;
  format.columns = {{"code"},
                    {.name = "name", .personal = v1::PERSONAL_NAME},
                    {.name = "phone", .required = false, .personal = v1::PERSONAL_PHONE},
                    {"joined_on"},
                    {"seen_at"}};
  format.key = {"code"};
  return format;
}

class ImportRowTest : public ::testing::Test {
 protected:
  /// A row of the cells; those left out are blank.
  ImportRow row(const std::vector<std::string>& cells) {
    row_.Clear();
    row_.set_number(3);
    row_.set_line(4);
    for (std::size_t i = 0; i < format_.columns.size(); ++i)
      row_.add_cells()->set_text(i < cells.size() ? cells[i] : "");
    return {format_, row_, kChina};
  }
  static std::vector<std::string> problems_of(const ImportRow& row) {
    std::vector<std::string> problems;
    for (const auto& cell : row.refusals()) problems.push_back(cell.column() + " " + cell.problem());
    return problems;
  }
  static std::string text_of(std::optional<core::Timestamp> moment) {
    return moment ? core::to_rfc3339(*moment, kChina) : "none";
  }

  const ImportFormat format_ = people();
  store::v1::ImportRow row_;
};

TEST_F(ImportRowTest, TakesBlankCellsForNotStated) {
  ImportRow row = this->row({"", " 　", "", "", ""});
  EXPECT_EQ(row.line("code", 5), "");
  EXPECT_EQ(row.text("name", 5), "");
  EXPECT_FALSE(row.states("name")) << "an ideographic space says nothing";
  EXPECT_FALSE(row.moment("seen_at").has_value());
  EXPECT_FALSE(row.day("joined_on").has_value());
  EXPECT_FALSE(row.is_refused());
}

TEST_F(ImportRowTest, NamesEveryCellThatCannotBeUsed) {
  ImportRow row = this->row({"", "toolong", "a\tb", "5 March", "2026-13-01"});
  row.required_line("code", 5);
  row.line("name", 5);
  row.line("phone", 5);
  row.day("joined_on");
  row.moment("seen_at");
  EXPECT_THAT(problems_of(row), ElementsAre("code BLANK", "name TOO_LONG", "phone CONTROL_CHARACTER",
                                            "joined_on NOT_A_DAY", "seen_at NOT_A_MOMENT"));
  EXPECT_EQ(row.refusals()[3].reason(), "5 March is not a day such as 2019-04-25");
  EXPECT_EQ(row.refusals()[3].reason_zh(), "5 March 不是有效的日期，格式如 2019-04-25");
  EXPECT_EQ(row.refusals()[3].row(), 3);
  EXPECT_EQ(row.refusals()[3].line(), 4);
}

TEST_F(ImportRowTest, ShowsPersonalValuesMaskedOnly) {
  ImportRow row = this->row({"a", "欧阳雪", "13800138000"});
  row.refuse("name", v1::ROW_PROBLEM_NOT_VALID, {{"value", "欧阳雪"}});
  row.refuse("phone", v1::ROW_PROBLEM_NOT_VALID, {{"value", "13800138000"}});
  EXPECT_EQ(row.refusals()[0].value(), "欧**");
  EXPECT_EQ(row.refusals()[1].value(), "138****8000");
  for (const auto& cell : row.refusals()) {
    EXPECT_EQ(cell.ShortDebugString().find("13800138000"), std::string::npos);
    EXPECT_EQ(cell.reason_zh().find("欧阳雪"), std::string::npos);
  }
}

TEST_F(ImportRowTest, ReadsMomentsAndDaysAsPeopleWriteThem) {
  for (const char* text : {"2026-03-05T09:30:00+08:00", "2026-03-05T01:30:00Z", "2026-03-05T09:30:00",
                           "2026-03-05 09:30:00", "2026/3/5 9:30", "2026年3月5日 9：30"})
    EXPECT_EQ(text_of(parse_moment(text, kChina)), "2026-03-05T09:30:00+08:00") << text;
  for (const char* text : {"2026-03-05", "2026/3/5", "2026.03.05", "2026年3月5日"})
    EXPECT_EQ(parse_day(text), core::Date(2026, 3, 5)) << text;
  for (const char* text : {"2026-02-29", "2026-3", "26/3/5", "2026-03-05x", "-2026-03-05", "", "2026-03-05 24:00"}) {
    EXPECT_EQ(parse_day(text), std::nullopt) << text;
    EXPECT_EQ(parse_moment(text, kChina), std::nullopt) << text;
  }
}

TEST_F(ImportRowTest, SaysWhatTheReaderOfTheFileFoundOnce) {
  row({"a"});
  row_.mutable_cells(0)->mutable_fault()->set_problem(v1::ROW_PROBLEM_DIGITS_LOST);
  ImportRow row(format_, row_, kChina);
  EXPECT_EQ(row.required_line("code", 5), "");
  EXPECT_TRUE(row.states("code"));
  EXPECT_THAT(problems_of(row), ElementsAre("code DIGITS_LOST")) << "and not that it is blank";
  EXPECT_FALSE(ImportRow(this->row({"b"})).is_refused());
}

TEST_F(ImportRowTest, RefusesRowsThatCannotBeReadAndThoseOfAKeyThatCameBefore) {
  row_.mutable_fault()->set_problem(v1::ROW_PROBLEM_CELL_COUNT);
  ImportRow unreadable(format_, row_, kChina);
  unreadable.required_line("code", 5);
  unreadable.moment("seen_at");
  EXPECT_THAT(problems_of(unreadable), ElementsAre(" CELL_COUNT"));

  row({"a"});
  row_.set_repeats(2);
  const ImportRow repeated(format_, row_, kChina);
  EXPECT_EQ(repeated.refusals().at(0).reason(), "a stands in row 2 already");
}

}  // namespace
}  // namespace wenming::tables
