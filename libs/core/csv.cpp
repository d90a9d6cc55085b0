#include "core/csv.h"

#include <algorithm>

#include "core/text.h"

namespace wenming::core {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

/// A byte order mark is quoted because, in front of a text, it would be taken for none of the field.
bool needs_quotes(std::string_view field) {
  return field.find_first_of(",\"\r\n") != std::string_view::npos || field.starts_with(kByteOrderMark);
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

/// What no text holds: JSON would have to escape it, and PostgreSQL cannot keep all of it.
bool is_control(char c) {
  return (c >= 0 && c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == '\x7f';
}

}  // namespace

std::string_view CsvRecord::at(std::string_view column) const {
  const auto found = columns_->find(column);
  if (found == columns_->end()) throw std::out_of_range("no column `" + std::string(column) + "`");
  return fields_[found->second];
}

CsvReader::CsvReader(std::string_view text, CsvLimits limits) : input_(text), limits_(limits) {
  read_header();
}

CsvReader::CsvReader(std::istream& text, CsvLimits limits) : stream_(&text), limits_(limits) {
  read_header();
}

void CsvReader::read_header() {
  if (!at_end() && input_.starts_with(kByteOrderMark)) input_.remove_prefix(kByteOrderMark.size());
  const bool found = read_record();
  if (fault_) throw CsvError(*fault_);
  if (!found) throw CsvError(CsvFault::NoHeader, line_, "there is no header");
  header_line_ = record_.line_;
  for (const std::string_view field : record_.fields_) {
    const std::string& name = names_.emplace_back(trim(field));
    const std::size_t number = names_.size();
    if (name.empty()) {
      throw CsvError(CsvFault::ColumnName, header_line_, "column " + std::to_string(number) + " has no name", number);
    }
    if (!columns_.emplace(name, number - 1).second)
      throw CsvError(CsvFault::ColumnName, header_line_, "two columns are named `" + name + "`", number);
  }
  record_.columns_ = &columns_;
}

void CsvReader::require(std::initializer_list<std::string_view> columns) const {
  std::string missing;
  for (const std::string_view column : columns) {
    if (!has(column)) missing += (missing.empty() ? "`" : ", `") + std::string(column) + "`";
  }
  if (!missing.empty()) throw CsvError(CsvFault::ColumnsMissing, header_line_, "the header lacks " + missing);
}

const CsvRecord* CsvReader::next() {
  if (!read_record()) return nullptr;
  ++record_.number_;
  if (!fault_ && record_.fields_.size() != names_.size()) {
    fault(
        CsvFault::FieldCount, record_.line_,
        "the record has " + counted(record_.fields_.size(), "field") + ", the header " + std::to_string(names_.size()),
        record_.fields_.size());
  }
  if (fault_) throw CsvError(fault_->kind(), fault_->line(), fault_->fault(), fault_->column(), record_.number_);
  return &record_;
}

/// Reads up to the end of the record, through whatever is wrong with it. False: there is none.
bool CsvReader::read_record() {
  bool blank = true;
  while (blank) {
    if (at_end()) return false;
    fault_.reset();
    record_.bytes_.clear();
    record_.ends_.clear();
    record_.line_ = line_;
    quoted_ = false;
    while (read_field() == Ending::Field) continue;
    blank = record_.ends_.size() == 1 && record_.bytes_.empty() && !quoted_ && !fault_;
  }
  record_.fields_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : record_.ends_) {
    record_.fields_.push_back(std::string_view(record_.bytes_).substr(begin, end - begin));
    begin = end;
  }
  return true;
}

CsvReader::Ending CsvReader::read_field() {
  field_line_ = line_;
  if (accept('"')) read_quoted();
  const Ending ending = read_unquoted();
  finish_field();
  return ending;
}

/// From behind the opening quote to behind the closing one.
void CsvReader::read_quoted() {
  quoted_ = true;
  while (true) {
    keep(take_until([](char c) { return c == '"' || c == '\n'; }));
    if (accept('\n')) {
      ++line_;
      keep("\n");
    } else if (accept('"')) {
      if (!accept('"')) break;
      keep("\"");
    } else if (at_end()) {
      return fault(CsvFault::QuoteOpen, field_line_, "a quoted field is never closed", field_number());
    }
  }
  const bool closed = at_end() || input_.front() == ',' || input_.front() == '\r' || input_.front() == '\n';
  if (!closed) {
    fault(CsvFault::QuoteClosed, line_,
          "text stands behind a closing quote; a quote inside a quoted field is written twice", field_number());
  }
}

/// Up to and including the separator: a whole unquoted field, or the nothing behind a quoted one.
CsvReader::Ending CsvReader::read_unquoted() {
  while (true) {
    keep(take_until([](char c) { return c == ',' || c == '\r' || c == '\n' || c == '"'; }));
    if (accept(',')) return Ending::Field;
    if (accept('\n')) {
      ++line_;
      return Ending::Record;
    }
    if (accept('\r')) {
      if (at_end() || input_.front() != '\n')
        fault(CsvFault::CarriageReturn, line_, "a carriage return stands without a line feed", field_number());
    } else if (accept('"')) {
      fault(CsvFault::QuoteInside, line_,
            "a quote stands inside an unquoted field; such a field is quoted whole, and its quotes written twice",
            field_number());
    } else if (at_end()) {
      return Ending::Record;
    }
  }
}

/// The column of the field that was read last, for people.
std::string CsvReader::column_name() const {
  const std::size_t index = record_.ends_.size() - 1;
  return index < names_.size() ? "`" + names_[index] + "`" : "field " + std::to_string(index + 1);
}

void CsvReader::finish_field() {
  if (fault_) return;
  const std::size_t begin = record_.ends_.empty() ? 0 : record_.ends_.back();
  record_.ends_.push_back(record_.bytes_.size());
  const std::string_view field = std::string_view(record_.bytes_).substr(begin);
  if (!is_utf8(field)) {
    fault(CsvFault::Encoding, field_line_, column_name() + " is not valid UTF-8", record_.ends_.size());
  } else if (std::any_of(field.begin(), field.end(), is_control)) {
    fault(CsvFault::ControlCharacter, field_line_, column_name() + " holds a control character", record_.ends_.size());
  }
}

/// Adds to the current field. A record with a fault is read on but not kept, so that its length is of no matter.
void CsvReader::keep(std::string_view run) {
  if (fault_) return;
  const std::size_t begin = record_.ends_.empty() ? 0 : record_.ends_.back();
  if (record_.bytes_.size() + run.size() - begin > limits_.field_bytes) {
    return fault(CsvFault::FieldTooLarge, field_line_,
                 "a field has more than " + counted(limits_.field_bytes, "byte") + "; is a closing quote missing?",
                 field_number());
  }
  if (record_.bytes_.size() + run.size() + record_.ends_.size() > limits_.record_bytes) {
    return fault(CsvFault::RecordTooLarge, record_.line_,
                 "the record has more than " + counted(limits_.record_bytes, "byte"));
  }
  record_.bytes_ += run;
}

/// Of the field that is being read, from 1.
std::size_t CsvReader::field_number() const {
  return record_.ends_.size() + 1;
}

void CsvReader::fault(CsvFault kind, std::size_t line, const std::string& text, std::size_t column) {
  if (!fault_) fault_.emplace(kind, line, text, column);
}

/// False: `input_` has at least one byte. Every look at the input asks first, because this is what refills it.
bool CsvReader::at_end() {
  if (!input_.empty()) return false;
  if (!stream_) return true;
  buffer_.resize(kBufferBytes);
  stream_->read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (stream_->bad()) throw std::runtime_error("the CSV text cannot be read to its end");
  input_ = std::string_view(buffer_).substr(0, static_cast<std::size_t>(stream_->gcount()));
  return input_.empty();
}

bool CsvReader::accept(char c) {
  if (at_end() || input_.front() != c) return false;
  input_.remove_prefix(1);
  return true;
}

/// The run before the next byte that stops it, as far as it lies in the buffer.
template <class Stops>
std::string_view CsvReader::take_until(Stops stops) {
  if (at_end()) return {};
  const auto stop = std::find_if(input_.begin(), input_.end(), stops);
  const std::string_view run = input_.substr(0, static_cast<std::size_t>(stop - input_.begin()));
  input_.remove_prefix(run.size());
  return run;
}

void append_csv_record(std::string& out, std::span<const std::string_view> fields) {
  const bool looks_blank = fields.size() == 1 && fields.front().empty();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    if (!looks_blank && !needs_quotes(fields[i])) {
      out += fields[i];
      continue;
    }
    out += '"';
    for (const char c : fields[i]) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

void append_csv_record(std::string& out, std::initializer_list<std::string_view> fields) {
  append_csv_record(out, std::span(fields.begin(), fields.size()));
}

}  // namespace wenming::core
