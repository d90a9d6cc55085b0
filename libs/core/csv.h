#pragma once

#include <cstddef>
#include <initializer_list>
#include <istream>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::core {

/// What can be wrong with a CSV text.
enum class CsvFault {
  NoHeader,
  ColumnName,      // a column has no name, or that of another one
  ColumnsMissing,  // see `CsvReader::require`
  FieldCount,
  QuoteOpen,
  QuoteClosed,  // text behind it
  QuoteInside,
  CarriageReturn,
  Encoding,
  ControlCharacter,
  FieldTooLarge,
  RecordTooLarge,
  Value,  // well-formed, but not what it should say
};

/// What is wrong with a CSV text, and where; `what()` begins with the line.
class CsvError : public std::runtime_error {
 public:
  CsvError(CsvFault kind, std::size_t line, const std::string& fault, std::size_t column = 0, std::size_t record = 0)
      : std::runtime_error("line " + std::to_string(line) + ": " + fault),
        kind_(kind),
        line_(line),
        column_(column),
        record_(record),
        fault_(fault) {}

  [[nodiscard]] CsvFault kind() const { return kind_; }

  /// From 1.
  [[nodiscard]] std::size_t line() const { return line_; }
  /// Of a field at fault, from 1; 0 where it is the record. Where it is the number of fields, how many there are.
  [[nodiscard]] std::size_t column() const { return column_; }
  /// As `CsvRecord::number`; 0 for the header.
  [[nodiscard]] std::size_t record() const { return record_; }
  /// Without its place.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  CsvFault kind_;
  std::size_t line_, column_, record_;
  std::string fault_;
};

/// Bounds on CSV from outside.
struct CsvLimits {
  std::size_t field_bytes = std::size_t{256} << 10;
  std::size_t record_bytes = std::size_t{1} << 20;  // a separator counts as a byte
};

/// One record of a CSV text. Its fields are views that end with the next record.
class CsvRecord {
 public:
  /// The field of this column. Throws std::out_of_range where the header has none: a mistake of the program, because
  /// `CsvReader::require` and `has` tell what there is.
  [[nodiscard]] std::string_view at(std::string_view column) const;
  /// All fields in the order of the text.
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }
  /// Which record it is: the first one after the header is 1.
  [[nodiscard]] std::size_t number() const { return number_; }
  /// The line on which it begins.
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  friend class CsvReader;

  const std::map<std::string, std::size_t, std::less<>>* columns_ = nullptr;
  std::string bytes_;  // of all fields, one after the other
  std::vector<std::size_t> ends_;
  std::vector<std::string_view> fields_;
  std::size_t number_ = 0;
  std::size_t line_ = 0;
};

/// Reads CSV (RFC 4180) record by record, in memory bounded by the limits however long the text is: fields separated by
/// commas, quoted where they hold commas, quotes or line breaks; lines ended by CRLF or LF; a first record that names
/// the columns, in any order. A UTF-8 byte order mark in front and blank lines are skipped.
///
///     CsvReader csv(text);
///     csv.require({"code", "name"});
///     while (const CsvRecord* record = csv.next()) add(record->at("code"), record->at("name"));
///
/// A record with a fault (ill-formed quotes, another number of fields than the header, invalid UTF-8, a control
/// character, more bytes than allowed) throws CsvError, and the next call goes on behind it, so that an import can name
/// every bad record. One thread at a time; the text or stream must outlive the reader.
///
/// Debian's libcsv was weighed and left: it pushes fields into callbacks, knows neither line numbers nor bounds on a
/// field, strips spaces that belong to the field, and cannot go on behind an ill-formed quote. What remained of it
/// would have been smaller than the code around it.
class CsvReader {
 public:
  /// Reads the header. Throws CsvError if there is none, or if it names a column twice or not at all.
  explicit CsvReader(std::string_view text, CsvLimits limits = {});
  /// The same for a text of any length. Here and in `next`, a stream that fails throws std::runtime_error.
  explicit CsvReader(std::istream& text, CsvLimits limits = {});
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  /// Names of the columns in their order, without white space around them.
  [[nodiscard]] const std::vector<std::string>& columns() const { return names_; }
  [[nodiscard]] bool has(std::string_view column) const { return columns_.contains(column); }
  /// Throws CsvError naming every one of these columns that the header lacks.
  void require(std::initializer_list<std::string_view> columns) const;

  /// The next record, valid until the next call; null at the end of the text.
  const CsvRecord* next();

 private:
  enum class Ending { Field, Record };

  void read_header();
  bool read_record();
  Ending read_field();
  void read_quoted();
  Ending read_unquoted();
  void finish_field();
  [[nodiscard]] std::string column_name() const;
  [[nodiscard]] std::size_t field_number() const;
  void keep(std::string_view run);
  void fault(CsvFault kind, std::size_t line, const std::string& text, std::size_t column = 0);

  bool at_end();
  bool accept(char c);
  template <class Stops>
  std::string_view take_until(Stops stops);

  std::istream* stream_ = nullptr;
  std::string buffer_;      // the part of the stream that `input_` looks at
  std::string_view input_;  // not yet read
  std::size_t line_ = 1;    // of the next byte
  CsvLimits limits_;

  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::size_t header_line_ = 1;
  std::size_t field_line_ = 1;  // where the current field begins
  bool quoted_ = false;         // the current record holds a quoted field: it is no blank line
  CsvRecord record_;
  std::optional<CsvError> fault_;  // the first of the current record
};

/// Appends a record, quoted where needed, with CRLF behind it. What it writes, CsvReader reads.
void append_csv_record(std::string& out, std::span<const std::string_view> fields);
void append_csv_record(std::string& out, std::initializer_list<std::string_view> fields);

}  // namespace wenming::core
