#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "http/server.h"
#include "store/options.h"

namespace wenming::runtime {

/// The process's metrics as Prometheus text. Label values are bounded: rpc names, status codes, services. Any thread.
class Metrics {
 public:
  Metrics();

  /// Told by the HTTP server.
  std::shared_ptr<http::Observer> http();
  /// Told by the store of a service.
  std::shared_ptr<store::Observer> store(const std::string& service);

  /// Values that are read when somebody asks.
  void set_lag(const std::string& service, const std::string& source, std::int64_t events);
  /// Nullopt: it could not be read, and is left out.
  void set_dead_letters(const std::string& service, std::optional<std::int64_t> count);
  void set_live_streams(const std::string& service, std::size_t count);

  [[nodiscard]] std::string text() const;

 private:
  class HttpObserver;
  class StoreObserver;

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Gauge>& lag_;
  prometheus::Family<prometheus::Gauge>& dead_letters_;
  prometheus::Family<prometheus::Gauge>& live_streams_;
  std::mutex mutex_;  // between taking a gauge out and setting it
};

}  // namespace wenming::runtime
