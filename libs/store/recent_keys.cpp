#include "store/recent_keys.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace wenming::store {
namespace {

constexpr std::int64_t kRows = 65'536;
constexpr std::size_t kSlots = 2 * static_cast<std::size_t>(kRows);  // half of them stay free
// A slot holds the place of a row within its stretch, counted from one, and 15 bits of its key. Zero: free.
constexpr std::uint32_t kTagBits = 15;
// Rows that are read at once: a day may have had a million.
constexpr std::int64_t kPage = 10'000;

/// Where a key belongs, and the bits that tell it from its neighbours. The hash is as good as random already.
struct Place {
  std::size_t slot;
  std::uint32_t tag;
};

Place place_of(std::string_view hash) {
  std::array<std::uint32_t, 2> words{};
  std::memcpy(words.data(), hash.data(), std::min(hash.size(), sizeof words));
  return {words[0] % kSlots, words[1] % (1u << kTagBits)};
}

}  // namespace

void RecentKeys::catch_up(Connection& connection, core::Timestamp now) {
  {
    const std::lock_guard lock(mutex_);
    if (!read_) return read_last_day(connection, now);
  }
  while (take_page(connection) == kPage) {
  }
}

/// Takes in the rows that follow the last known; how many there were.
std::int64_t RecentKeys::take_page(Connection& connection) {
  std::array<domain::Value, 2> values{std::int64_t{0}, kPage};
  {
    const std::lock_guard lock(mutex_);
    values[0] = known_;
  }
  // Asked without the lock: whoever looks a key up must not wait for a database.
  const auto cursor = connection.query(
      "SELECT sequence, happened_at, idempotency_hash FROM journal WHERE sequence > $1 ORDER BY sequence LIMIT $2",
      values);
  std::int64_t count = 0;
  const std::lock_guard lock(mutex_);
  for (; cursor->next(); ++count) {
    const domain::Row row(*cursor);
    if (row.integer(0) != known_ + 1) continue;  // another writer was quicker
    if (!row.is_null(2)) put(row.integer(0), row.timestamp(1), row.blob(2));
    ++known_;
  }
  return count;
}

void RecentKeys::read_last_day(Connection& connection, core::Timestamp now) {
  read_ = true;
  known_ = read_head(connection, {}).sequence;
  std::int64_t happened_at = (now - kKept).micros();
  std::string key;
  std::int64_t count = kPage;
  while (count == kPage) {
    const std::array<domain::Value, 3> behind{happened_at, domain::Blob{key}, kPage};
    const auto cursor = connection.query(
        "SELECT sequence, happened_at, idempotency_hash FROM journal WHERE (happened_at, idempotency_hash) > ($1, $2) "
        "AND idempotency_hash IS NOT NULL ORDER BY happened_at, idempotency_hash LIMIT $3",
        behind);
    for (count = 0; cursor->next(); ++count) {
      const domain::Row row(*cursor);
      happened_at = row.integer(1);
      key = row.blob(2);
      if (row.integer(0) <= known_) put(row.integer(0), row.timestamp(1), row.blob(2));
    }
  }
}

void RecentKeys::add(std::span<const JournalEntry> entries) {
  const std::lock_guard lock(mutex_);
  for (const JournalEntry& entry : entries) {
    if (entry.sequence != known_ + 1) continue;
    if (!entry.idempotency_hash.empty()) put(entry.sequence, entry.happened_at, entry.idempotency_hash);
    ++known_;
  }
}

void RecentKeys::put(std::int64_t sequence, core::Timestamp happened_at, std::string_view idempotency_hash) {
  const std::int64_t number = sequence / kRows;
  auto stretch = std::lower_bound(stretches_.begin(), stretches_.end(), number,
                                  [](const Stretch& one, std::int64_t wanted) { return one.number < wanted; });
  if (stretch == stretches_.end() || stretch->number != number) {
    stretch = stretches_.insert(stretch, {number, happened_at, std::vector<std::uint32_t>(kSlots)});
  }
  auto [slot, tag] = place_of(idempotency_hash);
  while (stretch->slots[slot] != 0) slot = (slot + 1) % kSlots;
  stretch->slots[slot] = static_cast<std::uint32_t>(sequence % kRows + 1) << kTagBits | tag;
  stretch->newest = std::max(stretch->newest, happened_at);
  while (stretches_.front().newest < happened_at - kKept) stretches_.pop_front();
}

std::vector<std::int64_t> RecentKeys::rows_of(std::string_view idempotency_hash) const {
  std::vector<std::int64_t> rows;
  const Place place = place_of(idempotency_hash);
  const std::lock_guard lock(mutex_);
  for (auto stretch = stretches_.rbegin(); stretch != stretches_.rend(); ++stretch) {
    for (std::size_t slot = place.slot; stretch->slots[slot] != 0; slot = (slot + 1) % kSlots) {
      const std::uint32_t held = stretch->slots[slot];
      if (held % (1u << kTagBits) == place.tag) rows.push_back(stretch->number * kRows + (held >> kTagBits) - 1);
    }
  }
  return rows;
}

}  // namespace wenming::store
