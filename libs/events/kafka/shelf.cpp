#include "events/kafka/shelf.h"

#include <chrono>
#include <utility>

namespace wenming::events::kafka {
namespace {

/// How much is kept of a partition before receiving waits, and how little lets a partition go on that was full.
constexpr std::size_t kMostKept = 4'000, kFewKept = 1'000;
/// A partition that pauses loses what was fetched ahead, and the next fetch may be half a second away. So readers that
/// are just busy are waited for, and only those that have stopped make it pause.
constexpr std::chrono::milliseconds kPatience{250};

}  // namespace

Shelf::Shelf(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& partition : partitions) partitions_[partition];
}

Shelf::Reading Shelf::read(const TopicPartition& key, std::int64_t offset, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_.at(key);
  Reading reading;
  reading.tenure = partition.tenure;
  if (partition.tenure == 0 || partition.wanted == offset) return reading;
  if (partition.next != offset) {
    reading.state = Reading::State::Elsewhere;
    return reading;
  }
  reading.state = Reading::State::Here;
  while (!partition.kept.empty() && reading.records.size() < limit) {
    auto& [at, record] = partition.kept.front();
    if (record) reading.records.push_back(std::move(*record));
    partition.next = at + 1;
    partition.kept.pop_front();
  }
  reading.next = partition.next;
  room_.notify_one();
  return reading;
}

void Shelf::go_to(const TopicPartition& key, std::int64_t offset, std::int64_t tenure) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_.at(key);
  if (partition.tenure != tenure) return;
  partition.kept.clear();
  partition.next = -1;
  partition.wanted = offset;
  room_.notify_one();
}

std::int64_t Shelf::tenure(const TopicPartition& key) const {
  const std::lock_guard lock(mutex_);
  return partitions_.at(key).tenure;
}

void Shelf::assign(const std::vector<TopicPartition>& partitions) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& key : partitions) {
    Partition& partition = partitions_[key];
    partition = {};
    partition.tenure = ++tenures_;
  }
}

void Shelf::revoke(const std::vector<TopicPartition>& partitions) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& key : partitions) partitions_[key] = {};
}

void Shelf::revoke_all() {
  const std::lock_guard lock(mutex_);
  for (auto& [key, partition] : partitions_) partition = {};
}

std::map<TopicPartition, std::int64_t> Shelf::wanted() const {
  const std::lock_guard lock(mutex_);
  std::map<TopicPartition, std::int64_t> wanted;
  for (const auto& [key, partition] : partitions_) {
    if (partition.tenure != 0 && partition.wanted >= 0) wanted.emplace(key, partition.wanted);
  }
  return wanted;
}

bool Shelf::arrived(const TopicPartition& key, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_.at(key);
  if (partition.wanted != offset) return false;
  partition.next = std::exchange(partition.wanted, -1);
  partition.full = false;
  return true;
}

void Shelf::lose_place(const TopicPartition& key) {
  const std::lock_guard lock(mutex_);
  partitions_[key].next = -1;
}

Shelf::Put Shelf::put(const TopicPartition& key, std::int64_t offset, std::optional<Record> record) {
  std::unique_lock lock(mutex_);
  Partition& partition = partitions_[key];
  if (partition.tenure == 0 || partition.next < 0) return Put::Unexpected;
  const std::int64_t expected = partition.kept.empty() ? partition.next : partition.kept.back().first + 1;
  if (offset < expected) return Put::Unexpected;
  partition.kept.emplace_back(offset, std::move(record));
  const auto has_room = [&partition] { return partition.kept.size() < kMostKept; };
  if (room_.wait_for(lock, kPatience, has_room)) return Put::Kept;
  partition.full = true;
  return Put::Full;
}

std::vector<TopicPartition> Shelf::refreshed() {
  const std::lock_guard lock(mutex_);
  std::vector<TopicPartition> refreshed;
  for (auto& [key, partition] : partitions_) {
    // One that is to go elsewhere goes on when it has arrived.
    if (!partition.full || partition.wanted >= 0 || partition.kept.size() > kFewKept) continue;
    partition.full = false;
    refreshed.push_back(key);
  }
  return refreshed;
}

}  // namespace wenming::events::kafka
