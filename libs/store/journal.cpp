#include "store/journal.h"

#include <array>
#include <deque>
#include <vector>

#include "domain/many.h"
#include "store/recent_keys.h"

namespace wenming::store {
namespace {

using domain::Blob;
using domain::to_value;
using domain::Value;

const domain::Many& insert() {
  static const auto kRows = domain::Many::rows(
      "INSERT INTO journal (" + std::string(kJournalColumns) + ", hash) VALUES", kJournalColumnCount + 1);
  return kRows;
}

Value blob_or_null(std::string_view bytes) {
  return bytes.empty() ? Value(std::monostate{}) : Value(Blob{bytes});
}

void put(std::string& out, std::uint64_t number) {
  for (int i = 0; i < 8; ++i, number >>= 8) out += static_cast<char>(number & 0xff);
}

constexpr std::uint64_t kNull = ~std::uint64_t{0};

}  // namespace

std::string genesis_hash(std::string_view first_epoch) {
  return std::string(core::bytes_of(core::sha256(first_epoch)));
}

JournalHead read_head(Connection& connection, std::string_view first_epoch) {
  const auto cursor = connection.query("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1", {});
  if (!cursor->next()) return {0, genesis_hash(first_epoch)};
  const domain::Row row(*cursor);
  return {row.integer(0), std::string(row.blob(1))};
}

std::string RowHasher::hash(std::string_view previous, std::span<const Value> columns) {
  text_.clear();
  for (const Value& column : columns) {
    std::string_view bytes;
    if (const auto* const number = std::get_if<std::int64_t>(&column)) {
      put(text_, static_cast<std::uint64_t>(*number));
      continue;
    }
    if (const auto* const text = std::get_if<std::string_view>(&column)) bytes = *text;
    if (const auto* const blob = std::get_if<Blob>(&column)) bytes = blob->bytes;
    put(text_, std::holds_alternative<std::monostate>(column) ? kNull : bytes.size());
    text_ += bytes;
  }
  return std::string(core::bytes_of(sha256_.add(previous).add(text_).finish()));
}

Journal::Journal(Connection& connection, std::string first_epoch) : first_epoch_(std::move(first_epoch)) {
  reload(connection);
}

void Journal::reload(Connection& connection) {
  head_ = read_head(connection, first_epoch_);
}

bool Journal::holds_appended(Connection& connection) const {
  const std::array<Value, 1> sequence{to_value(appended_.sequence)};
  const auto cursor = connection.query("SELECT hash FROM journal WHERE sequence = $1", sequence);
  return cursor->next() && domain::Row(*cursor).blob(0) == appended_.hash;
}

void Journal::append(Connection& connection, std::span<JournalEntry> entries) {
  appended_ = head_;
  std::vector<Value> rows;
  std::deque<std::string> hashes;  // which the rows point at
  for (JournalEntry& entry : entries) {
    entry.sequence = ++appended_.sequence;
    const std::array<Value, kJournalColumnCount> row{
        to_value(entry.sequence),
        to_value(entry.happened_at),
        to_value(entry.caller),
        to_value(entry.origin),
        to_value(entry.method),
        to_value(entry.subject),
        to_value(entry.traceparent),
        entry.events ? Value(Blob{*entry.events}) : std::monostate{},
        domain::or_null(entry.answer_type),
        entry.answer_type.empty() ? Value(std::monostate{}) : Blob{entry.answer},
        blob_or_null(entry.idempotency_hash),
        blob_or_null(entry.request_hash)};
    appended_.hash = hasher_.hash(appended_.hash, row);
    rows.insert(rows.end(), row.begin(), row.end());
    rows.push_back(Blob{hashes.emplace_back(appended_.hash)});
  }
  insert().each(rows, [&](std::string_view sql, std::span<const Value> values) { connection.execute(sql, values); });
}

std::optional<FirstAnswer> find_first_answer(domain::ReadTx& tx, const RecentKeys& recent_keys,
                                             std::string_view idempotency_hash) {
  for (const std::int64_t sequence : recent_keys.rows_of(idempotency_hash)) {
    for (const domain::Row& row : tx.query("SELECT request_hash, answer_type, answer FROM journal "
                                           "WHERE sequence = $1 AND idempotency_hash = $2 AND happened_at > $3",
                                           sequence, Blob{idempotency_hash}, tx.now() - RecentKeys::kKept)) {
      return FirstAnswer{sequence, std::string(row.blob(0)), std::string(row.text(1)), std::string(row.blob(2))};
    }
  }
  return std::nullopt;
}

}  // namespace wenming::store
