#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace wenming::store {

/// What is known to be committed, through whichever writer or process. Any thread may tell and ask.
class Watermark {
 public:
  /// Called after each advance, on whatever thread told of it. Set before the first.
  void on_advance(std::function<void()> listener) { listener_ = std::move(listener); }

  /// Takes in what was committed; older news is nothing.
  void noticed(std::int64_t journal_head, std::uint64_t version) {
    {
      const std::lock_guard lock(mutex_);
      if (version <= version_.load() && journal_head <= journal_head_.load()) return;
      journal_head_.store(std::max(journal_head, journal_head_.load()), std::memory_order_release);
      version_.store(std::max(version, version_.load()), std::memory_order_release);
    }
    if (listener_) listener_();
  }

  /// Grows with every commit.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  /// The newest committed row of the journal.
  [[nodiscard]] std::int64_t journal_head() const { return journal_head_.load(std::memory_order_acquire); }

 private:
  std::function<void()> listener_;
  std::mutex mutex_;  // so that both grow together
  std::atomic<std::uint64_t> version_ = 1;
  std::atomic<std::int64_t> journal_head_ = 0;
};

}  // namespace wenming::store
