#include "tables/xlsx_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.h"
#include "domain/refusal.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;

constexpr int kHeaderWithin = 20;  // rows with text
constexpr std::size_t kLastColumn = 16'384;
constexpr std::size_t kLastRow = 1'048'576;

struct Position {
  int row = 0, column = 0;  // from 1; 0: not stated
};

/// `AB12`; nullopt where it is none.
std::optional<Position> parse_position(std::string_view text) {
  std::size_t column = 0, at = 0;
  for (; at < text.size() && text[at] >= 'A' && text[at] <= 'Z' && column <= kLastColumn; ++at) {
    column = column * 26 + static_cast<std::size_t>(text[at] - 'A' + 1);
  }
  const std::size_t row = number_or(text.substr(at), 0);
  if (column == 0 || column > kLastColumn || row == 0 || row > kLastRow) return std::nullopt;
  return Position{static_cast<int>(row), static_cast<int>(column)};
}

[[noreturn]] void refuse_damaged() {
  throw domain::Refusal(v1::PROBLEM_TABLE_DAMAGED);
}

bool is_blank(const Cell& cell) {
  return !cell.fault && core::trim(cell.text).empty();
}

/// What texts of cells may hold. XML lets no other control characters through, but Excel has a form of its own for
/// them.
bool holds_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == '\x7f';
  });
}

/// The areas that a sheet shows as one cell.
template <class Found>
class MergedAreas final : public XmlHandler {
 public:
  explicit MergedAreas(Found found) : found_(std::move(found)) {}
  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "mergeCell") return;
    const std::string_view reference = attributes.get("ref");
    const std::size_t colon = reference.find(':');
    const auto from = parse_position(reference.substr(0, colon));
    const auto to = colon == std::string_view::npos ? from : parse_position(reference.substr(colon + 1));
    if (!from || !to || to->row < from->row || to->column < from->column) refuse_damaged();
    found_(*from, *to);
  }
  void end(std::string_view /*name*/) override {}
  void text(std::string_view /*run*/) override {}

 private:
  Found found_;
};

}  // namespace

/// Makes rows of the XML of a sheet. What a block of it holds of rows waits in `rows`.
class XlsxTable::SheetReader final : public XmlHandler {
 public:
  SheetReader(Workbook& book, const Limits& limits) : book_(book), limits_(limits) {}

  void start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "row") {
      begin_row(attributes);
    } else if (name == "c") {
      begin_cell(attributes);
    } else if (name == "v") {
      inside_ = &value_;
      has_value_ = true;
    } else if (name == "t") {
      inside_ = pronunciation_ ? nullptr : &value_;
      has_value_ = true;
    } else if (name == "f") {
      has_formula_ = true;
    } else if (name == "rPh") {
      pronunciation_ = true;
    }
  }
  void end(std::string_view name) override {
    if (name == "v" || name == "t") inside_ = nullptr;
    if (name == "rPh") pronunciation_ = false;
    if (name == "c") end_cell();
    if (name == "row" && in_row_) {
      in_row_ = false;
      rows.push_back(std::move(row_));
    }
  }
  void text(std::string_view run) override {
    if (inside_ == nullptr) return;
    if (inside_->size() + run.size() > limits_.cell_bytes) {
      too_large_ = true;
    } else {
      *inside_ += run;
    }
  }

  std::deque<SheetRow> rows;

 private:
  void begin_row(const XmlAttributes& attributes) {
    const std::size_t number = number_or(attributes.get("r"), static_cast<std::size_t>(last_row_) + 1);
    if (in_row_ || number <= static_cast<std::size_t>(last_row_) || number > kLastRow) refuse_damaged();
    last_row_ = static_cast<int>(number);
    column_ = 0;
    row_bytes_ = 0;
    in_row_ = true;
    row_ = {};
    row_.number = last_row_;
  }
  void begin_cell(const XmlAttributes& attributes) {
    if (!in_row_) refuse_damaged();
    ++column_;
    if (const std::string_view reference = attributes.get("r"); !reference.empty()) {
      const auto position = parse_position(reference);
      if (!position || position->column < column_) refuse_damaged();
      column_ = position->column;
    }
    type_ = attributes.get("t");
    style_ = number_or(attributes.get("s"), 0);
    value_.clear();
    has_value_ = has_formula_ = too_large_ = false;
  }
  void end_cell() {
    const auto index = static_cast<std::size_t>(column_) - 1;
    if (!in_row_ || index >= limits_.columns) return;
    Cell cell = read_cell();
    if (tables::is_blank(cell)) return;
    row_bytes_ += cell.text.size();
    if (row_bytes_ > limits_.row_bytes) {
      cell = {{}, {v1::ROW_PROBLEM_ROW_TOO_LARGE, {{"limit", std::to_string(limits_.row_bytes)}}}};
    }
    row_.blank = false;
    if (row_.cells.size() <= index) row_.cells.resize(index + 1);
    row_.cells[index] = std::move(cell);
  }

  Cell read_cell() {
    if (too_large_) return {{}, {v1::ROW_PROBLEM_CELL_TOO_LARGE, {{"limit", std::to_string(limits_.cell_bytes)}}}};
    // A formula may come to an empty text.
    if (has_formula_ && value_.empty() && type_ != "str") return {{}, {v1::ROW_PROBLEM_NOT_CALCULATED}};
    if (!has_value_) return {};
    if (type_ == "s") return shared_text();
    if (type_ == "inlineStr" || type_ == "str" || type_ == "d") return text_cell(unescaped(value_));
    if (type_ == "b") return {value_ == "1" || value_ == "true" ? "TRUE" : "FALSE"};
    if (type_ == "e") return {value_, {v1::ROW_PROBLEM_ERROR_VALUE, {{"value", value_}}}};
    if (value_.empty()) return {};
    return number_cell(value_, book_.format(style_), book_.from_1904());
  }
  Cell shared_text() {
    auto text = book_.texts().find(number_or(value_, book_.texts().size()));
    if (!text) return {{}, {v1::ROW_PROBLEM_TEXT_MISSING}};
    if (text->size() > limits_.cell_bytes) {
      return {{}, {v1::ROW_PROBLEM_CELL_TOO_LARGE, {{"limit", std::to_string(limits_.cell_bytes)}}}};
    }
    return text_cell(std::move(*text));
  }
  static Cell text_cell(std::string text) {
    if (holds_control_character(text)) return {{}, {v1::ROW_PROBLEM_CONTROL_CHARACTER}};
    return {std::move(text)};
  }
  static std::string unescaped(std::string_view text) {
    std::string plain;
    append_unescaped(plain, text);
    return plain;
  }

  Workbook& book_;
  const Limits& limits_;
  SheetRow row_;
  bool in_row_ = false;
  int last_row_ = 0;
  int column_ = 0;
  std::size_t row_bytes_ = 0;
  // Of the current cell.
  std::string type_, value_;
  std::string* inside_ = nullptr;
  std::size_t style_ = 0;
  bool has_value_ = false, has_formula_ = false, too_large_ = false, pronunciation_ = false;
};

