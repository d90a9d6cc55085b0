#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache/cache.h"

namespace wenming::cache {

/// A cache in the memory of this process, bounded by bytes: keys, values and their bookkeeping count. What was used
/// longest ago goes first; a value larger than the whole bound is not kept at all.
class InProcessCache final : public Cache {
 public:
  explicit InProcessCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  [[nodiscard]] std::optional<Cached> get(std::string_view key) override;
  void put(std::string_view key, Cached answer) override;
  void clear() override;

  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    Cached cached;
  };
  using Entries = std::list<Entry>;

  static std::size_t size_of(const Entry& entry);
  void forget(Entries::iterator entry);

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;  // guards all that follows
  std::size_t bytes_ = 0;
  Entries entries_;                                                 // most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views into the entries' keys
};

}  // namespace wenming::cache
