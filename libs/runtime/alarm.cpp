#include "runtime/alarm.h"

#include <utility>

namespace wenming::runtime {

Alarm::Id Alarm::after(std::chrono::milliseconds pause, std::function<void()> call) {
  Id id;
  {
    const std::lock_guard lock(mutex_);
    id = {Clock::now() + pause, ++newest_};
    if (stopping_) return id;
    calls_.emplace(id, std::move(call));
  }
  changed_.notify_one();
  return id;
}

void Alarm::cancel(const Id& id) {
  decltype(calls_)::node_type dropped;  // destroyed outside the lock: what it holds may call back
  const std::lock_guard lock(mutex_);
  dropped = calls_.extract(id);
}

void Alarm::stop() {
  decltype(calls_) dropped;  // destroyed outside the lock: what they hold may call back
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(calls_);
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Alarm::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (calls_.empty()) {
      changed_.wait(lock);
    } else if (const auto due = calls_.begin()->first.first; due > Clock::now()) {
      changed_.wait_until(lock, due);
    } else {
      const auto call = calls_.extract(calls_.begin());
      lock.unlock();
      call.mapped()();
      lock.lock();
    }
  }
}

}  // namespace wenming::runtime
