#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace wenming::runtime {

/// A line on the terminal that fills while work is done; where standard error is no terminal, one line at the end. Any
/// thread may advance it.
class Progress {
 public:
  /// `total` 0: not known, only counted.
  Progress(std::string label, std::int64_t total);
  /// Draws the last state and ends the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::int64_t by = 1);

 private:
  void draw();

  const std::string label_;
  const std::int64_t total_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<std::int64_t> next_draw_ms_ = 0;
  std::mutex mutex_;  // one thread draws
};

}  // namespace wenming::runtime
