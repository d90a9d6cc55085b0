#include "runtime/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace wenming::runtime {
namespace {

constexpr int kBarWidth = 30;
constexpr std::int64_t kDrawEveryMs = 100;

}  // namespace

Progress::Progress(std::string label, std::int64_t total)
    : label_(std::move(label)), total_(total), terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  draw();
  fmt::print(stderr, "\n");
}

void Progress::advance(std::int64_t by) {
  done_ += by;
  if (!terminal_) return;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_).count();
  std::int64_t due = next_draw_ms_;
  if (elapsed >= due && next_draw_ms_.compare_exchange_strong(due, elapsed + kDrawEveryMs)) draw();
}

void Progress::draw() {
  const std::lock_guard lock(mutex_);
  const std::int64_t done = done_;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const char* begin = terminal_ ? "\r" : "";
  if (total_ == 0) {
    fmt::print(stderr, "{}{:<16} {:>7}  {:.1f} s ", begin, label_, done, seconds);
  } else {
    const auto filled = static_cast<int>(kBarWidth * done / total_);
    fmt::print(stderr, "{}{:<16} [{:=<{}}{: <{}}] {:>7} of {}  {:.1f} s ", begin, label_, "", filled, "",
               kBarWidth - filled, done, total_, seconds);
  }
  std::fflush(stderr);
}

}  // namespace wenming::runtime
