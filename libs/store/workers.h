#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace wenming::store {

/// A few threads that work through a bounded queue. Any thread may submit; jobs must not throw.
class Workers {
 public:
  Workers(unsigned threads, std::size_t most_waiting);
  /// Stops.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// False: the queue is full, or the workers have stopped.
  bool submit(std::function<void()> job);
  /// Finishes what waits. Idempotent; not from one of the jobs.
  void stop();

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace wenming::store
