#include "tables/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "core/text.h"
#include "domain/outside.h"
#include "domain/refusal.h"
#include "tables/table.h"
#include "tables/writer.h"
#include "wenming/contract/v1/problems.pb.h"

namespace wenming::tables {
namespace {

namespace v1 = contract::v1;
namespace pb = google::protobuf;
using domain::Caller;
using domain::Job;
using domain::Reader;
using domain::Tx;
using store::v1::ImportPosition;
using store::v1::RefusedCells;

constexpr std::size_t kErrorFilePart = std::size_t{4} << 20;
constexpr int kRefusalsAtOnce = 200;  // parts
constexpr std::size_t kBlobsAtOnce = 1000;

ImportPosition position_of(const Job& job) {
  ImportPosition position;
  position.ParseFromString(job.position);
  return position;
}

std::string part_key(const Job& job, std::int64_t part) {
  return fmt::format("{}rows/{:08}", job.folder, part);
}

void put(store::v1::ImportFault& to, const Fault& fault) {
  to.set_problem(fault.problem);
  to.set_column(fault.column);
  for (const auto& [name, value] : fault.arguments) {
    to.add_arguments(name);
    to.add_arguments(value);
  }
}

/// What a request says of how its file is read, in fields that imports share by their name.
ReadOptions options_of(const pb::Message& request, const ImportFormat& format) {
  ReadOptions options;
  const pb::Reflection& read = *request.GetReflection();
  if (const auto* const sheet = request.GetDescriptor()->FindFieldByName("sheet"))
    options.sheet = read.GetString(request, sheet);
  if (const auto* const encoding = request.GetDescriptor()->FindFieldByName("encoding")) {
    const int stated = read.GetEnumValue(request, encoding);
    if (stated == v1::TEXT_ENCODING_UTF8) options.encoding = Encoding::Utf8;
    if (stated == v1::TEXT_ENCODING_GB18030) options.encoding = Encoding::Gb18030;
  }
  for (const ImportFormat::Column& column : format.columns)
    if (column.required) options.required.push_back(column.name);
  return options;
}

/// Divides the rows of a file into parts, each a blob: the file is read once, in whatever form it came, and each
/// transaction begins where its part does.
class Division {
 public:
  struct Done {
    std::int64_t rows = 0, parts = 0;
  };
  Division(Reader& reader, const Job& job, const ImportFormat& format)
      : blobs_(reader.blobs()), job_(job), format_(format) {}

  Done divide() {
    BlobSource source(blobs_, job_.folder + "input");
    const auto table = open_table(source, options_of(*job_.request, format_));
    while (const Row* row = table->next()) {
      if (static_cast<std::size_t>(++done_.rows) > format_.most_rows) {
        throw domain::Refusal(v1::PROBLEM_TABLE_TOO_MANY_ROWS, {{"limit", std::to_string(format_.most_rows)}});
      }
      add(*table, *row);
      if (static_cast<std::size_t>(part_.rows_size()) == format_.part_rows) flush();
    }
    if (part_.rows_size() > 0) flush();
    return done_;
  }

 private:
  void add(const TableReader& table, const Row& row) {
    store::v1::ImportRow& kept = *part_.add_rows();
    kept.set_number(row.number());
    kept.set_line(row.line());
    if (row.fault()) return put(*kept.mutable_fault(), row.fault());
    for (const ImportFormat::Column& column : format_.columns) {
      store::v1::ImportCell& cell = *kept.add_cells();
      if (!table.has(column.name)) continue;
      const Cell& read = row.at(column.name);
      cell.set_text(read.text);
      if (read.fault) put(*cell.mutable_fault(), read.fault);
    }
    if (!format_.key.empty()) note_repetition(kept, row);
  }
  /// Rows of one key may lie in different parts, so it is found out here. By hashes of 64 bits: of a million keys, two
  /// are taken for one with a chance of one in forty million.
  void note_repetition(store::v1::ImportRow& kept, const Row& row) {
    std::string key;
    for (const std::string& column : format_.key) {
      const std::string_view part = core::trim(row.at(column).text);
      if (part.empty()) return;
      key.append(part).push_back('\n');
    }
    const auto [first, is_new] = keys_.emplace(std::hash<std::string>()(key), kept.number());
    if (!is_new) kept.set_repeats(first->second);
  }
  void flush() {
    blobs_.put(part_key(job_, done_.parts++), part_.SerializeAsString());
    part_.Clear();
  }

  domain::Blobs& blobs_;
  const Job& job_;
  const ImportFormat& format_;
  store::v1::ImportRows part_;
  std::unordered_map<std::size_t, int> keys_;
  Done done_;
};

/// Writes the error file from what was refused, part by part.
class ErrorFile {
 public:
  ErrorFile(Reader& reader, const Job& job) : reader_(reader), job_(job), csv_(text_, job.offset) {}

  domain::JobFile write() {
    csv_.begin(std::vector<std::string>{"row", "line", "column", "value", "problem", "reason", "reason_zh"});
    for (std::int64_t after = -1; add_parts(after);) continue;
    if (cells_ == 0) return {};
    flush();
    domain::JobFile file{job_.folder + "errors.csv", "errors.csv", "text/csv; charset=utf-8", bytes_};
    reader_.blobs().join(file.key, pieces_);
    for (const std::string& piece : pieces_) reader_.blobs().remove(piece);
    return file;
  }

