#include "store/snapshot.h"

#include <chrono>

#include "store/migrations.h"

namespace wenming::store {
namespace {

/// Longer than any copy takes, and an end for one that hangs.
constexpr std::chrono::hours kBound{72};

std::unique_ptr<Connection> begun(Engine& engine) {
  auto connection = engine.open_reader();
  connection->begin_read(kBound);
  return connection;
}

}  // namespace

Snapshot::Snapshot(Engine& engine)
    : connection_(begun(engine)), epochs_(read_epochs(*connection_)), head_(read_head(*connection_, epochs_.first())) {}

void Snapshot::renew() {
  connection_->commit();
  connection_->begin_read(kBound);
  epochs_ = read_epochs(*connection_);
  head_ = read_head(*connection_, epochs_.first());
  tables_.clear();
}

const std::vector<Table>& Snapshot::tables() {
  if (tables_.empty()) {
    tables_ = connection_->tables();
    std::erase_if(tables_,
                  [](const Table& table) { return table.name == kAppliedMigrations || table.name == kUnfinishedCopy; });
  }
  return tables_;
}

RowCounts Snapshot::count_rows() {
  RowCounts counts;
  for (const Table& table : tables()) {
    const auto cursor = connection_->query("SELECT COUNT(*) FROM " + table.name, {});
    cursor->next();
    counts[table.name] = domain::Row(*cursor).integer(0);
  }
  return counts;
}

}  // namespace wenming::store
