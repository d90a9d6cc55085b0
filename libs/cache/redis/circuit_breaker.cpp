#include "cache/redis/circuit_breaker.h"

#include <algorithm>

namespace wenming::cache {

std::optional<CircuitBreaker::Ticket> CircuitBreaker::ask(Time now) {
  if (state_ == State::Trusted) return current_;
  if (state_ == State::Tried || now < pause_ends_) return std::nullopt;
  state_ = State::Tried;
  return ++current_;
}

bool CircuitBreaker::succeeded(Ticket ticket, Time now) {
  if (ticket != current_ || state_ != State::Tried) return false;
  state_ = State::Trusted;
  ++current_;
  trusted_since_ = now;
  return true;
}

bool CircuitBreaker::failed(Ticket ticket, Time now) {
  if (ticket != current_) return false;
  const bool was_trusted = state_ == State::Trusted;
  if (was_trusted && now - trusted_since_ >= longest_) pause_ = {};
  pause_ = std::clamp(pause_ * 2, shortest_, longest_);
  state_ = State::Paused;
  ++current_;
  pause_ends_ = now + pause_;
  return was_trusted;
}

}  // namespace wenming::cache
