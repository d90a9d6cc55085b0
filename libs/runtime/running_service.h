#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "contract/contract.h"
#include "domain/service.h"
#include "store/store.h"

namespace wenming::events {
class LiveHub;
}

namespace wenming::runtime {

/// One service as it runs in this process. A rebuilt read model replaces the store while requests are being answered:
/// whoever took the old one keeps it until done.
class RunningService {
 public:
  explicit RunningService(domain::Service table) : table_(std::move(table)) {}

  [[nodiscard]] const std::string& name() const { return table_.name(); }
  [[nodiscard]] const domain::Service& table() const { return table_; }

  [[nodiscard]] std::shared_ptr<store::Store> store() const {
    const std::lock_guard lock(mutex_);
    return store_;
  }
  void set_store(std::shared_ptr<store::Store> store) {
    const std::lock_guard lock(mutex_);
    store_.swap(store);  // the old one may end here, behind the lock
  }

  /// Null for services without live streams.
  [[nodiscard]] events::LiveHub* live() const { return live_.get(); }
  void set_live(std::shared_ptr<events::LiveHub> live) { live_ = std::move(live); }

 private:
  domain::Service table_;
  // std::atomic<std::shared_ptr> of libstdc++ 12 lets a reader's access drift behind its lock on other processors.
  mutable std::mutex mutex_;
  std::shared_ptr<store::Store> store_;  // guarded by it
  std::shared_ptr<events::LiveHub> live_;
};

}  // namespace wenming::runtime
