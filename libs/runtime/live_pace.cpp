#include "runtime/live_pace.h"

#include <algorithm>

namespace wenming::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFewStreams = 16;
constexpr auto kRest = 500ms;
constexpr auto kBetweenTurns = 2500us;  // 400 a second
/// Turns that nobody took for so long are made good at once.
constexpr auto kSavedTurns = 40 * kBetweenTurns;

}  // namespace

LivePace::Clock::duration LivePace::rest(Clock::time_point last, Clock::time_point now) const {
  if (open_.load() < kFewStreams) return Clock::duration::zero();
  return std::max<Clock::duration>(last + kRest - now, Clock::duration::zero());
}

LivePace::Clock::duration LivePace::take_turn(Clock::time_point now) {
  if (open_.load() < kFewStreams) return Clock::duration::zero();
  const std::lock_guard lock(mutex_);
  next_turn_ = std::max(next_turn_ + kBetweenTurns, now - kSavedTurns);
  return std::max<Clock::duration>(next_turn_ - now, Clock::duration::zero());
}

}  // namespace wenming::runtime
