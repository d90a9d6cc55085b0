#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/field_error.h"
#include "core/time.h"
#include "wenming/hotline/v1/case_import.pb.h"

/// A file of cases from another system, read and checked as far as the file alone allows.
namespace wenming::hotline {

/// One message with its answer, as the file tells it. Empty texts are not stated.
struct FileRow {
  int row = 0;   // as a spreadsheet counts
  int line = 0;  // as a text editor counts
  std::string message_id, user_id, subject, detail;
  core::Timestamp received_at;
  std::string reply;  // stated together with the next, or not at all
  std::optional<core::Timestamp> replied_at;

  /// SHA-256 (hex) of what the row says: by it a row is recognised when it comes again.
  [[nodiscard]] std::string hash() const;
};

struct CaseFile {
  std::vector<FileRow> rows;            // only the sound ones
  std::vector<v1::RefusedRow> refused;  // every cell at fault, in the order of the file
};

inline constexpr std::size_t kMaxRows = 500;

/// Reads the whole file. Refuses one that is no CSV or lacks columns (`import_file`), and one of more rows than a chunk
/// may have (`import_too_many_rows`); what is wrong with single rows it lists.
CaseFile read_case_file(std::string_view content, core::Timestamp now);

/// The entry for a cell at fault, with its reason in both languages.
v1::RefusedRow refused(int row, int line, std::string_view column, v1::RowProblem problem,
                       const contract::Arguments& arguments = {});

}  // namespace wenming::hotline
