#include "events/seeded_shuffle.h"

#include <algorithm>

namespace wenming::events {
namespace {
constexpr std::size_t kRemembered = 32;
constexpr int kNothingNow = 20;     // percent
constexpr int kSendAgain = 35;      // percent
constexpr std::size_t kAtMost = 8;  // records at a time
}  // namespace

SeededShuffle::SeededShuffle(std::shared_ptr<EventSource> log, std::uint64_t seed)
    : log_(std::move(log)), random_(seed), handed_out_(static_cast<std::size_t>(log_->partitions())) {}

bool SeededShuffle::chance(int percent) {
  return static_cast<int>(random_() % 100) < percent;
}

EventSource::Page SeededShuffle::read(int partition, const Position& after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (chance(kNothingNow)) {
    ring();
    return {{}, after};
  }
  Page page = log_->read(partition, after, std::min(limit, 1 + random_() % kAtMost));
  if (page.records.empty()) return page;

  // Only what the reader has put behind it may come again: a reader that lost its work asks for the rest anew.
  auto& handed_out = handed_out_[static_cast<std::size_t>(partition)];
  const auto behind = std::partition_point(handed_out.begin(), handed_out.end(),
                                           [&](const Record& record) { return record.position <= after.number; });
  const std::vector<Record> fresh = page.records;
  if (behind != handed_out.begin() && chance(kSendAgain)) {
    // A relay that died sends a run of records again that ends where it had stopped, at the present end of the log.
    const auto again =
        static_cast<std::ptrdiff_t>(1 + random_() % static_cast<std::uint64_t>(behind - handed_out.begin()));
    std::vector<Record> repeated(behind - again, behind);
    for (Record& record : repeated) record.position = fresh.front().position;
    page.records.insert(page.records.begin(), repeated.begin(), repeated.end());
  }
  handed_out.erase(behind, handed_out.end());
  handed_out.insert(handed_out.end(), fresh.begin(), fresh.end());
  while (handed_out.size() > kRemembered) handed_out.pop_front();
  return page;
}

void SeededShuffle::watch(std::weak_ptr<Bell> bell) {
  log_->watch(bell);
  const std::lock_guard lock(mutex_);
  bells_.push_back(std::move(bell));
}

void SeededShuffle::ring() {
  for (const auto& watching : bells_) {
    if (const auto bell = watching.lock()) bell->ring();
  }
}

SeededRollbacks::SeededRollbacks(store::Store& store, std::uint64_t seed, int percent)
    : store_(store), percent_(percent), random_(seed) {}

bool SeededRollbacks::work(store::WorkName name, std::function<void(domain::Tx&)> body,
                           std::function<void(std::exception_ptr)> done) {
  bool lose = false;
  {
    const std::lock_guard lock(mutex_);
    lose = static_cast<int>(random_() % 100) < percent_;
  }
  if (!lose) return store_.work(std::move(name), std::move(body), std::move(done));
  return store_.work(
      std::move(name),
      [body = std::move(body)](domain::Tx& tx) {
        body(tx);
        throw LostWork("lost on purpose");
      },
      std::move(done));
}

}  // namespace wenming::events
