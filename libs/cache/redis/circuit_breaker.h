#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace wenming::cache {

/// Decides whether a server that may be away is worth asking, so that not every request waits for it in vain.
///
/// After a failure nobody asks for a pause. Then one caller tries; if it succeeds all may ask again, else the next
/// pause is twice as long, up to the longest. A server that fails again soon after it came back is not trusted at
/// once: the pauses go on growing from where they were.
///
/// A caller that began before the state changed knows nothing of the state after it, so its outcome does not count.
/// That is what tickets are for. Not for several threads at once: its owner locks.
class CircuitBreaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Pause = std::chrono::steady_clock::duration;
  using Ticket = std::uint64_t;

  CircuitBreaker(Pause shortest, Pause longest) : shortest_(shortest), longest_(longest) {}

  /// Whether this caller may ask; it has to report how it went.
  [[nodiscard]] std::optional<Ticket> ask(Time now);
  /// True where this ends a time in which nobody or only one could ask.
  bool succeeded(Ticket ticket, Time now);
  /// True where this begins such a time.
  bool failed(Ticket ticket, Time now);
  /// Whether the outcome of this ticket still counts.
  [[nodiscard]] bool is_current(Ticket ticket) const { return ticket == current_; }

 private:
  enum class State { Trusted, Paused, Tried };

  const Pause shortest_;
  const Pause longest_;
  State state_ = State::Trusted;
  Ticket current_ = 0;
  Pause pause_{};
  Time pause_ends_;
  Time trusted_since_;
};

}  // namespace wenming::cache
