#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "store/options.h"

namespace wenming::runtime {

/// The process's metrics as Prometheus text. Label values are bounded: rpc names, status codes, services. Any thread.
class Metrics {
 public:
  /// Told by the HTTP server.
  std::shared_ptr<http::Observer> http();
  /// Told by the store of a service.
  std::shared_ptr<store::Observer> store(const std::string& service);

  /// What was counted, and what somebody has read just now.
  [[nodiscard]] std::string text(std::vector<prometheus::MetricFamily> readings) const;

 private:
  class HttpObserver;
  class StoreObserver;

  prometheus::Registry registry_;
};

}  // namespace wenming::runtime
