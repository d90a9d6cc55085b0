#include "identity/imported_file.h"

#include "contract/problem.h"
#include "core/text.h"
#include "domain/refusal.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {

void refuse(RefusedRows& refused, RowPosition at, std::string_view column, v1::RowProblem problem,
            const contract::Arguments& arguments) {
  const google::protobuf::EnumValueDescriptor& text = *v1::RowProblem_descriptor()->FindValueByNumber(problem);
  v1::RefusedRow& row = *refused.Add();
  row.set_row(at.row);
  row.set_line(at.line);
  row.set_column(std::string(column));
  row.set_problem(problem);
  row.set_reason(contract::text_of(text, contract::Language::English, arguments));
  row.set_reason_zh(contract::text_of(text, contract::Language::Chinese, arguments));
}

ImportedFile::ImportedFile(std::string_view content, std::initializer_list<std::string_view> columns, int max_rows,
                           RefusedRows& refused) try
    : csv_(content), max_rows_(max_rows), refused_(refused) {
  csv_.require(columns);
} catch (const core::CsvError& error) {
  throw domain::Refusal(v1::PROBLEM_UNREADABLE_FILE, {{"reason", error.what()}});
}

bool ImportedFile::next() {
  for (;;) {
    row_refused_ = false;
    ++position_.row;
    try {
      record_ = csv_.next();
      if (record_ == nullptr) return false;
      position_.line = static_cast<int>(record_->line());
    } catch (const core::CsvError& error) {
      record_ = nullptr;
      position_.line = static_cast<int>(error.line());
      refuse({}, v1::ROW_PROBLEM_UNREADABLE, {{"reason", error.what()}});
    }
    if (position_.row > max_rows_ + 1) {
      throw domain::Refusal(v1::PROBLEM_TOO_MANY_ROWS, {{"limit", std::to_string(max_rows_)}});
    }
    if (record_ != nullptr) return true;
  }
}

std::string ImportedFile::cell(std::string_view column) const {
  return std::string(core::trim(record_->at(column)));
}

std::string ImportedFile::required_cell(std::string_view column, std::size_t max_length) {
  std::string text = cell(column);
  if (text.empty()) refuse(column, v1::ROW_PROBLEM_BLANK);
  if (core::code_points(text) > max_length) {
    refuse(column, v1::ROW_PROBLEM_TOO_LONG, {{"limit", std::to_string(max_length)}});
  }
  return text;
}

void ImportedFile::refuse(std::string_view column, v1::RowProblem problem, const contract::Arguments& arguments) {
  row_refused_ = true;
  identity::refuse(refused_, position_, column, problem, arguments);
}

}  // namespace wenming::identity