 private:
  /// Those behind `after`, which moves on; false where there are none.
  bool add_parts(std::int64_t& after) {
    const auto parts = reader_.read([&](domain::ReadTx& tx) {
      std::vector<std::pair<std::int64_t, std::string>> found;
      for (const domain::Row& row :
           tx.query("SELECT part, cells FROM job_refusals WHERE job_id = $1 AND part > $2 ORDER BY part LIMIT $3",
                    job_.id, after, kRefusalsAtOnce))
        found.emplace_back(row.integer(0), row.blob(1));
      return found;
    });
    for (const auto& [part, bytes] : parts) {
      after = part;
      RefusedCells cells;
      cells.ParseFromString(bytes);
      for (const auto& cell : cells.cells()) add(cell);
    }
    return !parts.empty();
  }
  void add(const store::v1::RefusedCell& cell) {
    ++cells_;
    const Value line = cell.line() == 0 ? Value() : Value(std::int64_t{cell.line()});
    csv_.add(std::vector<Value>{std::int64_t{cell.row()}, line, std::string_view(cell.column()),
                                std::string_view(cell.value()), std::string_view(cell.problem()),
                                std::string_view(cell.reason()), std::string_view(cell.reason_zh())});
    if (text_.size() >= kErrorFilePart) flush();
  }
  void flush() {
    pieces_.push_back(fmt::format("{}errors/{:08}", job_.folder, pieces_.size()));
    reader_.blobs().put(pieces_.back(), text_);
    bytes_ += text_.size();
    text_.clear();
  }

  Reader& reader_;
  const Job& job_;
  std::string text_;
  CsvWriter csv_;
  std::size_t cells_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::string> pieces_;
};

class ImportWork final : public domain::JobWork {
 public:
  ImportWork(ImportFormat format, TakePart take) : format_(std::move(format)), take_(std::move(take)) {}

  std::any prepare(Reader& reader, const Caller& caller, const Job& job) const override;
  void settle(Tx& tx, const Caller& caller, Job& job, const std::any& prepared) const override;

 private:
  using Part = std::shared_ptr<const store::v1::ImportRows>;
  [[nodiscard]] static bool at_end(const Job& job) {
    const ImportPosition position = position_of(job);
    return job.cancelled || (position.read() && position.next() == position.parts());
  }
  static void remove_rows(Reader& reader, const Job& job);
  void take_part(Tx& tx, const Caller& caller, Job& job, const Part& part) const;

  const ImportFormat format_;
  const TakePart take_;
};

/// First the file is divided, then its parts are taken one by one, then the error file is written.
std::any ImportWork::prepare(Reader& reader, const Caller& /*caller*/, const Job& job) const {
  if (at_end(job)) {
    remove_rows(reader, job);
    return ErrorFile(reader, job).write();
  }
  const ImportPosition position = position_of(job);
  if (!position.read()) return Division(reader, job, format_).divide();
  const std::string key = part_key(job, position.next());
  const auto rows = std::make_shared<store::v1::ImportRows>();
  rows->ParseFromString(reader.blobs().read(key, 0, reader.blobs().size(key).value_or(0)));
  return Part(rows);
}

/// What people sent is kept no longer than it takes: much of it is about persons.
void ImportWork::remove_rows(Reader& reader, const Job& job) {
  domain::Blobs& blobs = reader.blobs();
  blobs.remove(job.folder + "input");
  const std::string rows = job.folder + "rows/";
  for (auto keys = blobs.list(rows, {}, kBlobsAtOnce); !keys.empty(); keys = blobs.list(rows, {}, kBlobsAtOnce))
    for (const std::string& key : keys) blobs.remove(key);
}

void ImportWork::settle(Tx& tx, const Caller& caller, Job& job, const std::any& prepared) const {
  ImportPosition position = position_of(job);
  if (at_end(job)) {
    job.errors = std::any_cast<const domain::JobFile&>(prepared);
    tx.run("DELETE FROM job_refusals WHERE job_id = $1", job.id);
    job.ended = true;
  } else if (!position.read()) {
    const auto& division = std::any_cast<const Division::Done&>(prepared);
    position.set_read(true);
    position.set_parts(division.parts);
    job.total = division.rows;
  } else {
    take_part(tx, caller, job, std::any_cast<const Part&>(prepared));
    position.set_next(position.next() + 1);
  }
  job.position = position.SerializeAsString();
}

void ImportWork::take_part(Tx& tx, const Caller& caller, Job& job, const Part& part) const {
  const auto* const dry_run = job.request->GetDescriptor()->FindFieldByName("dry_run");
  ImportPart taken;
  taken.dry_run = dry_run != nullptr && job.request->GetReflection()->GetBool(*job.request, dry_run);
  taken.rows.reserve(static_cast<std::size_t>(part->rows_size()));
  for (const store::v1::ImportRow& row : part->rows()) taken.rows.emplace_back(format_, row, tx.offset());
  take_(tx, caller, *job.request, taken);

  RefusedCells refused;
  for (const ImportRow& row : taken.rows) {
    for (const store::v1::RefusedCell& cell : row.refusals()) *refused.add_cells() = cell;
    if (row.is_refused()) ++job.refused;
  }
  const bool nothing = format_.whole_parts && refused.cells_size() > 0;
  for (const ImportRow& row : taken.rows) {
    if (row.is_refused()) continue;
    if (row.verdict() == ImportRow::Verdict::Unchanged) ++job.unchanged;
    if (row.verdict() == ImportRow::Verdict::Taken && !nothing) ++job.taken;
  }
  job.done += part->rows_size();
  if (refused.cells_size() > 0) {
    const std::string cells = refused.SerializeAsString();
    tx.run("INSERT INTO job_refusals (job_id, part, cells) VALUES ($1, $2, $3)", job.id, position_of(job).next(),
           domain::Blob{cells});
  }
}

}  // namespace

std::shared_ptr<const domain::JobWork> import_work(ImportFormat format, TakePart take) {
  return std::make_shared<ImportWork>(std::move(format), std::move(take));
}

}  // namespace wenming::tables
