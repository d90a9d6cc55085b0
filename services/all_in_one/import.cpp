#include "all_in_one/import.h"

#include <fmt/format.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "core/csv.h"
#include "runtime/api_job.h"
#include "runtime/progress.h"

namespace wenming::all_in_one {
namespace {

using runtime::number_of;
using runtime::Progress;
using runtime::text_of;

struct ImportOptions {
  runtime::Access access;
  std::string file, sheet, unit_id, unit_code, receiving_unit_id, source, effective_on;
  bool dry_run = false;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("cannot read {}", path));
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

/// Prints what the error file of a job says.
void print_errors(const std::string& file) {
  if (file.empty()) return;
  core::CsvReader errors(file);
  while (const core::CsvRecord* cell = errors.next()) {
    const std::string_view line = cell->at("line");
    fmt::print(stderr, "row {}{}{}{}: {}\n", cell->at("row"), line.empty() ? "" : fmt::format(" (line {})", line),
               cell->at("column").empty() ? "" : ", ", cell->at("column"), cell->at("reason"));
  }
}

int report(const rapidjson::Value& job, bool dry_run) {
  const std::int64_t refused = number_of(job, "refused");
  fmt::print("{}{} taken, {} unchanged, {} refused\n", dry_run ? "would be: " : "", number_of(job, "taken"),
             number_of(job, "unchanged"), refused);
  if (refused == 0) return 0;
  fmt::print(stderr, "Mend the rows above and import the file again; what was taken is known again and not doubled.\n");
  return 1;
}

/// Sends the file; the server takes it as a job, and tells how far it is.
int import(const ImportOptions& options, runtime::ApiClient& client, const std::string& target, const char* label) {
  std::unique_ptr<Progress> progress;
  std::int64_t told = 0;
  const auto tell = [&](std::int64_t done, std::int64_t total) {
    if (!progress) progress = std::make_unique<Progress>(label, total);
    progress->advance(done - told);
    told = done;
  };
  const std::string whole =
      fmt::format("{}{}dry_run={}{}{}", target, target.find('?') == std::string::npos ? '?' : '&', options.dry_run,
                  options.sheet.empty() ? "" : "&sheet=", runtime::percent_encoded(options.sheet));
  const auto job = runtime::run_job(client, whole, runtime::media_type_of(options.file), read_file(options.file), tell);
  progress.reset();
  print_errors(runtime::job_errors(client, job));
  return report(job, options.dry_run);
}

/// For options that may be left out: a parameter that is empty is not sent.
std::string parameter(char before, const char* name, const std::string& value) {
  return value.empty() ? std::string() : fmt::format("{}{}={}", before, name, runtime::percent_encoded(value));
}

int import_organisations(const ImportOptions& options) {
  runtime::ApiClient client(options.access);
  std::string target = "/v1/organisations:import" + parameter('?', "unit_id", options.unit_id);
  target += parameter(options.unit_id.empty() ? '?' : '&', "effective_on", options.effective_on);
  return import(options, client, target, "organisations");
}

int import_users(const ImportOptions& options) {
  runtime::ApiClient client(options.access);
  return import(options, client, "/v1/users:import" + parameter('?', "unit_id", options.unit_id), "users");
}

int import_staff(const ImportOptions& options) {
  runtime::ApiClient client(options.access);
  return import(options, client, "/v1/staff:import" + parameter('?', "unit_id", options.unit_id), "entries");
}

int import_calendar(const ImportOptions& options) {
  runtime::ApiClient client(options.access);
  return import(options, client, "/v1/calendar:import", "days");
}

std::string unit_of(runtime::ApiClient& client, const ImportOptions& options) {
  if (!options.unit_id.empty()) return options.unit_id;
  const auto found = client.get("/v1/organisations?page_size=1&code=" + runtime::percent_encoded(options.unit_code));
  if (found["organisations"].Empty())
    throw std::runtime_error(fmt::format("there is no organisation with the code {}", options.unit_code));
  return std::string(text_of(found["organisations"][0], "id"));
}

int import_cases(const ImportOptions& options) {
  runtime::ApiClient client(options.access);
  return import(options, client,
                "/v1/cases:import?unit_id=" + unit_of(client, options) +
                    parameter('&', "receiving_unit_id", options.receiving_unit_id) +
                    parameter('&', "source", options.source),
                "cases");
}

}  // namespace

void add_import_command(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<ImportOptions>();
  auto* import = app.add_subcommand("import", "Sends a file to a running server");
  import->require_subcommand(1);

  const auto add = [&](const char* name, const char* help, int (*run)(const ImportOptions&)) {
    auto* command = import->add_subcommand(name, help);
    options->access.add_to(*command);
    command->add_option("file", options->file, "CSV in UTF-8 or GB18030, or an XLSX workbook")
        ->required()
        ->check(CLI::ExistingFile);
    command->add_option("--sheet", options->sheet, "Of a workbook; otherwise the first that is not hidden");
    command->add_flag("--dry-run", options->dry_run, "Change nothing, only say what would change");
    command->callback([options, run, &exit_code] { exit_code = run(*options); });
    return command;
  };
  auto* organisations = add("organisations", "Columns code, name, parent_code, level", import_organisations);
  organisations->add_option("--unit", options->unit_id, "Only below this organisation");
  organisations->add_option("--effective-on", options->effective_on, "First day of new names and places, YYYY-MM-DD");

  auto* users = add("users", "Columns account, display_name, unit_code, and role if wanted", import_users);
  users->add_option("--unit", options->unit_id, "Only of this organisation and those below it");

  auto* staff = add("staff", "Columns unit_code, number, name, title, joined_on, left_on", import_staff);
  staff->add_option("--unit", options->unit_id, "Only rosters of this organisation and those below it");

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
