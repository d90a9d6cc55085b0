#include "hotline/case_file.h"

#include <algorithm>
#include <map>

#include "contract/problem.h"
#include "core/csv.h"
#include "core/encoding.h"
#include "core/hash.h"
#include "core/text.h"
#include "domain/refusal.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {
namespace {

using domain::Refusal;

constexpr std::size_t kMaxIdentifier = 60;
constexpr std::size_t kMaxSubject = 200;
constexpr std::size_t kMaxText = 8000;

bool holds_control_character(std::string_view text, bool several_lines) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    if (several_lines && (c == '\n' || c == '\r' || c == '\t')) return false;
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

/// Reads the cells of one record and notes every one that cannot be used.
class RowReader {
 public:
  RowReader(const core::CsvRecord& record, int row, core::Timestamp now) : record_(record), now_(now) {
    row_.row = row;
    row_.line = static_cast<int>(record.line());
  }

  /// The row; nullopt where something is wrong with it.
  std::optional<FileRow> read(std::vector<v1::RefusedRow>& refused_rows) {
    row_.message_id = line("message_id", kMaxIdentifier, true);
    row_.user_id = line("user_id", kMaxIdentifier, false);
    row_.subject = line("subject", kMaxSubject, true);
    row_.detail = text("detail");
    row_.reply = text("reply");
    if (const auto received_at = moment("received_at")) row_.received_at = *received_at;
    row_.replied_at = moment("replied_at");
    check_moments();
    const bool sound = faults_.empty();
    std::move(faults_.begin(), faults_.end(), std::back_inserter(refused_rows));
    return sound ? std::optional(std::move(row_)) : std::nullopt;
  }

 private:
  void fault(std::string_view column, v1::RowProblem problem, const contract::Arguments& arguments = {}) {
    faults_.push_back(refused(row_.row, row_.line, column, problem, arguments));
  }

  bool is_blank(std::string_view column) const { return core::trim(record_.at(column)).empty(); }

  /// A cell of one line, without white space around it.
  std::string line(std::string_view column, std::size_t limit, bool required) {
    const std::string_view cell = core::trim(record_.at(column));
    if (required && cell.empty()) fault(column, v1::ROW_PROBLEM_BLANK);
    check_text(column, cell, limit, false);
    return std::string(cell);
  }

  /// A cell of several lines, as it is; not stated if there is nothing but white space.
  std::string text(std::string_view column) {
    if (is_blank(column)) return {};
    check_text(column, record_.at(column), kMaxText, true);
    return std::string(record_.at(column));
  }

  void check_text(std::string_view column, std::string_view cell, std::size_t limit, bool several_lines) {
    if (core::code_points(cell) > limit) fault(column, v1::ROW_PROBLEM_TOO_LONG, {{"limit", std::to_string(limit)}});
    if (holds_control_character(cell, several_lines)) fault(column, v1::ROW_PROBLEM_CONTROL_CHARACTER);
  }

  std::optional<core::Timestamp> moment(std::string_view column) {
    const std::string_view cell = core::trim(record_.at(column));
    if (cell.empty()) return std::nullopt;
    const auto moment = core::parse_rfc3339(cell);
    const std::string shown(core::first_code_points(cell, kMaxIdentifier));
    if (!moment) {
      fault(column, v1::ROW_PROBLEM_NOT_A_MOMENT, {{"value", shown}});
    } else if (*moment > now_) {
      fault(column, v1::ROW_PROBLEM_IN_FUTURE, {{"value", shown}});
    }
    return moment;
  }

  /// What must be stated, and what must be stated together.
  void check_moments() {
    if (is_blank("received_at")) fault("received_at", v1::ROW_PROBLEM_BLANK);
    if (is_blank("reply") && !is_blank("replied_at")) fault("reply", v1::ROW_PROBLEM_BLANK);
    if (is_blank("replied_at") && !is_blank("reply")) fault("replied_at", v1::ROW_PROBLEM_BLANK);
    if (row_.replied_at && *row_.replied_at < row_.received_at) {
      fault("replied_at", v1::ROW_PROBLEM_REPLIED_BEFORE_RECEIVED,
            {{"value", std::string(core::trim(record_.at("replied_at")))}});
    }
  }

  const core::CsvRecord& record_;
  core::Timestamp now_;
  FileRow row_;
  std::vector<v1::RefusedRow> faults_;
};

/// Reads one record after the other, and goes on behind bad ones so that all of them are named.
class FileReader {
 public:
  FileReader(std::string_view content, core::Timestamp now) : csv_(content), now_(now) {
    csv_.require({"message_id", "user_id", "subject", "received_at", "detail", "reply", "replied_at"});
  }

  CaseFile read() {
    while (read_record()) {
      if (row_ > static_cast<int>(kMaxRows) + 1) {
        throw Refusal(v1::PROBLEM_IMPORT_TOO_MANY_ROWS, {{"limit", std::to_string(kMaxRows)}});
      }
    }
    return std::move(file_);
  }

 private:
  bool read_record() {
    try {
      const core::CsvRecord* const record = csv_.next();
      if (record == nullptr) return false;
      ++row_;
      if (auto row = RowReader(*record, row_, now_).read(file_.refused)) keep(*std::move(row));
    } catch (const core::CsvError& error) {
      ++row_;
      file_.refused.push_back(
          refused(row_, static_cast<int>(error.line()), {}, v1::ROW_PROBLEM_UNREADABLE, {{"reason", error.what()}}));
    }
    return true;
  }

  void keep(FileRow row) {
    const auto [first, is_new] = first_rows_.emplace(row.message_id, row.row);
    if (!is_new) {
      file_.refused.push_back(refused(row.row, row.line, "message_id", v1::ROW_PROBLEM_REPEATED,
                                      {{"value", row.message_id}, {"row", std::to_string(first->second)}}));
      return;
    }
    file_.rows.push_back(std::move(row));
  }

  core::CsvReader csv_;
  core::Timestamp now_;
  int row_ = 1;                                         // of the header
  std::map<std::string, int, std::less<>> first_rows_;  // by message_id
  CaseFile file_;
};

}  // namespace

std::string FileRow::hash() const {
  core::Sha256 hasher;
  // Control characters are refused in the cells, so this one keeps them apart.
  for (const std::string& cell : {message_id, user_id, subject, detail, std::to_string(received_at.micros()), reply,
                                  replied_at ? std::to_string(replied_at->micros()) : std::string()}) {
    hasher.add(cell).add("\x1f");
  }
  return core::hex(core::bytes_of(hasher.finish()));
}

CaseFile read_case_file(std::string_view content, core::Timestamp now) {
  try {
    return FileReader(content, now).read();
  } catch (const core::CsvError& error) {  // only of the header: those of records are listed
    throw Refusal(v1::PROBLEM_IMPORT_FILE, {{"reason", error.what()}});
  }
}

v1::RefusedRow refused(int row, int line, std::string_view column, v1::RowProblem problem,
                       const contract::Arguments& arguments) {
  const auto& text = *v1::RowProblem_descriptor()->FindValueByNumber(problem);
  v1::RefusedRow entry;
  entry.set_row(row);
  entry.set_line(line);
  entry.set_column(std::string(column));
  entry.set_problem(problem);
  entry.set_reason(contract::text_of(text, contract::Language::English, arguments));
  entry.set_reason_zh(contract::text_of(text, contract::Language::Chinese, arguments));
  return entry;
}

}  // namespace wenming::hotline
