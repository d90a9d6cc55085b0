#include "tables/writer.h"

#include <gtest/gtest.h>

#include <array>

#include "tables/table.h"

namespace wenming::tables {
namespace {

const core::UtcOffset kChina;
const core::Timestamp kMoment = *core::parse_rfc3339("2026-03-05T09:30:00+08:00");

std::string csv_of(std::initializer_list<Value> row) {
  std::string out;
  CsvWriter(out, kChina).add(std::vector<Value>(row));
  return out;
}

TEST(CsvWriter, WritesWhatSpreadsheetsRead) {
  std::string out;
  CsvWriter writer(out, kChina);
  writer.begin(std::vector<std::string>{"主题", "note"});
  EXPECT_EQ(out, "\xef\xbb\xbf主题,note\r\n");
  EXPECT_EQ(csv_of({"a,b", std::int64_t{7}, 2.5, std::monostate()}), "\"a,b\",7,2.5,\r\n");
  EXPECT_EQ(csv_of({core::Date(2026, 3, 5), kMoment}), "2026-03-05,2026-03-05T09:30:00+08:00\r\n");
}

TEST(CsvWriter, LeavesNoCellThatASpreadsheetWouldRun) {
  EXPECT_EQ(csv_of({"=cmd|' /C calc'!A0"}), "'=cmd|' /C calc'!A0\r\n");
  EXPECT_EQ(csv_of({"+1", "-1", "@SUM(A1)", "\tx"}), "'+1,'-1,'@SUM(A1),'\tx\r\n");
  EXPECT_EQ(csv_of({std::int64_t{-1}}), "-1\r\n") << "a number is none";
}

TEST(CsvWriter, WritesTextsThatAreReadAgainAsTheyWere) {
  std::string out;
  CsvWriter writer(out, kChina);
  writer.begin(std::vector<std::string>{"a", "b"});
  writer.add(std::vector<Value>{"=1+1", "it's 'so'"});
  TextSource source(out);
  const auto table = open_table(source);
  const Row* row = table->next();
  EXPECT_EQ(row->at("a").text, "=1+1");
  EXPECT_EQ(row->at("b").text, "it's 'so'");
}

TEST(XlsxWriter, WritesCellsThatAreReadAgainAsTheyWere) {
  XlsxWriter writer("诉求", {"text", "number", "share", "day", "moment", "nothing"}, kChina);
  writer.add(std::vector<Value>{"=1+1 <&> 路灯\n不亮", std::int64_t{13'800'138'000}, 0.25, core::Date(2026, 3, 5),
                                kMoment, std::monostate()});
  const auto bytes = writer.finish();
  const auto table = open_table(*bytes, {.sheet = "诉求"});
  EXPECT_EQ(table->columns().at(4), "moment");
  const Row* row = table->next();
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->at("text").text, "=1+1 <&> 路灯\n不亮");
  EXPECT_EQ(row->at("number").text, "13800138000");
  EXPECT_EQ(row->at("share").text, "0.25");
  EXPECT_EQ(row->at("day").text, "2026-03-05");
  EXPECT_EQ(row->at("moment").text, "2026-03-05T09:30:00");
  EXPECT_EQ(row->at("nothing").text, "");
  EXPECT_EQ(table->next(), nullptr);
}

TEST(XlsxWriter, ShowsWhereATextWasTooLongForACell) {
  XlsxWriter writer("s", {"fits", "long", "beyond"}, kChina);
  std::string fits, beyond;
  for (int i = 0; i < 32'766; ++i) fits += "长";
  for (int i = 0; i < 20'000; ++i) beyond += "𠮷";
  writer.add(std::vector<Value>{fits, fits + "长长长", beyond});
  const auto bytes = writer.finish();
  const auto table = open_table(*bytes);
  const Row* row = table->next();
  EXPECT_EQ(row->at("fits").text, fits);
  EXPECT_EQ(row->at("long").text, fits + "…");
  EXPECT_TRUE(row->at("beyond").text.ends_with("𠮷…"));
}

}  // namespace
}  // namespace wenming::tables
