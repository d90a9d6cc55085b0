#include "core/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace wenming::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Table = std::vector<std::vector<std::string>>;

/// All records, each fault as a record of one field: its text.
Table read_all(CsvReader& csv) {
  Table table;
  while (true) {
    try {
      const CsvRecord* record = csv.next();
      if (!record) return table;
      table.emplace_back(record->fields().begin(), record->fields().end());
    } catch (const CsvError& error) {
      table.push_back({error.what()});
    }
  }
}

Table read_all(std::string_view text, CsvLimits limits = {}) {
  CsvReader csv(text, limits);
  return read_all(csv);
}

std::string header_fault(std::string_view text) {
  try {
    const CsvReader csv(text);
  } catch (const CsvError& error) {
    return error.what();
  }
  return "none";
}

TEST(CsvReaderTest, FindsFieldsByTheNamesOfTheHeaderInAnyOrder) {
  CsvReader csv("name,code\n龙岗街道,500111001\n");
  csv.require({"code", "name"});
  EXPECT_THAT(csv.columns(), ElementsAre("name", "code"));
  const CsvRecord* record = csv.next();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->at("code"), "500111001");
  EXPECT_EQ(record->at("name"), "龙岗街道");
  EXPECT_THROW((void)record->at("level"), std::out_of_range);
  EXPECT_FALSE(csv.next());
  EXPECT_FALSE(csv.next());
}

TEST(CsvReaderTest, SkipsTheByteOrderMarkThatSpreadsheetsWrite) {
  CsvReader csv("\xef\xbb\xbf\"code\",name\r\n1,2\r\n");
  EXPECT_THAT(csv.columns(), ElementsAre("code", "name"));
}

TEST(CsvReaderTest, ReadsQuotedFieldsOverSeveralLines) {
  EXPECT_EQ(read_all("a,b\r\n\"one, two\",\"say \"\"yes\"\"\"\r\n\"first\r\nsecond\n\",\"\"\n"),
            (Table{{"one, two", "say \"yes\""}, {"first\r\nsecond\n", ""}}));
}

TEST(CsvReaderTest, KeepsSpacesAndEmptyFields) {
  EXPECT_EQ(read_all("a,b,c\n x ,,\n"), (Table{{" x ", "", ""}}));
}

TEST(CsvReaderTest, TakesALastRecordWithoutLineBreak) {
  EXPECT_EQ(read_all("a,b\n1,2"), (Table{{"1", "2"}}));
  EXPECT_EQ(read_all("a,b\n1,"), (Table{{"1", ""}}));
  EXPECT_EQ(read_all("a,b\n1,\"2\""), (Table{{"1", "2"}}));
}

TEST(CsvReaderTest, SkipsBlankLines) {
  EXPECT_EQ(read_all("\r\n\na\n\n1\r\n\r\n\n2\n\n"), (Table{{"1"}, {"2"}}));
  EXPECT_EQ(read_all("a\n\"\"\n"), (Table{{""}})) << "a quoted nothing is a record";
}

TEST(CsvReaderTest, CountsRecordsAndLines) {
  CsvReader csv("a,b\n1,\"x\ny\nz\"\n\n2,x\n");
  const CsvRecord* record = csv.next();
  EXPECT_EQ(record->number(), 1U);
  EXPECT_EQ(record->line(), 2U);
  record = csv.next();
  EXPECT_EQ(record->number(), 2U);
  EXPECT_EQ(record->line(), 6U);
}

TEST(CsvReaderTest, NamesEveryMissingColumn) {
  CsvReader csv("code\n");
  try {
    csv.require({"code", "name", "level"});
    FAIL();
  } catch (const CsvError& error) {
    EXPECT_STREQ(error.what(), "line 1: the header lacks `name`, `level`");
  }
}

TEST(CsvReaderTest, RefusesAHeaderThatDoesNotNameEachColumnOnce) {
  EXPECT_EQ(header_fault(""), "line 1: there is no header");
  EXPECT_EQ(header_fault("\n\n"), "line 3: there is no header");
  EXPECT_EQ(header_fault("\na,b, a\n"), "line 2: two columns are named `a`");
  EXPECT_EQ(header_fault("a,,b\n"), "line 1: column 2 has no name");
  EXPECT_EQ(header_fault("a,\xff\n"), "line 1: field 2 is not valid UTF-8");
  EXPECT_THAT(header_fault("\"a,b\n"), HasSubstr("never closed"));
}

