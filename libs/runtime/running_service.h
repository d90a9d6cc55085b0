#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "contract/contract.h"
#include "domain/service.h"
#include "store/store.h"

namespace wenming::events {
class LiveHub;
}

namespace wenming::runtime {

/// One service as it runs in this process. The store is behind an atomic pointer because a rebuilt read model replaces
/// it while requests are being answered: whoever took the old one keeps it until done.
class RunningService {
 public:
  explicit RunningService(domain::Service table) : table_(std::move(table)) {}

  [[nodiscard]] const std::string& name() const { return table_.name(); }
  [[nodiscard]] const domain::Service& table() const { return table_; }

  [[nodiscard]] std::shared_ptr<store::Store> store() const { return store_.load(); }
  void set_store(std::shared_ptr<store::Store> store) { store_.store(std::move(store)); }

  /// Null for services without live streams.
  [[nodiscard]] events::LiveHub* live() const { return live_.get(); }
  void set_live(std::shared_ptr<events::LiveHub> live) { live_ = std::move(live); }

 private:
  domain::Service table_;
  std::atomic<std::shared_ptr<store::Store>> store_;
  std::shared_ptr<events::LiveHub> live_;
};

}  // namespace wenming::runtime
