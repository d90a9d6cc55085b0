#include "all_in_one/import.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/csv.h"
#include "runtime/api_client.h"
#include "runtime/progress.h"

namespace wenming::all_in_one {
namespace {

using runtime::number_of;
using runtime::Progress;
using runtime::text_of;

/// Below what `POST /v1/cases:import` takes: 500 rows, 4 MiB.
constexpr std::size_t kChunkRows = 500;
constexpr std::size_t kChunkBytes = 3 << 20;

struct ImportOptions {
  runtime::Access access;
  std::string file, unit_id, unit_code, receiving_unit_id, source, effective_on;
  bool dry_run = false;
};

/// Where a row stands in the whole file.
struct Place {
  std::int64_t row, line;
};

void print_refused(const Place& place, std::string_view column, std::string_view reason) {
  fmt::print(stderr, "row {} (line {}){}{}: {}\n", place.row, place.line, column.empty() ? "" : ", ", column, reason);
}

struct Tally {
  std::int64_t created = 0, updated = 0, unchanged = 0, refused = 0;  // rows

  /// Counts what an answer says. Where rows were refused, nothing is taken of the others either, on a dry run or not.
  void add(const rapidjson::Value& answer) {
    if (!answer["refused"].Empty()) return;
    unchanged += number_of(answer, "unchanged");
    created += number_of(answer, "created");
    updated += number_of(answer, "updated");
  }

  /// Prints every cell that was refused, and counts their rows. `place` tells the place of a row of the answer.
  template <class F>
  void add_refused(const rapidjson::Value& answer, F place_of) {
    std::set<std::int64_t> rows;
    for (const auto& cell : answer["refused"].GetArray()) {
      const Place place = place_of(cell);
      print_refused(place, text_of(cell, "column"), text_of(cell, "reason"));
      rows.insert(place.row);
    }
    refused += static_cast<std::int64_t>(rows.size());
  }
};

int report(const Tally& tally, bool dry_run) {
  fmt::print("{}{} created, {} updated, {} unchanged, {} refused\n", dry_run ? "would be: " : "", tally.created,
             tally.updated, tally.unchanged, tally.refused);
  if (tally.refused == 0) return 0;
  const bool nothing = tally.created + tally.updated + tally.unchanged == 0;
  fmt::print(stderr, "{}Mend the rows above and import the file again{}.\n",
             nothing ? "Nothing is imported where rows are refused. " : "",
             nothing ? "" : "; what was taken is known again and not doubled");
  return 1;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}", path));
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

/// A file that one request holds.
int import_whole(const ImportOptions& options, const std::string& target) {
  runtime::ApiClient client(options.access);
  const auto answer = client.upload(target, "text/csv", read_file(options.file), {});
  Tally tally;
  tally.add(answer);
  tally.add_refused(answer, [](const auto& cell) { return Place{number_of(cell, "row"), number_of(cell, "line")}; });
  return report(tally, options.dry_run);
}

int import_organisations(const ImportOptions& options) {
  return import_whole(options, fmt::format("/v1/organisations:import?dry_run={}{}{}{}{}", options.dry_run,
                                           options.unit_id.empty() ? "" : "&unit_id=", options.unit_id,
                                           options.effective_on.empty() ? "" : "&effective_on=", options.effective_on));
}

int import_calendar(const ImportOptions& options) {
  return import_whole(options, fmt::format("/v1/calendar:import?dry_run={}", options.dry_run));
}

/// A part of a file of cases, as a file of its own.
struct Chunk {
  std::string content;
  std::vector<Place> places;  // of its rows
  bool whole = true;          // no row was left out because it cannot be read

  [[nodiscard]] bool full() const { return places.size() == kChunkRows || content.size() >= kChunkBytes; }
};

/// Reads the file of cases chunk by chunk, so that its size does not matter.
class ChunkReader {
 public:
  explicit ChunkReader(const std::string& file) : in_(file, std::ios::binary) {
    if (!in_) throw std::runtime_error(fmt::format("cannot read {}", file));
    csv_ = std::make_unique<core::CsvReader>(in_);
    csv_->require({"message_id", "user_id", "subject", "received_at", "detail", "reply", "replied_at"});
  }

