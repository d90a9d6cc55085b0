#include "tables/import_row.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "contract/mask.h"
#include "contract/problem.h"
#include "core/text.h"
#include "domain/value.h"
#include "tables/import.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;
namespace pb = google::protobuf;

constexpr std::size_t kShownCharacters = 60;  // of a cell, in reasons and in the error file

std::string shown(std::string_view text) {
  return std::string(core::first_code_points(core::trim(text), kShownCharacters));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

contract::Arguments arguments_of(const store::v1::ImportFault& fault) {
  contract::Arguments arguments;
  for (int i = 0; i + 1 < fault.arguments_size(); i += 2)
    arguments.emplace_back(fault.arguments(i), fault.arguments(i + 1));
  return arguments;
}

/// Takes a number of up to so many digits from the front of the text; nullopt where there is none.
std::optional<int> take_number(std::string_view& text, std::size_t most_digits) {
  int number = 0;
  const char* const end = text.data() + std::min(text.size(), most_digits);
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return number;
}

bool take(std::string_view& text, std::initializer_list<std::string_view> marks) {
  for (const std::string_view mark : marks) {
    if (!text.starts_with(mark)) continue;
    text.remove_prefix(mark.size());
    return true;
  }
  return false;
}

std::optional<core::Date> take_day(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, {"-", "/", ".", "年"})) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, {"-", "/", ".", "月"})) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  take(text, {"日"});
  const std::chrono::year_month_day ymd(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                        std::chrono::day(static_cast<unsigned>(*day)));
  if (*year < 1900 || !ymd.ok()) return std::nullopt;
  return core::Date(std::chrono::local_days(ymd));
}

/// `9:30` or `09:30:00`.
std::optional<std::chrono::seconds> take_time(std::string_view& text) {
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, {":", "："})) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  if (!take(text, {":", "："})) return std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  const auto seconds = take_number(text, 2);
  if (!seconds || *seconds > 59) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
}

}  // namespace

std::optional<core::Date> parse_day(std::string_view text) {
  const auto day = take_day(text);
  return text.empty() ? day : std::nullopt;
}

std::optional<core::Timestamp> parse_moment(std::string_view text, core::UtcOffset offset) {
  if (const auto exact = core::parse_rfc3339(text)) return exact;
  const auto day = take_day(text);
  if (!day || !take(text, {"T", " "})) return std::nullopt;
  text = core::trim(text);
  const auto time = take_time(text);
  if (!time || !text.empty()) return std::nullopt;
  return offset.start_of(*day) + *time;
}

ImportRow::ImportRow(const ImportFormat& format, const store::v1::ImportRow& row, core::UtcOffset offset)
    : format_(&format), row_(row), offset_(offset) {
  if (row_.has_fault()) {
    refuse(row_.fault().column(), static_cast<v1::RowProblem>(row_.fault().problem()), arguments_of(row_.fault()));
  } else if (row_.repeats() != 0) {
    // The last column of the key tells rows apart that agree in those before it.
    const std::string& column = format_->key.back();
    refuse(column, v1::ROW_PROBLEM_REPEATED,
           {{"value", shown(row_.cells(index_of(column)).text())}, {"row", std::to_string(row_.repeats())}});
  }
}

int ImportRow::index_of(std::string_view column) const {
  const auto& columns = format_->columns;
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == column; });
  if (found == columns.end()) throw std::out_of_range("the import has no column `" + std::string(column) + "`");
  return static_cast<int>(found - columns.begin());
}

std::string_view ImportRow::cell(std::string_view column) {
  if (row_.has_fault()) return {};
  const store::v1::ImportCell& cell = row_.cells(index_of(column));
  if (!cell.has_fault()) return cell.text();
  const bool noted =
      std::any_of(refusals_.begin(), refusals_.end(), [&](const auto& r) { return r.column() == column; });
  if (!noted) refuse(column, static_cast<v1::RowProblem>(cell.fault().problem()), arguments_of(cell.fault()));
  return {};
}

bool ImportRow::states(std::string_view column) const {
  if (row_.has_fault()) return false;
  const store::v1::ImportCell& cell = row_.cells(index_of(column));
  return cell.has_fault() || !core::trim(cell.text()).empty();
}

void ImportRow::check(std::string_view column, std::string_view text, std::size_t most_characters, bool several_lines) {
  if (core::code_points(text) > most_characters) {
    refuse(column, v1::ROW_PROBLEM_TOO_LONG, {{"limit", std::to_string(most_characters)}});
  }
  const bool control = std::any_of(text.begin(), text.end(), [&](char c) {
    return is_control(c) && !(several_lines && (c == '\n' || c == '\r' || c == '\t'));
  });
  if (control) refuse(column, v1::ROW_PROBLEM_CONTROL_CHARACTER);
}

std::string ImportRow::line(std::string_view column, std::size_t most_characters) {
  const std::string_view text = core::trim(cell(column));
  check(column, text, most_characters, false);
  return std::string(text);
}

std::string ImportRow::required_line(std::string_view column, std::size_t most_characters) {
  if (!row_.has_fault() && !states(column)) refuse(column, v1::ROW_PROBLEM_BLANK);
  return line(column, most_characters);
}

std::string ImportRow::text(std::string_view column, std::size_t most_characters) {
  const std::string_view text = cell(column);
  if (core::trim(text).empty()) return {};
  check(column, text, most_characters, true);
  return std::string(text);
}

std::optional<core::Timestamp> ImportRow::moment(std::string_view column) {
  const std::string_view text = core::trim(cell(column));
  if (text.empty()) return std::nullopt;
  const auto moment = parse_moment(text, offset_);
  if (!moment) refuse(column, v1::ROW_PROBLEM_NOT_A_MOMENT, {{"value", shown(text)}});
  return moment;
}

std::optional<core::Date> ImportRow::day(std::string_view column) {
  const std::string_view text = core::trim(cell(column));
  if (text.empty()) return std::nullopt;
  const auto day = parse_day(text);
  if (!day) refuse(column, v1::ROW_PROBLEM_NOT_A_DAY, {{"value", shown(text)}});
  return day;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): personal values are masked in it
void ImportRow::refuse(std::string_view column, const pb::EnumValueDescriptor& problem, contract::Arguments arguments) {
  if (row_.has_fault() && is_refused()) return;  // what it does not say cannot be wrong as well
  store::v1::RefusedCell& refusal = refusals_.emplace_back();
  refusal.set_row(row_.number());
  refusal.set_line(row_.line());
  refusal.set_column(std::string(column));
  const bool has_cell = !column.empty() && !row_.has_fault();
  if (has_cell) {
    const int index = index_of(column);
    const v1::Personal personal = format_->columns[static_cast<std::size_t>(index)].personal;
    const bool masks = personal != v1::PERSONAL_UNSPECIFIED;
    const std::string text = shown(row_.cells(index).text());
    refusal.set_value(masks ? contract::masked(text, personal) : text);
    for (auto& [name, value] : arguments)
      if (masks && name == "value") value = contract::masked(value, personal);
  }
  refusal.set_problem(std::string(domain::enum_text(*problem.type(), problem.number())));
  refusal.set_reason(contract::text_of(problem, contract::Language::English, arguments));
  refusal.set_reason_zh(contract::text_of(problem, contract::Language::Chinese, arguments));
}

}  // namespace wenming::tables
