#include "tables/export.h"

#include <fmt/format.h>

#include <any>
#include <chrono>
#include <optional>

#include "domain/outside.h"
#include "domain/refusal.h"
#include "tables/source.h"
#include "wenming/contract/v1/exports.pb.h"
#include "wenming/contract/v1/problems.pb.h"
#include "wenming/store/v1/jobs.pb.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;
using domain::Caller;
using domain::Job;
using domain::Reader;
using domain::Tx;
using store::v1::ExportPosition;

/// A step reads until it has so many rows or has taken so long, so that the progress is seen and little is done twice.
constexpr std::int64_t kRowsOfStep = 10'000;
constexpr std::chrono::seconds kTimeOfStep{2};
constexpr std::size_t kPiece = std::size_t{8} << 20;  // of a workbook, on its way into a blob

ExportPosition position_of(const Job& job) {
  ExportPosition position;
  position.ParseFromString(job.position);
  return position;
}

std::string piece_key(const Job& job, std::int64_t piece) {
  return fmt::format("{}rows/{:08}", job.folder, piece);
}

bool wants_workbook(const Job& job) {
  const auto* const format = job.request->GetDescriptor()->FindFieldByName("file_format");
  return format != nullptr && job.request->GetReflection()->GetEnumValue(*job.request, format) == v1::TABLE_FORMAT_XLSX;
}

/// Pieces of a CSV file are its text; joined they are the file.
class CsvPiece final : public ExportRows {
 public:
  CsvPiece(const ExportFormat& format, const Job& job, bool first) : csv_(text_, job.offset) {
    if (first) csv_.begin(format.columns);
  }
  void add(std::initializer_list<Value> row) override {
    csv_.add(std::span(row.begin(), row.size()));
    ++rows;
  }
  [[nodiscard]] const std::string& bytes() const { return text_; }

  std::int64_t rows = 0;

 private:
  std::string text_;
  CsvWriter csv_;
};

/// Those of a workbook, which is one whole, are the rows as they were read.
class RowPiece final : public ExportRows {
 public:
  void add(std::initializer_list<Value> row) override {
    store::v1::ExportRow& kept = *piece_.add_rows();
    for (const Value& value : row) put(value, *kept.add_cells());
    ++rows;
  }
  [[nodiscard]] std::string bytes() const { return piece_.SerializeAsString(); }

  std::int64_t rows = 0;

 private:
  static void put(const Value& value, store::v1::ExportCell& cell) {
    if (const auto* const text = std::get_if<std::string_view>(&value)) cell.set_text(std::string(*text));
    if (const auto* const number = std::get_if<std::int64_t>(&value)) cell.set_number(*number);
    if (const auto* const real = std::get_if<double>(&value)) cell.set_real(*real);
    if (const auto* const day = std::get_if<core::Date>(&value)) cell.set_day(core::to_text(*day));
    if (const auto* const moment = std::get_if<core::Timestamp>(&value)) cell.set_moment(moment->micros());
  }

  store::v1::ExportRows piece_;
};

Value value_of(const store::v1::ExportCell& cell) {
  switch (cell.value_case()) {
    case store::v1::ExportCell::kText:
      return std::string_view(cell.text());
    case store::v1::ExportCell::kNumber:
      return cell.number();
    case store::v1::ExportCell::kReal:
      return cell.real();
    case store::v1::ExportCell::kDay:
      return core::parse_date(cell.day()).value();
    case store::v1::ExportCell::kMoment:
      return core::Timestamp(cell.moment());
    case store::v1::ExportCell::VALUE_NOT_SET:
      break;
  }
  return std::monostate{};
}

/// What a step of reading has brought.
struct Read {
  std::int64_t rows = 0;
  std::string next;
};

class ExportWork final : public domain::JobWork {
 public:
  ExportWork(ExportFormat format, ReadPage read) : format_(std::move(format)), read_(std::move(read)) {}

  std::any prepare(Reader& reader, const Caller& caller, const Job& job) const override {
    if (job.cancelled) return remove_pieces(reader, job);
    if (position_of(job).read()) return write_file(reader, job);
    return wants_workbook(job) ? read_rows<RowPiece>(reader, caller, job)
                               : read_rows<CsvPiece>(reader, caller, job, format_, job, position_of(job).pieces() == 0);
  }

  void settle(Tx& tx, const Caller& caller, Job& job, const std::any& prepared) const override;

