// Workbooks as others write them: by openpyxl, a writer that has nothing to do with this reader, and part by part, with
// what no writer does by itself.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "domain/refusal.h"
#include "tables/table.h"
#include "tables/test_support.h"
#include "tables/writer.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;
using testing::text_cell;
using testing::workbook;
using testing::workbook_parts;
using testing::zipped;
using Texts = std::vector<std::vector<std::string>>;

/// The texts of all rows, those of the column names first.
Texts texts_of(std::string_view bytes, const ReadOptions& options = {}) {
  TextSource source(bytes);
  const auto table = open_table(source, options);
  Texts texts{table->columns()};
  while (const Row* row = table->next()) {
    auto& cells = texts.emplace_back();
    for (const Cell& cell : row->cells()) cells.push_back(cell.text);
  }
  return texts;
}

std::string code_of(std::string_view bytes, const ReadOptions& options = {}) {
  try {
    texts_of(bytes, options);
  } catch (const domain::Refusal& refusal) {
    return refusal.code();
  }
  return {};
}

v1::RowProblem problem_of(const std::string& cell, const testing::Parts& further = {}) {
  testing::Parts parts =
      workbook_parts("<row r=\"1\">" + text_cell("A1", "a") + "</row><row r=\"2\">" + cell + "</row>");
  parts.insert(further.begin(), further.end());
  const std::string bytes = zipped(parts);
  TextSource source(bytes);
  const auto table = open_table(source);
  return table->next()->at("a").fault.problem;
}

