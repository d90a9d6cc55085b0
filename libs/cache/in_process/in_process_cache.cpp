#include "cache/in_process/in_process_cache.h"

namespace wenming::cache {
namespace {
// Nodes of list and table, the shared block of the bytes: about what the allocator takes for them.
constexpr std::size_t kBookkeeping = 200;
}  // namespace

std::optional<Cached> InProcessCache::get(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->cached;
}

void InProcessCache::put(std::string_view key, Cached answer) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    if (found->second->cached.version >= answer.version) return;
    forget(found->second);
  }
  Entry entry{std::string(key), std::move(answer)};
  const std::size_t size = size_of(entry);
  if (size > max_bytes_) return;
  while (bytes_ + size > max_bytes_) forget(std::prev(entries_.end()));
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += size;
}

void InProcessCache::clear() {
  const std::lock_guard lock(mutex_);
  by_key_.clear();
  entries_.clear();
  bytes_ = 0;
}

std::size_t InProcessCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t InProcessCache::size_of(const Entry& entry) {
  return entry.key.size() + entry.cached.bytes->size() + kBookkeeping;
}

void InProcessCache::forget(Entries::iterator entry) {
  bytes_ -= size_of(*entry);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace wenming::cache
