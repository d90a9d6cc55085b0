#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "http/body_room.h"
#include "http/cors.h"
#include "http/proxies.h"
#include "http/server.h"

namespace wenming::http {

/// What all connections of one server share. Immutable but for the count and the flag, which any thread may use.
class Host {
 public:
  /// Throws std::invalid_argument for a proxy that is no address.
  Host(Options given_options, Handler given_handler);

  const Options options;
  const Handler handler;
  const Cors cors;
  const TrustedProxies trusted_proxies;
  const std::shared_ptr<BodyRoom> body_room;  // outlives the host: a body may be looked at longer
  Observer& observer() const { return *observer_; }

  /// The answer to a request that the server refuses itself.
  [[nodiscard]] Response refusal(unsigned status, const Request& about) const;

  void connection_opened();
  void connection_closed();
  [[nodiscard]] std::size_t open_connections() const { return open_; }
  /// Waits until every connection is closed; false if the time is over before.
  bool wait_until_all_closed(std::chrono::steady_clock::time_point deadline);

  /// From now on every answer is the last of its connection.
  void begin_drain() { draining_ = true; }
  [[nodiscard]] bool draining() const { return draining_; }

 private:
  const std::shared_ptr<Observer> observer_;
  std::atomic<bool> draining_ = false;
  std::atomic<std::size_t> open_ = 0;
  std::mutex mutex_;
  std::condition_variable closed_;
};

}  // namespace wenming::http