/// What the script makes of `book`, a new workbook whose first sheet is `sheet`; empty where there is no openpyxl.
std::string made_by_openpyxl(const std::string& script) {
  const auto folder = std::filesystem::temp_directory_path() / ("wenming-tables-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto file = folder / "book.xlsx";
  std::ofstream(folder / "make.py") << "import datetime, openpyxl\nbook = openpyxl.Workbook()\nsheet = book.active\n"
                                    << script << "\nbook.save('" << file.string() << "')\n";
  const int result = std::system(("/usr/bin/python3 " + (folder / "make.py").string() + " 2>/dev/null").c_str());
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::filesystem::remove_all(folder);
  return result == 0 ? bytes : std::string();
}

TEST(Workbook, ReadsWhatOpenpyxlWrites) {
  const std::string bytes = made_by_openpyxl(R"(
sheet.append(['subject', 'phone', 'day', 'moment', 'done'])
sheet.append(['路灯不亮', 13800138000, datetime.date(2026, 3, 5), datetime.datetime(2026, 3, 5, 9, 30), True])
sheet.append(['=1+1', None, None, None, None])
sheet['A3'].data_type = 's'
sheet.append([])
sheet.append(['two\nlines', '0012', None, None, False])
)");
  if (bytes.empty()) GTEST_SKIP() << "no openpyxl for /usr/bin/python3";
  EXPECT_EQ(texts_of(bytes), (Texts{{"subject", "phone", "day", "moment", "done"},
                                    {"路灯不亮", "13800138000", "2026-03-05", "2026-03-05T09:30:00", "TRUE"},
                                    {"=1+1", "", "", "", ""},
                                    {"two\nlines", "0012", "", "", "FALSE"}}));
  TextSource source(bytes);
  const auto table = open_table(source);
  table->next();
  table->next();
  EXPECT_EQ(table->next()->number(), 5) << "as the spreadsheet counts";
}

TEST(Workbook, ReadsTheSheetThatIsNamedAndElseTheFirstThatIsSeen) {
  const std::string bytes = made_by_openpyxl(R"(
sheet.append(['hidden'])
sheet.sheet_state = 'hidden'
book.create_sheet('第一季度').append(['first'])
book.create_sheet('第二季度').append(['second'])
book.active = 1
)");
  if (bytes.empty()) GTEST_SKIP() << "no openpyxl for /usr/bin/python3";
  EXPECT_EQ(texts_of(bytes).front().front(), "first");
  EXPECT_EQ(texts_of(bytes, {.sheet = "第二季度"}).front().front(), "second");
  EXPECT_EQ(code_of(bytes, {.sheet = "第三季度"}), "table_sheet");
}

TEST(Workbook, PassesOverTitlesAboveTheColumnNames) {
  const std::string bytes = made_by_openpyxl(R"(
sheet['A1'] = '某某县诉求台账'
sheet.merge_cells('A1:C1')
sheet['A3'], sheet['B3'], sheet['C3'] = '单位', '主题', '备注'
sheet.merge_cells('A3:A4'); sheet.merge_cells('B3:B4'); sheet.merge_cells('C3:C4')
sheet['A5'], sheet['B5'] = '住建局', '路灯'
sheet['B6'] = '井盖'
sheet.merge_cells('A5:A6')
sheet['A7'], sheet['B7'] = '城管局', '占道'
)");
  if (bytes.empty()) GTEST_SKIP() << "no openpyxl for /usr/bin/python3";
  EXPECT_EQ(texts_of(bytes, {.required = {"单位", "主题"}}),
            (Texts{{"单位", "主题", "备注"}, {"住建局", "路灯", ""}, {"住建局", "井盖", ""}, {"城管局", "占道", ""}}));
}

TEST(Workbook, CountsDaysFrom1904WhereTheWorkbookDoes) {
  const std::string bytes = made_by_openpyxl(R"(
book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
sheet.append(['day'])
sheet.append([datetime.date(2026, 3, 5)])
)");
  if (bytes.empty()) GTEST_SKIP() << "no openpyxl for /usr/bin/python3";
  EXPECT_EQ(texts_of(bytes).at(1).front(), "2026-03-05");
}

TEST(Workbook, RefusesAFormulaThatNobodyHasCalculated) {
  const std::string bytes = made_by_openpyxl("sheet.append(['a'])\nsheet.append(['=1+1'])");
  if (bytes.empty()) GTEST_SKIP() << "no openpyxl for /usr/bin/python3";
  TextSource source(bytes);
  EXPECT_EQ(open_table(source)->next()->at("a").fault.problem, v1::ROW_PROBLEM_NOT_CALCULATED);
}

TEST(Workbook, ReadsTheStoredResultOfAFormula) {
  EXPECT_EQ(texts_of(workbook("<row r=\"1\">" + text_cell("A1", "a") +
                              "</row><row r=\"2\"><c r=\"A2\" t=\"str\"><f>B2&amp;C2</f><v>路灯</v></c></row>"))
                .at(1)
                .front(),
            "路灯");
}

TEST(Workbook, NamesWhatIsWrongWithACell) {
  EXPECT_EQ(problem_of("<c r=\"A2\" t=\"e\"><v>#N/A</v></c>"), v1::ROW_PROBLEM_ERROR_VALUE);
  EXPECT_EQ(problem_of("<c r=\"A2\" t=\"s\"><v>0</v></c>"), v1::ROW_PROBLEM_TEXT_MISSING) << "no texts at all";
  EXPECT_EQ(problem_of("<c r=\"A2\" t=\"s\"><v>7</v></c>", {{"xl/sharedStrings.xml", "<sst><si><t>x</t></si></sst>"}}),
            v1::ROW_PROBLEM_TEXT_MISSING);
  EXPECT_EQ(problem_of("<c r=\"A2\"><v>110101199003071234</v></c>"), v1::ROW_PROBLEM_DIGITS_LOST);
  EXPECT_EQ(problem_of(text_cell("A2", "x_x0007_y")), v1::ROW_PROBLEM_CONTROL_CHARACTER);
  EXPECT_EQ(problem_of(text_cell("A2", std::string(300'000, 'x'))), v1::ROW_PROBLEM_CELL_TOO_LARGE);
}

TEST(Workbook, ReadsTextsInRunsWithoutTheirPronunciation) {
  testing::Parts parts =
      workbook_parts("<row><c t=\"inlineStr\"><is><t>a</t></is></c></row><row><c t=\"s\"><v>0</v></c></row>");
  parts["xl/sharedStrings.xml"] =
      "<x:sst xmlns:x=\"y\"><x:si><x:r><x:t>路</x:t></x:r><x:r><x:t>灯_x000D__x5F_</x:t></x:r>"
      "<x:rPh><x:t>lùdēng</x:t></x:rPh></x:si></x:sst>";
  EXPECT_EQ(texts_of(zipped(parts)).at(1).front(), "路灯\r_x5F_")
      << "rows and cells without positions follow one another";
}

TEST(Workbook, RefusesWhatIsDamaged) {
  const std::string sound = workbook("<row r=\"1\">" + text_cell("A1", "a") + "</row>");
  EXPECT_EQ(code_of(sound), "");
  EXPECT_EQ(code_of(sound.substr(0, sound.size() / 2)), "table_damaged");
  EXPECT_EQ(code_of(workbook("<row r=\"1\"><c></row>")), "table_damaged");
  EXPECT_EQ(code_of(workbook("<row r=\"2\"/><row r=\"1\"/>")), "table_damaged") << "rows go upwards";
  EXPECT_EQ(code_of(workbook("<row r=\"1\"><c r=\"A0\"/></row>")), "table_damaged");
  EXPECT_EQ(code_of(workbook("")), "table_header");
  testing::Parts parts = workbook_parts("");
  parts.erase("xl/worksheets/sheet1.xml");
  EXPECT_EQ(code_of(zipped(parts)), "table_damaged");
  EXPECT_EQ(code_of(zipped({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"}})), "table_damaged");
}

TEST(Workbook, RefusesDocumentTypesAndWithThemEntities) {
  testing::Parts parts = workbook_parts("");
  parts["xl/workbook.xml"] = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\">]><workbook>&b;</workbook>";
  EXPECT_EQ(code_of(zipped(parts)), "table_damaged");
}

TEST(Workbook, RefusesABombBeforeItGoesOff) {
  // A thousand times as large as what was sent.
  const std::string bomb = workbook("<row r=\"1\">" + text_cell("A1", "a") + "</row>" + std::string(64 << 20, ' '));
  ASSERT_LT(bomb.size(), 128 << 10);
  EXPECT_EQ(code_of(bomb, {.limits = {.unpacked_bytes = 32 << 20}}), "table_too_large");
  const std::string tag = workbook("<row r=\"1\" spans=\"" + std::string(4 << 20, ' ') + "\"/>");
  EXPECT_EQ(code_of(tag), "table_damaged") << "a tag that would have to be kept whole";
  std::string depth;
  for (int i = 0; i < 200; ++i) depth += "<x>";
  EXPECT_EQ(code_of(workbook(depth)), "table_damaged");
}

TEST(Workbook, ReadsAHundredThousandRowsInBoundedMemory) {
  XlsxWriter writer("s", {"id", "subject", "detail"}, core::UtcOffset());
  std::string detail;
  for (int i = 0; i < 100; ++i) detail += "路灯不亮";
  for (int i = 0; i < 100'000; ++i) writer.add(std::vector<Value>{std::int64_t{i}, "路灯", detail});
  const auto bytes = writer.finish();
  const auto most_kilobytes = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const long before = most_kilobytes();
  const auto table = open_table(*bytes);
  int rows = 0;
  while (table->next() != nullptr) ++rows;
  EXPECT_EQ(rows, 100'000);
  EXPECT_LT(most_kilobytes() - before, 20 << 10) << "of 120 MB of text";
}

}  // namespace
}  // namespace wenming::tables