  /// Without rows at the end of the file. Rows that cannot be read are told, counted and left out.
  Chunk next(Tally& tally) {
    Chunk chunk;
    const std::vector<std::string_view> columns(csv_->columns().begin(), csv_->columns().end());
    core::append_csv_record(chunk.content, columns);
    while (!chunk.full()) {
      try {
        const core::CsvRecord* record = csv_->next();
        if (record == nullptr) break;
        chunk.places.push_back(
            {static_cast<std::int64_t>(record->number() + 1), static_cast<std::int64_t>(record->line())});
        core::append_csv_record(chunk.content, record->fields());
      } catch (const core::CsvError& error) {
        print_refused({static_cast<std::int64_t>(error.record() + 1), static_cast<std::int64_t>(error.line())}, "",
                      error.fault());
        ++tally.refused;
        chunk.whole = false;
      }
    }
    return chunk;
  }

 private:
  std::ifstream in_;
  std::unique_ptr<core::CsvReader> csv_;
};

std::string unit_of(runtime::ApiClient& client, const ImportOptions& options) {
  if (!options.unit_id.empty()) return options.unit_id;
  const auto found = client.get("/v1/organisations?page_size=1&code=" + options.unit_code);
  if (found["organisations"].Empty())
    throw std::runtime_error(fmt::format("there is no organisation with the code {}", options.unit_code));
  return std::string(text_of(found["organisations"][0], "id"));
}

int import_cases(const ImportOptions& options) {
  runtime::ApiClient client(options.access);
  const std::string target =
      fmt::format("/v1/cases:import?unit_id={}&receiving_unit_id={}&source={}&dry_run=", unit_of(client, options),
                  options.receiving_unit_id, options.source);
  ChunkReader reader(options.file);
  Tally tally;
  {
    Progress progress("cases", 0);
    for (Chunk chunk = reader.next(tally); !chunk.places.empty(); chunk = reader.next(tally)) {
      // A chunk is taken whole or not at all: one with an unreadable row is only judged.
      const bool dry_run = options.dry_run || !chunk.whole;
      const auto answer = client.upload(fmt::format("{}{}", target, dry_run), "text/csv", chunk.content, {});
      tally.add(answer);
      tally.add_refused(answer, [&](const auto& cell) {
        return chunk.places.at(static_cast<std::size_t>(number_of(cell, "row")) - 2);
      });
      progress.advance(static_cast<std::int64_t>(chunk.places.size()));
    }
  }
  return report(tally, options.dry_run);
}

}  // namespace

void add_import_command(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<ImportOptions>();
  auto* import = app.add_subcommand("import", "Sends a file to a running server");
  import->require_subcommand(1);

  const auto add = [&](const char* name, const char* help, int (*run)(const ImportOptions&)) {
    auto* command = import->add_subcommand(name, help);
    options->access.add_to(*command);
    command->add_option("file", options->file, "CSV in UTF-8")->required()->check(CLI::ExistingFile);
    command->add_flag("--dry-run", options->dry_run, "Change nothing, only say what would change");
    command->callback([options, run, &exit_code] { exit_code = run(*options); });
    return command;
  };
  auto* organisations = add("organisations", "Columns code, name, parent_code, level", import_organisations);
  organisations->add_option("--unit", options->unit_id, "Only below this organisation");
  organisations->add_option("--effective-on", options->effective_on, "First day of new names and places, YYYY-MM-DD");

  add("calendar", "Columns date, kind, occasion; kind: holiday, make_up_workday or ordinary", import_calendar);

  auto* cases =
      add("cases", "Columns message_id, user_id, subject, received_at, detail, reply, replied_at", import_cases);
  auto* unit = cases->add_option_group("unit", "The unit to which the cases were dispatched");
  unit->add_option("--unit", options->unit_id, "Its id");
  unit->add_option("--unit-code", options->unit_code, "Its official code");
  unit->require_option(1);
  cases->add_option("--receiving-unit", options->receiving_unit_id,
                    "Whose office received them; otherwise the unit itself");
  cases->add_option("--source", options->source, "Names the system that the numbers come from");
}

}  // namespace wenming::all_in_one