XlsxTable::XlsxTable(Source& source, const ReadOptions& options)
    : source_(source), options_(options), book_(source, options.limits.unpacked_bytes) {
  const Workbook::Sheet& sheet = book_.sheet(options_.sheet);
  const auto keep = [this](Position from, Position to) {
    if (areas_.size() >= options_.limits.merged_areas) refuse_damaged();
    areas_.push_back({from.row, from.column, to.row, to.column});
  };
  MergedAreas merged(keep);
  if (!read_part(source_, sheet.part, options_.limits.unpacked_bytes, merged)) refuse_damaged();
  std::sort(areas_.begin(), areas_.end(), [](const Area& a, const Area& b) { return a.top < b.top; });

  part_ = ZipPart::open(source_, sheet.part, options_.limits.unpacked_bytes);
  reader_ = std::make_unique<SheetReader>(book_, options_.limits);
  parser_ = std::make_unique<XmlParser>(*reader_);
  read_header();
}

XlsxTable::~XlsxTable() = default;

/// The next row of the sheet into `current_`; false after the last.
bool XlsxTable::read_row() {
  while (reader_->rows.empty()) {
    if (unpacked_) return false;
    const std::string_view block = part_->next();
    if (block.empty()) {
      parser_->finish();
      unpacked_ = true;
    } else {
      parser_->feed(block);
    }
  }
  current_ = std::move(reader_->rows.front());
  reader_->rows.pop_front();
  return true;
}

void XlsxTable::read_header() {
  std::optional<SheetRow> first;
  for (int seen = 0; seen < kHeaderWithin && read_row();) {
    if (current_.blank) continue;
    ++seen;
    if (names_required(current_)) return take_header(current_);
    if (!first) first = std::move(current_);
  }
  if (!first) throw domain::Refusal(v1::PROBLEM_TABLE_HEADER);
  take_header(*first);  // which says what it lacks
}

bool XlsxTable::names_required(const SheetRow& row) const {
  return std::all_of(options_.required.begin(), options_.required.end(), [&](const std::string& column) {
    return std::any_of(row.cells.begin(), row.cells.end(),
                       [&](const Cell& cell) { return core::trim(cell.text) == column; });
  });
}

/// Column names may reach over several rows.
void XlsxTable::take_header(const SheetRow& row) {
  std::vector<std::string> names;
  for (const Cell& cell : row.cells) names.emplace_back(core::trim(cell.text));
  name_columns(std::move(names));
  require_columns(options_.required);
  first_row_ = row.number + 1;
  for (const Area& area : areas_) {
    if (area.top <= row.number && area.bottom >= row.number) first_row_ = std::max(first_row_, area.bottom + 1);
  }
  while (next_area_ < areas_.size() && areas_[next_area_].top < first_row_) ++next_area_;
}

const Row* XlsxTable::next() {
  do {
    if (!read_row()) return nullptr;
    if (current_.number >= first_row_) show_merged(current_);
  } while (current_.blank || current_.number < first_row_);

  Row& row = fresh_row();
  row.number_ = current_.number;
  for (std::size_t i = 0; i < std::min(row.cells_.size(), current_.cells.size()); ++i) {
    row.cells_[i] = std::move(current_.cells[i]);
  }
  return &row;
}

void XlsxTable::show_merged(SheetRow& row) {
  std::erase_if(showing_, [&](const Showing& s) { return s.area.bottom < row.number; });
  for (; next_area_ < areas_.size() && areas_[next_area_].top <= row.number; ++next_area_) {
    const Area& area = areas_[next_area_];
    const auto left = static_cast<std::size_t>(area.left) - 1;
    // Where the row with the text is not there at all, the area is blank.
    if (area.bottom < row.number || area.top != row.number || left >= row.cells.size()) continue;
    // Areas do not lie on each other.
    if (showing_.size() == options_.limits.columns) refuse_damaged();
    showing_.push_back({area, row.cells[left]});
  }
  for (const Showing& shown : showing_) {
    const auto right = std::min(static_cast<std::size_t>(shown.area.right), columns().size());
    if (row.cells.size() < right) row.cells.resize(right);
    for (auto i = static_cast<std::size_t>(shown.area.left) - 1; i < right; ++i) {
      if (is_blank(row.cells[i])) row.cells[i] = shown.cell;
    }
  }
}

}  // namespace wenming::tables
