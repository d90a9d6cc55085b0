#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/hash.h"
#include "core/time.h"
#include "domain/tx.h"
#include "store/engine.h"

namespace wenming::store {

/// What a command leaves in the journal; see schema/0001_store.sql for what the columns mean. The views point to texts
/// that live for ever (names of types and methods).
struct JournalEntry {
  std::int64_t sequence = 0;  // given by `append`
  core::Timestamp happened_at;
  std::string caller;
  std::string origin;
  std::string_view method;
  std::string subject;
  std::string traceparent;
  std::optional<std::string> events;
  std::string_view answer_type;  // empty: no answer
  std::string answer;
  std::string idempotency_hash;  // empty: no key
  std::string request_hash;
};

/// Where the chain of rows stands.
struct JournalHead {
  std::int64_t sequence = 0;
  std::string hash;
};

/// The hash that the first row builds on: it ties the chain to this database.
std::string genesis_hash(std::string_view first_epoch);
/// The head as the database has it.
JournalHead read_head(Connection& connection, std::string_view first_epoch);

/// Makes the hash of a row from that of the row before and all columns, each with its length, so that no two rows have
/// the same text. One thread.
class RowHasher {
 public:
  std::string hash(std::string_view previous, std::span<const domain::Value> columns);

 private:
  core::Sha256 sha256_;
  std::string text_;
};

/// The columns that are hashed, in their order; the hash itself is the column after them.
inline constexpr std::string_view kJournalColumns =
    "sequence, happened_at, caller, origin, method, subject, traceparent, events, answer_type, answer, "
    "idempotency_hash, request_hash";
inline constexpr int kJournalColumnCount = 12;

/// The end of the journal. Owned by a writer and used on its thread: it numbers and chains what a batch appends, and
/// moves its own head only when told that the batch was committed.
class Journal {
 public:
  /// Reads the head.
  Journal(Connection& connection, std::string first_epoch);

  /// Numbers the entries and inserts their rows.
  void append(Connection& connection, std::span<JournalEntry> entries);
  void committed() { head_ = appended_; }
  /// Reads the head again, after a batch of which nobody knows what became.
  void reload(Connection& connection);
  /// Goes on from here, where another writer has appended.
  void go_on_from(JournalHead head) { head_ = std::move(head); }
  /// Whether the database holds what `append` appended last.
  [[nodiscard]] bool holds_appended(Connection& connection) const;

  [[nodiscard]] const JournalHead& head() const { return head_; }

 private:
  const std::string first_epoch_;
  RowHasher hasher_;
  JournalHead head_;
  JournalHead appended_;
};

/// An answer that was given before under the same key.
struct FirstAnswer {
  std::int64_t sequence;
  std::string request_hash;
  std::string type;
  std::string bytes;
};
class RecentKeys;
/// Looks for one that is not older than a day.
std::optional<FirstAnswer> find_first_answer(domain::ReadTx& tx, const RecentKeys& recent_keys,
                                             std::string_view idempotency_hash);

}  // namespace wenming::store
