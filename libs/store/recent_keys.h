#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "store/engine.h"
#include "store/journal.h"

namespace wenming::store {

/// In which rows of the journal the idempotency keys of the last day were used.
///
/// Keys are random, and nearly all are new. An index of them in the database would dirty one cold page per command,
/// which a batch then has to write whole; so they are kept in memory, eight bytes a row, and the database has them in
/// the order of time only, for reading them at start. A hash table per stretch of 65,536 rows says which rows may hold
/// a key; the row itself decides. A stretch is dropped once all of it is older than a day.
///
/// Filled by the writers; any thread may ask. Limitation: a million commands a day take 8 MB.
class RecentKeys {
 public:
  /// How long the first answer to a key is given again.
  static constexpr std::chrono::hours kKept{24};

  /// Reads what the journal holds beyond what is known here.
  void catch_up(Connection& connection, core::Timestamp now);
  /// Takes in rows that were committed, if nothing lies between them and what is known: else they are read later, by
  /// `catch_up`, with what lies between.
  void add(std::span<const JournalEntry> entries);

  /// Rows that may hold this key, seldom more than the one that does, newest first.
  [[nodiscard]] std::vector<std::int64_t> rows_of(std::string_view idempotency_hash) const;

 private:
  struct Stretch {
    std::int64_t number;     // sequence / rows per stretch
    core::Timestamp newest;  // when the newest row of it happened
    std::vector<std::uint32_t> slots;
  };
  std::int64_t take_page(Connection& connection);
  void read_last_day(Connection& connection, core::Timestamp now);
  void put(std::int64_t sequence, core::Timestamp happened_at, std::string_view idempotency_hash);

  mutable std::mutex mutex_;
  std::deque<Stretch> stretches_;  // in the order of rows
  std::int64_t known_ = 0;         // every row up to here has been taken in
  bool read_ = false;              // the journal was looked at
};

}  // namespace wenming::store