TEST(CsvReaderTest, NamesEveryBadRecordAndGoesOnBehindIt) {
  EXPECT_EQ(read_all("a,b\n"
                     "1\n"
                     "2,2,2\n"
                     "3,\"x\ny\"z\n"
                     "4,x\"y\n"
                     "5,\"\xce\xc4\"\n"
                     "6,x\ry\n"
                     "7,7\n"
                     "7,\"\x07\"\n"
                     "8,\"open\n9,9\n"),
            (Table{{"line 2: the record has 1 field, the header 2"},
                   {"line 3: the record has 3 fields, the header 2"},
                   {"line 5: text stands behind a closing quote; a quote inside a quoted field is written twice"},
                   {"line 6: a quote stands inside an unquoted field; such a field is quoted whole, and its quotes "
                    "written twice"},
                   {"line 7: `b` is not valid UTF-8"},
                   {"line 8: a carriage return stands without a line feed"},
                   {"7", "7"},
                   {"line 10: `b` holds a control character"},
                   {"line 11: a quoted field is never closed"}}));
}

TEST(CsvReaderTest, BoundsFieldsAndRecordsAndGoesOnBehindThem) {
  const CsvLimits limits{.field_bytes = 5, .record_bytes = 9};
  const Table table =
      read_all("a,b,c\n12345,1,1\n123456,,\n1,1,1\n1234,1234,1\n,,,,,,,,,,\n\"12345\n\n\n\",,\n2,2,2\n", limits);
  ASSERT_EQ(table.size(), 7U);
  EXPECT_EQ(table[0], (std::vector<std::string>{"12345", "1", "1"}));
  EXPECT_THAT(table[1][0], HasSubstr("line 3: a field has more than 5 bytes"));
  EXPECT_EQ(table[2].size(), 3U);
  EXPECT_THAT(table[3][0], HasSubstr("line 5: the record has more than 9 bytes"));
  EXPECT_THAT(table[4][0], HasSubstr("line 6: the record has more than 9 bytes"));
  EXPECT_THAT(table[5][0], HasSubstr("line 7: a field has more than 5 bytes"));
  EXPECT_EQ(table[6], (std::vector<std::string>{"2", "2", "2"}));
}

TEST(CsvReaderTest, TellsWhenTheStreamFails) {
  std::istringstream stream("a,b\n");
  stream.setstate(std::ios::badbit);
  EXPECT_THROW(CsvReader csv(stream), std::runtime_error);
}

TEST(CsvWriterTest, QuotesOnlyWhereNeeded) {
  std::string out;
  append_csv_record(out, {"code", "name"});
  append_csv_record(out, {"1", "a, b"});
  append_csv_record(out, {"", "say \"yes\"\nor no"});
  append_csv_record(out, {""});
  EXPECT_EQ(out, "code,name\r\n1,\"a, b\"\r\n,\"say \"\"yes\"\"\nor no\"\r\n\"\"\r\n");
}

TEST(CsvWriterTest, WritesWhatTheReaderReadsFromTextsAndStreamsAlike) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string_view pieces[] = {",", "\"", "\n", "\r\n", " ", "文明", "a", "bc", "0123456789"};
  const auto any = [&](std::size_t count) { return static_cast<std::size_t>(random()) % count; };

  // Longer than the reader's buffer, so that everything falls on its border now and then.
  Table table;
  std::string text;
  append_csv_record(text, {"a", "b", "c"});
  while (text.size() < 1'000'000) {
    std::vector<std::string>& record = table.emplace_back(3);
    for (std::string& field : record) {
      for (std::size_t n = any(8); n > 0; --n) field += pieces[any(std::size(pieces))];
    }
    const std::vector<std::string_view> fields(record.begin(), record.end());
    append_csv_record(text, fields);
  }
  EXPECT_TRUE(read_all(text) == table);
  std::istringstream stream(text);
  CsvReader csv(stream);
  EXPECT_TRUE(read_all(csv) == table);
}

}  // namespace
}  // namespace wenming::core
