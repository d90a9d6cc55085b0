#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "cache/redis/redis_cache.h"
#include "runtime/dispatcher.h"
#include "runtime/metrics.h"
#include "runtime/node.h"

namespace wenming::runtime {

/// What a process serves beside the methods of the contract: health, metrics, the contract of all services, its
/// documentation, and the services' own files. The nodes, the metrics and the cache outlive it.
class Pages {
 public:
  /// `background` runs work on a thread that may block; false if it cannot take more.
  /// `peers` are URLs of the deployment's processes, which `/readyz?all` asks too; of these one is answered at a time.
  /// `/readyz?settled` says no while events are under way: for those who have changed something and want all services
  /// to know.
  Pages(std::vector<Node*> nodes, const Metrics& metrics, cache::RedisCache* shared_cache,
        std::vector<std::string> peers, std::function<bool(std::function<void()>)> background);
  void bind(Dispatcher& dispatcher);

  /// From now on `/readyz` says no, so that a proxy sends its requests elsewhere.
  void set_draining() { draining_ = true; }

 private:
  void bind_health(Dispatcher& dispatcher);
  void answer_readiness(const http::Request& request, http::Responder responder);
  void bind_contract(Dispatcher& dispatcher);
  void bind_assets(Dispatcher& dispatcher);
  [[nodiscard]] http::Response readiness(std::string_view query) const;
  [[nodiscard]] bool nodes_ready(std::string& report) const;
  /// Whether nothing is under way to or from other services.
  [[nodiscard]] bool nodes_settled(std::string& report) const;
  [[nodiscard]] bool peers_ready(bool settled, std::string& report) const;
  [[nodiscard]] http::Response metrics_text() const;
  [[nodiscard]] http::Response document();
  [[nodiscard]] Page in_background(std::function<http::Response(const std::string& query)> make) const;

  const std::vector<Node*> nodes_;
  const Metrics& metrics_;
  cache::RedisCache* const shared_cache_;  // null where there is none
  const std::vector<std::string> peers_;
  const std::function<bool(std::function<void()>)> background_;
  std::atomic<bool> draining_ = false;
  std::once_flag document_made_;
  http::Response document_;
  std::atomic<bool> asking_peers_ = false;
};

}  // namespace wenming::runtime
