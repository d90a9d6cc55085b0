#include "store/migrations.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

#include "core/encoding.h"
#include "core/hash.h"

namespace wenming::store {
namespace {

using domain::Row;
using domain::Rows;
using domain::to_value;
using domain::Value;

constexpr std::string_view kApplied =
    "CREATE TABLE IF NOT EXISTS applied_migrations (schema_name TEXT NOT NULL, number BIGINT NOT NULL, file TEXT NOT "
    "NULL, "
    "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (schema_name, number));";

/// In the name of a file that takes something away from versions before: `0007_old_names.contract.sql`.
constexpr std::string_view kContracts = ".contract.";

/// While a migration waits for a table that somebody reads, as a backup does for minutes, all who come later wait
/// behind it, and so do all writers. SQLite's readers are in nobody's way.
constexpr std::string_view kWaitBriefly = "SET LOCAL lock_timeout = '2s';";
constexpr std::string_view kNotForPostgres = ".sqlite.sql";

struct Applied {
  std::string file;
  std::string checksum;
};
using AppliedByNumber = std::map<int, Applied>;

struct File {
  int number;
  std::string name;
  std::string_view text;
  std::string checksum;
};

int number_of(std::string_view file) {
  int number = 0;
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), number);
  if (error != std::errc() || end == file.data() + file.size() || *end != '_') {
    throw std::runtime_error("schema file " + std::string(file) +
                             " does not begin with a number, as 0001_hours.sql does");
  }
  return number;
}

std::vector<File> files_for(std::string_view foreign_ending, const MigrationSet& set) {
  std::vector<File> files;
  for (const core::EmbeddedFile& file : set.files) {
    if (file.name.ends_with(foreign_ending)) continue;
    files.push_back(
        {number_of(file.name), std::string(file.name), file.text, core::hex(core::bytes_of(core::sha256(file.text)))});
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.number < b.number; });
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].number != static_cast<int>(i) + 1) {
      throw std::runtime_error("schema " + set.name + ": file " + files[i].name + " stands where number " +
                               std::to_string(i + 1) + " is expected");
    }
  }
  return files;
}

AppliedByNumber applied_in(Connection& connection, const MigrationSet& set) {
  AppliedByNumber applied;
  const std::array<Value, 1> name{to_value(set.name)};
  for (const Row& row :
       Rows(connection.query("SELECT number, file, checksum FROM applied_migrations WHERE schema_name = $1", name))) {
    applied[static_cast<int>(row.integer(0))] = {std::string(row.text(1)), std::string(row.text(2))};
  }
  return applied;
}

void check(const MigrationSet& set, const std::vector<File>& files, const AppliedByNumber& applied) {
  for (const auto& [number, before] : applied) {
    if (number > static_cast<int>(files.size())) {
      if (before.file.find(kContracts) == std::string::npos) continue;  // of the next version; it does us no harm
      throw std::runtime_error("the database has migration " + before.file + " of schema " + set.name +
                               ", which takes away what this version of the program needs: a newer one was here");
    }
    const File& file = files[static_cast<std::size_t>(number) - 1];
    if (file.checksum != before.checksum) {
      throw std::runtime_error("migration " + file.name + " of schema " + set.name +
                               " has changed since it was applied; put the file back and write a new one");
    }
  }
}

void apply(Connection& connection, const MigrationSet& set, const File& file, core::Timestamp now) {
  try {
    connection.migrate(file.text);
  } catch (const EngineError& fault) {
    if (fault.kind() == EngineError::Kind::Busy) {
      throw std::runtime_error("migration " + file.name + " of schema " + set.name +
                               " needs a table that a backup or a long query is reading. Nothing was changed; try "
                               "again when that has ended (" +
                               fault.what() + ")");
    }
    throw std::runtime_error("migration " + file.name + " of schema " + set.name + " failed: " + fault.what());
  }
  const std::array<Value, 5> row{to_value(set.name), to_value(file.number), to_value(file.name),
                                 to_value(file.checksum), to_value(now)};
  connection.execute(
      "INSERT INTO applied_migrations (schema_name, number, file, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)",
      row);
}

/// Having checked those that were applied.
std::vector<File> unapplied_of(Connection& connection, std::string_view foreign_ending, const MigrationSet& set) {
  std::vector<File> files = files_for(foreign_ending, set);
  const AppliedByNumber applied = applied_in(connection, set);
  check(set, files, applied);
  std::erase_if(files, [&](const File& file) { return applied.contains(file.number); });
  return files;
}

/// Runs the body in a transaction, which it may end.
template <class Body>
void in_transaction(Connection& connection, Body body) {
  connection.begin();
  try {
    body();
  } catch (const std::runtime_error&) {
    if (connection.in_transaction()) connection.rollback();
    throw;
  }
}

}  // namespace

void migrate_in_transaction(Connection& connection, std::string_view foreign_ending, std::span<const MigrationSet> sets,
                            core::Timestamp now) {
  connection.migrate(kApplied);
  if (foreign_ending == kNotForPostgres) connection.migrate(kWaitBriefly);
  for (const MigrationSet& set : sets)
    for (const File& file : unapplied_of(connection, foreign_ending, set)) apply(connection, set, file, now);
}

void migrate(Connection& connection, std::string_view foreign_ending, std::span<const MigrationSet> sets,
             core::Timestamp now) {
  in_transaction(connection, [&] {
    migrate_in_transaction(connection, foreign_ending, sets, now);
    connection.commit();
  });
}

std::vector<std::string> unapplied(Connection& connection, std::string_view foreign_ending,
                                   std::span<const MigrationSet> sets) {
  std::vector<std::string> names;
  in_transaction(connection, [&] {
    connection.migrate(kApplied);  // for this transaction, where there is no such table
    for (const MigrationSet& set : sets)
      for (const File& file : unapplied_of(connection, foreign_ending, set)) names.push_back(file.name);
    connection.rollback();
  });
  return names;
}

SchemaVersions schema_versions(Connection& connection) {
  SchemaVersions versions;
  for (const Row& row : Rows(connection.query(
           "SELECT schema_name, MAX(number) FROM applied_migrations GROUP BY schema_name ORDER BY schema_name", {})))
    versions[std::string(row.text(0))] = static_cast<int>(row.integer(1));
  return versions;
}

std::vector<MigrationSet> up_to(std::span<const MigrationSet> sets, SchemaVersions versions) {
  std::vector<MigrationSet> limited;
  for (const MigrationSet& set : sets) {
    const int version = versions[set.name];
    MigrationSet& kept = limited.emplace_back(MigrationSet{set.name, {}});
    for (const core::EmbeddedFile& file : set.files) {
      if (number_of(file.name) <= version) kept.files.push_back(file);
      if (number_of(file.name) >= version) versions.erase(set.name);
    }
  }
  std::erase_if(versions, [](const auto& schema) { return schema.second == 0; });
  if (!versions.empty()) {
    const auto& [name, version] = *versions.begin();
    throw std::runtime_error("schema " + name + " is at number " + std::to_string(version) +
                             ", which this version of the program does not know: it was used by a newer version");
  }
  return limited;
}

}  // namespace wenming::store
