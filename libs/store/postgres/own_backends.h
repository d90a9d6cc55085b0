#pragma once

#include <mutex>
#include <set>

namespace wenming::store {

/// The server's processes behind the writers of this process: what they announce is known here already. Any thread.
class OwnBackends {
 public:
  void add(int backend) {
    const std::lock_guard lock(mutex_);
    backends_.insert(backend);
  }
  void remove(int backend) {
    const std::lock_guard lock(mutex_);
    backends_.erase(backend);
  }
  [[nodiscard]] bool contains(int backend) const {
    const std::lock_guard lock(mutex_);
    return backends_.contains(backend);
  }

 private:
  mutable std::mutex mutex_;
  std::set<int> backends_;
};

}  // namespace wenming::store
