#include "tables/table.h"

#include <gtest/gtest.h>

#include "domain/refusal.h"
#include "tables/writer.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;

// 主题,内容 / 路灯,坏 in GBK.
const std::string kGbk = "\xd6\xf7\xcc\xe2,\xc4\xda\xc8\xdd\r\n\xc2\xb7\xb5\xc6,\xbb\xb5\r\n";

std::string code_of(std::string_view bytes, const ReadOptions& options = {}) {
  TextSource source(bytes);
  try {
    const auto table = open_table(source, options);
    while (table->next() != nullptr) continue;
  } catch (const domain::Refusal& refusal) {
    return refusal.code();
  }
  return {};
}

TEST(Table, ReadsCsvInUtf8AndGb18030Alike) {
  for (const std::string& text :
       std::vector<std::string>{"主题,内容\r\n路灯,坏\r\n", "\xef\xbb\xbf主题,内容\n路灯,坏", kGbk}) {
    TextSource source(text);
    const auto table = open_table(source, {.required = {"内容", "主题"}});
    const Row* row = table->next();
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->at("主题").text, "路灯");
    EXPECT_EQ(row->at("内容").text, "坏");
    EXPECT_EQ(row->number(), 2);
    EXPECT_EQ(row->line(), 2);
    EXPECT_EQ(table->next(), nullptr);
  }
}

TEST(Table, ReadsTheEncodingThatIsStated) {
  TextSource source(kGbk);
  EXPECT_EQ(open_table(source, {.encoding = Encoding::Gb18030})->columns().front(), "主题");
}

TEST(Table, GoesOnBehindRowsThatCannotBeRead) {
  TextSource source("a,b\n1\n2,\"x\"y\n3,\x01\n4,\xff\n5,e\n");
  const auto table = open_table(source);
  std::vector<v1::RowProblem> problems;
  while (const Row* row = table->next()) problems.push_back(row->fault().problem);
  EXPECT_EQ(problems,
            (std::vector{v1::ROW_PROBLEM_CELL_COUNT, v1::ROW_PROBLEM_QUOTE_CLOSED, v1::ROW_PROBLEM_CONTROL_CHARACTER,
                         v1::ROW_PROBLEM_ENCODING, v1::ROW_PROBLEM_UNSPECIFIED}));
}

TEST(Table, TellsTheRowAndTheLineOfCellsWithLineBreaks) {
  TextSource source("a,b\n1,\"two\nlines\"\n\n,\n2,x\n");
  const auto table = open_table(source);
  EXPECT_EQ(table->next()->line(), 2);
  const Row* row = table->next();
  EXPECT_EQ(row->line(), 6);
  EXPECT_EQ(row->number(), 4) << "the row of nothing but a comma is passed over, and counted";
}

TEST(Table, RefusesWhatIsNoTableAndSaysWhat) {
  EXPECT_EQ(code_of(""), "table_header");
  EXPECT_EQ(code_of("a,a\n"), "table_column_names");
  EXPECT_EQ(code_of("a,,c\n"), "table_column_names");
  EXPECT_EQ(code_of("a,b\n", {.required = {"a", "c"}}), "table_columns");
  EXPECT_EQ(code_of("\xff\xfe"
                    "a\0b\0"),
            "table_utf16");
  EXPECT_EQ(code_of(std::string("\x89PNG\r\n\0\0", 8)), "table_kind");
  EXPECT_EQ(code_of("PK\x03\x04 and no more"), "table_damaged");
}

/// A compound file whose directory names these streams.
std::string compound_file(std::string_view stream) {
  std::string bytes = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
  bytes.resize(1024);
  bytes[30] = 9;  // sectors of 512 bytes, the directory in the first
  for (const char c : stream) bytes.append({c, '\0'});
  bytes.resize(2048);
  return bytes;
}

TEST(Table, RefusesOldAndProtectedWorkbooksByName) {
  // The directory is in the first sector, behind the header of 512 bytes.
  const auto at_first_sector = [](std::string bytes) { return bytes.erase(512, 512); };
  EXPECT_EQ(code_of(at_first_sector(compound_file("Workbook"))), "table_old_workbook");
  EXPECT_EQ(code_of(at_first_sector(compound_file("EncryptedPackage"))), "table_encrypted");
  EXPECT_EQ(code_of(at_first_sector(compound_file("WordDocument"))), "table_kind");
}

}  // namespace
}  // namespace wenming::tables
