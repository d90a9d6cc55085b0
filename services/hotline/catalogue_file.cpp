#include "hotline/catalogue_file.h"

#include "core/text.h"
#include "domain/refusal.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Refusal;

namespace {

constexpr int kMostRows = 5000;

core::CsvReader opened(std::string_view content) {
  try {
    return core::CsvReader(content);
  } catch (const core::CsvError& fault) {
    throw Refusal(v1::PROBLEM_IMPORT_FILE, {{"reason", fault.what()}});
  }
}

}  // namespace

CatalogueFile::CatalogueFile(std::string_view content, std::initializer_list<std::string_view> columns,
                             v1::ImportCatalogueResponse& response)
    : csv_(opened(content)), response_(response) {
  try {
    csv_.require(columns);
  } catch (const core::CsvError& fault) {
    throw Refusal(v1::PROBLEM_IMPORT_FILE, {{"reason", fault.what()}});
  }
}

bool CatalogueFile::next() {
  while (true) {
    row_refused_ = false;
    try {
      record_ = csv_.next();
    } catch (const core::CsvError& fault) {
      record_ = nullptr;
      row_ = static_cast<int>(fault.record()) + 1;
      refuse("", fault.fault(), "无法读取该行");
      continue;
    }
    if (record_ == nullptr) return false;
    row_ = static_cast<int>(record_->number()) + 1;
    if (row_ > kMostRows + 1) throw Refusal(v1::PROBLEM_IMPORT_TOO_MANY_ROWS, {{"limit", std::to_string(kMostRows)}});
    return true;
  }
}

std::string CatalogueFile::cell(std::string_view column, std::size_t max_length) {
  if (!csv_.has(column)) return {};
  std::string text(core::trim(record_->at(column)));
  if (core::code_points(text) > max_length) {
    refuse(column, "longer than " + std::to_string(max_length) + " characters",
           "超过 " + std::to_string(max_length) + " 个字符");
  }
  return text;
}

void CatalogueFile::refuse(std::string_view column, std::string_view reason, std::string_view reason_zh) {
  row_refused_ = true;
  v1::RefusedCell& cell = *response_.add_refused();
  cell.set_row(row_);
  cell.set_column(std::string(column));
  if (record_ != nullptr && !column.empty() && csv_.has(column))
    cell.set_value(std::string(core::first_code_points(record_->at(column), 100)));
  cell.set_reason(std::string(reason));
  cell.set_reason_zh(std::string(reason_zh));
}

}  // namespace wenming::hotline