 private:
  template <class Piece, class... A>
  Read read_rows(Reader& reader, const Caller& caller, const Job& job, A&&... arguments) const {
    const ExportPosition position = position_of(job);
    const auto begun = std::chrono::steady_clock::now();
    Piece piece(std::forward<A>(arguments)...);
    std::string next = position.next();
    do {
      next = reader.read([&](domain::ReadTx& tx) { return read_(tx, caller, *job.request, next, piece); });
    } while (!next.empty() && piece.rows < kRowsOfStep && std::chrono::steady_clock::now() - begun < kTimeOfStep);
    if (job.done + piece.rows > format_.most_rows)
      throw domain::Refusal(v1::PROBLEM_EXPORT_TOO_LARGE, {{"limit", std::to_string(format_.most_rows)}});
    reader.blobs().put(piece_key(job, position.pieces()), piece.bytes());
    return {piece.rows, std::move(next)};
  }
  [[nodiscard]] domain::JobFile write_file(Reader& reader, const Job& job) const;
  [[nodiscard]] std::uint64_t write_workbook(domain::Blobs& blobs, const Job& job, const std::string& key) const;
  static domain::JobFile remove_pieces(Reader& reader, const Job& job) {
    for (std::int64_t piece = 0; piece < position_of(job).pieces(); ++piece)
      reader.blobs().remove(piece_key(job, piece));
    return {};
  }

  const ExportFormat format_;
  const ReadPage read_;
};

domain::JobFile ExportWork::write_file(Reader& reader, const Job& job) const {
  const bool workbook = wants_workbook(job);
  domain::Blobs& blobs = reader.blobs();
  domain::JobFile file;
  file.key = job.folder + (workbook ? "result.xlsx" : "result.csv");
  file.name = format_.name + '-' + core::to_text(job.offset.date_of(reader.now())) + (workbook ? ".xlsx" : ".csv");
  file.media_type =
      workbook ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8";
  if (workbook) {
    file.bytes = write_workbook(blobs, job, file.key);
  } else {
    std::vector<std::string> pieces;
    for (std::int64_t piece = 0; piece < position_of(job).pieces(); ++piece) pieces.push_back(piece_key(job, piece));
    blobs.join(file.key, pieces);
    file.bytes = blobs.size(file.key).value();
  }
  remove_pieces(reader, job);
  return file;
}

std::uint64_t ExportWork::write_workbook(domain::Blobs& blobs, const Job& job, const std::string& key) const {
  XlsxWriter writer(format_.name, format_.columns, job.offset);
  std::vector<Value> row;
  for (std::int64_t piece = 0; piece < position_of(job).pieces(); ++piece) {
    const std::string from = piece_key(job, piece);
    store::v1::ExportRows rows;
    rows.ParseFromString(blobs.read(from, 0, blobs.size(from).value_or(0)));
    for (const store::v1::ExportRow& kept : rows.rows()) {
      row.clear();
      for (const store::v1::ExportCell& cell : kept.cells()) row.push_back(value_of(cell));
      writer.add(row);
    }
  }
  const auto source = writer.finish();
  std::vector<std::string> pieces;
  for (std::uint64_t at = 0; at < source->size(); at += kPiece) {
    pieces.push_back(fmt::format("{}file/{:08}", job.folder, pieces.size()));
    blobs.put(pieces.back(), source->read(at, kPiece));
  }
  blobs.join(key, pieces);
  for (const std::string& piece : pieces) blobs.remove(piece);
  return source->size();
}

void ExportWork::settle(Tx& /*tx*/, const Caller& /*caller*/, Job& job, const std::any& prepared) const {
  if (const auto* const file = std::any_cast<domain::JobFile>(&prepared)) {
    job.result = *file;
    job.ended = true;
    return;
  }
  const auto& read = std::any_cast<const Read&>(prepared);
  ExportPosition position = position_of(job);
  position.set_pieces(position.pieces() + 1);
  position.set_next(read.next);
  position.set_read(read.next.empty());
  job.position = position.SerializeAsString();
  job.done += read.rows;
  job.taken = job.done;
  if (position.read()) job.total = job.done;
}

}  // namespace

std::shared_ptr<const domain::JobWork> export_work(ExportFormat format, ReadPage read) {
  return std::make_shared<ExportWork>(std::move(format), std::move(read));
}

}  // namespace wenming::tables
