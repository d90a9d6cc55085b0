#include "store/copy.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/encoding.h"
#include "core/hash.h"
#include "store/migrations.h"

namespace wenming::store {
namespace {

using domain::Row;
using domain::Rows;
using domain::to_value;
using domain::Value;
using Columns = std::vector<Table::Column>;

// A page is so many rows that it has about so many bytes, going by the page before.
constexpr std::int64_t kFirstRows = 100, kMostRows = 2'000;
constexpr std::size_t kPageBytes = std::size_t{4} << 20;

constexpr std::string_view kCopiedFrom = "SELECT value FROM store_facts WHERE name = 'copied_from'";

bool holds(const std::vector<Table>& tables, std::string_view name) {
  return std::any_of(tables.begin(), tables.end(), [name](const Table& table) { return table.name == name; });
}

/// The table as the destination has it, with its columns in the order of the source.
Table counterpart_of(const Table& from, const std::vector<Table>& tables) {
  const auto is = [](const auto& name) { return [&name](const auto& other) { return other.name == name; }; };
  const auto table = std::find_if(tables.begin(), tables.end(), is(from.name));
  if (table == tables.end()) throw CopyRefused("the table " + from.name + " is none of this program's");
  Table to = *table;
  to.columns.clear();
  for (const auto& column : from.columns) {
    const auto found = std::find_if(table->columns.begin(), table->columns.end(), is(column.name));
    if (found == table->columns.end())
      throw CopyRefused("the column " + column.name + " of " + from.name + " is none of this program's");
    to.columns.push_back(*found);
  }
  return to;
}

std::string names_of(const Columns& columns, std::string_view behind_each = "") {
  std::string names;
  for (const auto& column : columns) names.append(names.empty() ? "" : ", ").append(column.name).append(behind_each);
  return names;
}

std::string parameters(std::size_t count) {
  std::string list;
  for (std::size_t i = 1; i <= count; ++i) list.append(list.empty() ? "$" : ", $").append(std::to_string(i));
  return list;
}

std::string last_key_of(const Table& table) {
  return "SELECT " + names_of(table.key) + " FROM " + table.name + " ORDER BY " + names_of(table.key, " DESC") +
         " LIMIT 1";
}

std::string page_of(const Table& table, bool first) {
  const std::size_t keys = first ? 0 : table.key.size();
  std::string sql = "SELECT " + names_of(table.columns) + " FROM " + table.name;
  if (!first) sql += " WHERE (" + names_of(table.key) + ") > (" + parameters(keys) + ")";
  return sql + " ORDER BY " + names_of(table.key) + " LIMIT $" + std::to_string(keys + 1);
}

std::string insert_into(const Table& table) {
  return "INSERT INTO " + table.name + " (" + names_of(table.columns) + ") VALUES (" +
         parameters(table.columns.size()) + ")";
}

/// The cell as a database takes it that tells booleans from numbers.
Value typed(const Table::Column& column, const Value& cell) {
  const auto* const number = std::get_if<std::int64_t>(&cell);
  return column.boolean && number != nullptr ? Value(*number != 0) : cell;
}

std::size_t size_of(const Value& cell) {
  if (const auto* const text = std::get_if<std::string_view>(&cell)) return text->size();
  if (const auto* const blob = std::get_if<domain::Blob>(&cell)) return blob->bytes.size();
  return sizeof(std::int64_t);
}

/// Tells states apart: what is copied may not change between two attempts. Beside the journal there are the positions
/// of consumers, with which a read model changes.
std::string fingerprint_of(Snapshot& source, const RowCounts& rows) {
  core::Sha256 hash;
  hash.add(source.epochs().current()).add(source.head().hash);
  for (const auto& [table, count] : rows) hash.add(table).add("=").add(std::to_string(count)).add(";");
  if (holds(source.tables(), "consumer_positions")) {
    for (const Row& row : Rows(source.connection().query(
             "SELECT source, epoch, position, sequence FROM consumer_positions ORDER BY source, log_partition", {}))) {
      hash.add(row.text(0)).add(" ").add(row.text(1)).add(" ").add(std::to_string(row.integer(2)));
      hash.add(" ").add(std::to_string(row.integer(3))).add(";");
    }
  }
  return core::hex(core::bytes_of(hash.finish()));
}

}  // namespace

DatabaseCopy::DatabaseCopy(Snapshot& source, Engine& destination)
    : source_(source),
      destination_(destination),
      writer_(destination.open_writer()),
      rows_(source.count_rows()),
      fingerprint_(fingerprint_of(source, rows_)) {
  look();
}

void DatabaseCopy::look() {
  const auto tables = writer_->tables();
  if (tables.empty()) return;
  begun_ = true;
  if (holds(tables, kUnfinishedCopy)) {
    if (was_copied_from_here("SELECT source FROM unfinished_copy")) return;
    throw CopyRefused("it holds a part of another state than the one that is to be copied now: empty it first");
  }
  released_ = holds(tables, "store_facts") && was_copied_from_here(kCopiedFrom);
  if (!released_) throw CopyRefused("it holds data already, and a copy needs an empty one");
}

void DatabaseCopy::begin(std::span<const MigrationSet> sets, core::Timestamp now) {
  if (begun_) return;
  writer_->begin();
  if (!writer_->tables().empty()) throw CopyRefused("somebody else has begun to use it");
  make_tables(sets, now);
  writer_->commit();
  begun_ = true;
}

bool DatabaseCopy::was_copied_from_here(std::string_view sql) {
  const auto cursor = writer_->query(sql, {});
  return cursor->next() && Row(*cursor).text(0) == fingerprint_;
}

void DatabaseCopy::make_tables(std::span<const MigrationSet> sets, core::Timestamp now) {
  const auto as_in_source = up_to(sets, schema_versions(source_.connection()));
  migrate_in_transaction(*writer_, destination_.foreign_ending(), as_in_source, now);
  // Migrations may put rows into their tables; those of the source are others.
  auto tables = writer_->tables();
  std::reverse(tables.begin(), tables.end());
  for (const Table& table : tables)
    if (table.name != kAppliedMigrations) writer_->execute("DELETE FROM " + table.name, {});
  writer_->migrate("CREATE TABLE unfinished_copy (source TEXT NOT NULL);");
  const std::array<Value, 1> source{to_value(fingerprint_)};
  writer_->execute("INSERT INTO unfinished_copy (source) VALUES ($1)", source);
}

void DatabaseCopy::run(const Progress& progress) {
  const auto tables = writer_->tables();
  for (const Table& table : source_.tables()) copy(table, counterpart_of(table, tables), progress);
}

void DatabaseCopy::copy(const Table& from, const Table& to, const Progress& progress) {
  std::int64_t there = 0;
  for (const Row& row : Rows(writer_->query("SELECT COUNT(*) FROM " + to.name, {}))) there = row.integer(0);
  progress(from.name, there);
  for (std::int64_t most = kFirstRows; there < rows_.at(from.name);) {
    std::size_t bytes = 0;
    const std::int64_t rows = copy_page(from, to, most, bytes);
    if (rows == 0) return;  // `check` finds out
    progress(from.name, there += rows);
    const auto bytes_per_row = static_cast<std::int64_t>(bytes) / rows + 1;
    most = std::clamp<std::int64_t>(static_cast<std::int64_t>(kPageBytes) / bytes_per_row, 1, kMostRows);
  }
}

std::int64_t DatabaseCopy::copy_page(const Table& from, const Table& to, std::int64_t most, std::size_t& bytes) {
  writer_->begin();
  auto last = writer_->query(last_key_of(to), {});
  std::vector<Value> values;
  const bool first = !last->next();
  for (std::size_t i = 0; !first && i < from.key.size(); ++i)
    values.push_back(typed(from.key[i], last->at(static_cast<int>(i))));
  values.push_back(to_value(most));
  auto page = source_.connection().query(page_of(from, first), values);
  last.reset();

  const std::string insert = insert_into(to);
  std::int64_t rows = 0;
  for (; page->next(); ++rows) {
    values.clear();
    for (std::size_t i = 0; i < to.columns.size(); ++i) {
      values.push_back(typed(to.columns[i], page->at(static_cast<int>(i))));
      bytes += size_of(values.back());
    }
    writer_->execute(insert, values);
  }
  writer_->commit();
  return rows;
}

AuditReport DatabaseCopy::check() {
  Snapshot copied(destination_);
  const RowCounts there = copied.count_rows();
  for (const auto& [table, count] : rows_) {
    const auto found = there.find(table);
    if (found == there.end() || found->second != count)
      throw CopyRefused("the table " + table + " has " + std::to_string(count) + " rows, and its copy " +
                        (found == there.end() ? "is not there" : std::to_string(found->second)));
  }
  AuditReport report = copied.verify();
  if (report != source_.verify() || copied.epochs().current() != source_.epochs().current())
    throw CopyRefused("the journal of the copy is not that of the source");
  return report;
}

void DatabaseCopy::release(const std::function<void(Connection&)>& last_changes) {
  writer_->begin();
  last_changes(*writer_);
  const std::array<Value, 1> source{to_value(fingerprint_)};
  writer_->execute("DELETE FROM store_facts WHERE name = 'copied_from'", {});
  writer_->execute("INSERT INTO store_facts (name, value) VALUES ('copied_from', $1)", source);
  writer_->migrate("DROP TABLE unfinished_copy;");
  writer_->commit();
  released_ = true;
}

void refuse_unfinished_copy(Connection& connection) {
  if (!holds(connection.tables(), kUnfinishedCopy)) return;
  throw CopyRefused(
      "a copy into it was begun and not ended: run the same `restore` or `move` again, or empty it before that");
}

}  // namespace wenming::store
