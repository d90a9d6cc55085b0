#include "tables/number_format.h"

#include <gtest/gtest.h>

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;

constexpr int kDay = 14;
constexpr int kChineseDay = 31;  // yyyy"年"m"月"d"日"
constexpr int kMoment = 22;

std::string shown(std::string_view number, NumberFormat format = {}, bool from_1904 = false) {
  return number_cell(number, format, from_1904).text;
}
v1::RowProblem problem_of(std::string_view number, NumberFormat format = {}) {
  return number_cell(number, format, false).fault.problem;
}

TEST(NumberFormat, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(shown("13800138000"), "13800138000");
  EXPECT_EQ(shown("1.3800138E10"), "13800138000");
  EXPECT_EQ(shown("0.10000000000000001"), "0.1");
  EXPECT_EQ(shown("-0"), "0");
  EXPECT_EQ(shown("2.5"), "2.5");
}

TEST(NumberFormat, RefusesNumbersWhoseDigitsAreGone) {
  EXPECT_EQ(problem_of("1.10101199003074E+17"), v1::ROW_PROBLEM_DIGITS_LOST) << "an identity card";
  EXPECT_EQ(problem_of("999999999999999"), v1::ROW_PROBLEM_UNSPECIFIED);
}

TEST(NumberFormat, KeepsTheZerosInFrontOfCodes) {
  EXPECT_EQ(shown("12", NumberFormat::custom("0000")), "0012");
  EXPECT_EQ(shown("12345", NumberFormat::custom("0000")), "12345");
  EXPECT_EQ(shown("12", NumberFormat::custom("0.00")), "12");
}

TEST(NumberFormat, ShowsDaysAndMoments) {
  EXPECT_EQ(shown("46086", NumberFormat::builtin(kDay)), "2026-03-05");
  EXPECT_EQ(shown("46086.75", NumberFormat::builtin(kChineseDay)), "2026-03-05");
  EXPECT_EQ(shown("46086.395833333336", NumberFormat::builtin(kMoment)), "2026-03-05T09:30:00");
  EXPECT_EQ(shown("46086.99999999", NumberFormat::builtin(kMoment)), "2026-03-06T00:00:00") << "to the second";
  EXPECT_EQ(shown("0.395833333333333", NumberFormat::custom("h:mm")), "09:30:00");
}

TEST(NumberFormat, CountsDaysAsSpreadsheetsDo) {
  EXPECT_EQ(shown("1", NumberFormat::builtin(kDay)), "1900-01-01");
  EXPECT_EQ(shown("59", NumberFormat::builtin(kDay)), "1900-02-28");
  EXPECT_EQ(shown("61", NumberFormat::builtin(kDay)), "1900-03-01");
  EXPECT_EQ(shown("2958465", NumberFormat::builtin(kDay)), "9999-12-31");
  EXPECT_EQ(shown("44624", NumberFormat::builtin(kDay), true), "2026-03-05") << "a workbook that counts from 1904";
}

TEST(NumberFormat, RefusesDaysThatAreNone) {
  EXPECT_EQ(problem_of("0", NumberFormat::builtin(kDay)), v1::ROW_PROBLEM_DATE_RANGE);
  EXPECT_EQ(problem_of("-3", NumberFormat::builtin(kMoment)), v1::ROW_PROBLEM_DATE_RANGE);
  EXPECT_EQ(problem_of("2958466", NumberFormat::builtin(kDay)), v1::ROW_PROBLEM_DATE_RANGE);
  EXPECT_EQ(problem_of("1e300", NumberFormat::builtin(kDay)), v1::ROW_PROBLEM_DATE_RANGE);
  EXPECT_EQ(problem_of("abc"), v1::ROW_PROBLEM_ERROR_VALUE);
}

TEST(NumberFormat, KnowsDatesByTheirCode) {
  using Shows = NumberFormat::Shows;
  EXPECT_EQ(NumberFormat::custom("yyyy\"年\"m\"月\"d\"日\"").shows, Shows::Day);
  EXPECT_EQ(NumberFormat::custom("[$-804]yyyy/m/d").shows, Shows::Day);
  EXPECT_EQ(NumberFormat::custom("yyyy-mm-dd hh:mm:ss").shows, Shows::Moment);
  EXPECT_EQ(NumberFormat::custom("mmm").shows, Shows::Day);
  EXPECT_EQ(NumberFormat::custom("mm:ss").shows, Shows::TimeOfDay);
  EXPECT_EQ(NumberFormat::custom("General").shows, Shows::Number);
  EXPECT_EQ(NumberFormat::custom("[Red]0.00;-0.00\"天\"").shows, Shows::Number);
  EXPECT_EQ(NumberFormat::custom("#,##0\\d").shows, Shows::Number) << "an escaped letter is shown as it stands";
  EXPECT_EQ(NumberFormat::custom("0.00E+00").shows, Shows::Number);
}

}  // namespace
}  // namespace wenming::tables
