#include "store/audit.h"

#include <array>
#include <chrono>
#include <vector>

#include "core/encoding.h"
#include "store/epochs.h"
#include "store/journal.h"

namespace wenming::store {
namespace {

using domain::Row;
using domain::Rows;
using domain::to_value;
using domain::Value;

constexpr int kRowsPerRead = 500;
constexpr std::chrono::minutes kBound{1};

/// Walks the chain row by row.
class Chain {
 public:
  explicit Chain(std::string genesis) : hash_(std::move(genesis)) {}

  /// False: this row breaks it.
  bool add(const Row& row) {
    const std::int64_t sequence = row.integer(0);
    const std::int64_t expected = report_.rows + 1;
    if (sequence != expected) return broken(expected, "the row is missing");
    std::array<Value, kJournalColumnCount> columns;
    for (int i = 0; i < kJournalColumnCount; ++i) columns[static_cast<std::size_t>(i)] = row.cell(i);
    std::string hash = hasher_.hash(hash_, columns);
    if (hash != row.blob(kJournalColumnCount)) return broken(sequence, "the row is not what was written");
    hash_ = std::move(hash);
    report_.rows = sequence;
    return true;
  }

  [[nodiscard]] std::int64_t rows() const { return report_.rows; }
  [[nodiscard]] AuditReport report() const {
    AuditReport report = report_;
    report.head = core::hex(hash_);
    return report;
  }

 private:
  bool broken(std::int64_t sequence, std::string reason) {
    report_.broken = {sequence, std::move(reason)};
    return false;
  }

  RowHasher hasher_;
  std::string hash_;
  AuditReport report_;
};

/// False: that was the end, or the chain is broken.
bool add_some(Connection& connection, Chain& chain) {
  static const std::string sql =
      "SELECT " + std::string(kJournalColumns) + ", hash FROM journal WHERE sequence > $1 ORDER BY sequence LIMIT $2";
  const std::array<Value, 2> values{to_value(chain.rows()), to_value(kRowsPerRead)};
  bool more = false;
  for (const Row& row : Rows(connection.query(sql, values))) {
    more = chain.add(row);
    if (!more) break;
  }
  return more;
}

}  // namespace

std::int64_t furthest_row_read(Connection& connection, std::string_view source) {
  const std::array<Value, 1> values{to_value(source)};
  connection.begin_read(kBound);
  std::int64_t furthest = 0;
  for (const Row& row :
       Rows(connection.query("SELECT COALESCE(MAX(sequence), 0) FROM consumer_positions WHERE source = $1", values)))
    furthest = row.integer(0);
  connection.commit();
  return furthest;
}

AuditReport verify(Connection& connection) {
  Chain chain(genesis_hash(read_epochs(connection).first()));
  for (bool more = true; more;) {
    connection.begin_read(kBound);
    more = add_some(connection, chain);
    connection.commit();
  }
  return chain.report();
}

AuditReport verify_in_transaction(Connection& connection) {
  Chain chain(genesis_hash(read_epochs(connection).first()));
  while (add_some(connection, chain)) {
  }
  return chain.report();
}

}  // namespace wenming::store
