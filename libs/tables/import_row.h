#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_util.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/field_error.h"
#include "core/time.h"
#include "wenming/contract/v1/imports.pb.h"
#include "wenming/store/v1/jobs.pb.h"

namespace wenming::tables {

struct ImportFormat;

/// One row of an imported file, for whoever takes it: gives its cells as what they should be, and notes every one that
/// cannot be used, with its reason in both languages, for the error file. One thread.
///
///     void take(ImportRow& row) {
///       const std::string code = row.required_line("code", 40);
///       const auto received_at = row.moment("received_at");
///       if (known(code)) row.refuse("code", v1::ROW_PROBLEM_KNOWN, {{"value", code}});
///       if (row.is_refused()) return;
///       …
///       row.taken();
///     }
class ImportRow {
 public:
  ImportRow(const ImportFormat& format, const store::v1::ImportRow& row, core::UtcOffset offset);

  /// As a spreadsheet counts.
  [[nodiscard]] int number() const { return row_.number(); }

  /// Whether the cell says anything.
  [[nodiscard]] bool states(std::string_view column) const;
  /// A cell of one line, without white space around it; empty where it is blank.
  std::string line(std::string_view column, std::size_t most_characters);
  /// The same of a cell that must say something.
  std::string required_line(std::string_view column, std::size_t most_characters);
  /// A cell of several lines, as it is; empty where it is blank.
  std::string text(std::string_view column, std::size_t most_characters);
  /// A moment, in RFC 3339 or as a local time (`2026-03-05 09:30:00`, `2026/3/5 9:30`); nullopt where the cell is
  /// blank, or is none, which is noted.
  std::optional<core::Timestamp> moment(std::string_view column);
  /// A day, `2026-03-05`, `2026/3/5` or `2026年3月5日`; likewise.
  std::optional<core::Date> day(std::string_view column);

  /// Notes that the cell cannot be used (an empty column: the row), for a reason of any enum whose values have the
  /// option `problem`.
  template <class E>
  requires google::protobuf::is_proto_enum<E>::value void refuse(std::string_view column, E problem,
                                                                 const contract::Arguments& arguments = {}) {
    refuse(column, *google::protobuf::GetEnumDescriptor<E>()->FindValueByNumber(static_cast<int>(problem)), arguments);
  }
  [[nodiscard]] bool is_refused() const { return !refusals_.empty(); }

  /// The row is new, or says something new.
  void taken() { verdict_ = Verdict::Taken; }
  /// The row was taken before, and says the same.
  void unchanged() { verdict_ = Verdict::Unchanged; }

  enum class Verdict { None, Taken, Unchanged };
  [[nodiscard]] Verdict verdict() const { return verdict_; }
  [[nodiscard]] const std::vector<store::v1::RefusedCell>& refusals() const { return refusals_; }

 private:
  void refuse(std::string_view column, const google::protobuf::EnumValueDescriptor& problem,
              contract::Arguments arguments);
  /// The place of the column; throws std::out_of_range where the import has none of that name.
  [[nodiscard]] int index_of(std::string_view column) const;
  /// What the cell says. What is wrong with it is noted, once, and it says nothing then.
  std::string_view cell(std::string_view column);
  void check(std::string_view column, std::string_view text, std::size_t most_characters, bool several_lines);

  const ImportFormat* format_;
  const store::v1::ImportRow& row_;
  core::UtcOffset offset_;
  Verdict verdict_ = Verdict::None;
  std::vector<store::v1::RefusedCell> refusals_;
};

/// A moment in RFC 3339, or as people write it, in local time.
std::optional<core::Timestamp> parse_moment(std::string_view text, core::UtcOffset offset);
/// A day as people write it.
std::optional<core::Date> parse_day(std::string_view text);

}  // namespace wenming::tables
