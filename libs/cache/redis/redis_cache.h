#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cache.h"
#include "cache/redis/circuit_breaker.h"
#include "cache/redis/redis_connection.h"
#include "cache/redis/redis_url.h"

namespace wenming::cache {

struct RedisCacheOptions {
  /// How long a call may take as a whole: waiting for a connection, connecting, signing in, asking.
  std::chrono::milliseconds timeout{50};
  /// In front of all keys. Nothing outside of it is touched.
  std::string prefix = "wenming:";
  /// After which an entry is forgotten.
  std::chrono::seconds time_to_live = std::chrono::hours(24);
  /// The most connections, and so the most calls that are under way at the same time.
  std::size_t connections = 16;
  /// For `rediss://`: the certificates of those who may have signed the server's; empty: those of the system.
  std::string ca_file = {};
  /// Takes the place of the one in the URL, which a file or a command line may show.
  std::string password = {};
};

/// How calls went, since the start.
struct RedisCacheCounters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t failures = 0;  // of any call: Redis failed, or was not asked because it had just failed
};

/// A cache in a Redis server, shared by all processes that name the same server, database and prefix.
///
///     RedisCache cache("redis://:password@cache.internal/0", {.prefix = "wenming:dashboard:"});
///
/// An entry is a hash with the fields `key`, `version`, `etag` and `bytes`. Versions are compared in Redis, by a
/// script, so that no process replaces a newer entry of another. Bounds: what is larger than 1 MiB is not kept; entries
/// end after their time to live; how much memory they may take is for the server to say (`maxmemory`, `maxmemory-policy
/// allkeys-lru`).
///
/// Any thread may call; a call takes a connection of its own and waits for Redis, but never beyond the time-out. Redis
/// may be away, slow, restarted or wiped, or answer nonsense: that is as if it were empty. After a failure it is not
/// asked for a pause (CircuitBreaker: 50 ms to 5 s), so that only few requests wait for it in vain. The log says when
/// it is lost and when it is back.
///
/// `clear` takes many steps, each within the time-out; while Redis is away it clears nothing, which the log says. A
/// user whose versions may begin anew puts what tells the old from the new into its keys or its prefix.
class RedisCache final : public Cache {
 public:
  /// Connects when first used. Throws std::invalid_argument if the URL (see RedisUrl) or an option is wrong, or
  /// the file of certificates cannot be read.
  explicit RedisCache(std::string_view url, RedisCacheOptions options = {});
  ~RedisCache() override;

  [[nodiscard]] std::optional<Cached> get(std::string_view key) override;
  void put(std::string_view key, Cached answer) override;
  void clear() override;

  [[nodiscard]] RedisCacheCounters counters() const;
  /// Whether Redis answers, asked now like any call: not while it has just failed.
  [[nodiscard]] bool answers();

 private:
  using Connection = std::unique_ptr<RedisConnection>;
  using Question = std::function<void(RedisConnection&, Deadline)>;

  /// Asks with a connection that nobody else uses meanwhile. False where Redis failed or was not asked.
  bool ask(const Question& question);
  void ask_with_connection(const Question& question, CircuitBreaker::Ticket ticket, Deadline deadline);
  [[nodiscard]] Connection idle_connection();
  void report_success(CircuitBreaker::Ticket ticket);
  void report_failure(CircuitBreaker::Ticket ticket, std::string_view reason);

  const RedisUrl url_;
  const RedisCacheOptions options_;
  const std::unique_ptr<RedisTls> tls_;  // null where connections are not encrypted
  AddressLookup lookup_;

  std::atomic<std::uint64_t> hits_ = 0;
  std::atomic<std::uint64_t> misses_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;

  std::mutex mutex_;  // guards what follows
  CircuitBreaker breaker_;
  std::size_t under_way_ = 0;
  std::vector<Connection> idle_;  // most recently used last
  std::condition_variable ended_or_lost_;
};

}  // namespace wenming::cache
