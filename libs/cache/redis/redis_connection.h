#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/redis/redis_socket.h"
#include "cache/redis/redis_tls.h"
#include "cache/redis/redis_url.h"

struct redisReader;
struct redisReply;

namespace wenming::cache {

/// Redis answered with an error, of which only the code is kept (`LOADING`, `OOM`): the rest repeats what was sent.
class RedisRefusal : public RedisFailure {
 public:
  explicit RedisRefusal(std::string code) : RedisFailure("it refuses: " + code), code_(std::move(code)) {}
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  std::string code_;
};

struct FreeReply {
  void operator()(redisReply* reply) const;
};
/// As hiredis gives it. Never null, never an error.
using RedisReply = std::unique_ptr<redisReply, FreeReply>;

/// Finds the addresses of a server, anew for each connection, because servers move. Any thread may call.
///
/// The system's look-up knows no time-out and can take many seconds. So it runs on a thread of its own, at most one at
/// a time, which nobody waits for beyond the deadline; the next caller finds its result. The thread owns all that it
/// touches, so it may outlive this.
class AddressLookup {
 public:
  AddressLookup(std::string host, int port) : host_(std::move(host)), port_(std::to_string(port)) {}

  struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
  };
  /// At least one. Throws RedisFailure.
  [[nodiscard]] std::vector<Address> addresses(Deadline deadline);

 private:
  using Found = std::vector<Address>;  // empty: there are none

  static Found look_up(const std::string& host, const std::string& port, int flags);

  const std::string host_;
  const std::string port_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<std::shared_future<Found>> under_way_;
};

/// A connection to Redis, for one thread at a time. Protocol by hiredis, but the socket is handled here: hiredis 0.14
/// bounds the wait for each piece of an answer, not for the whole, and lets a lost connection raise SIGPIPE.
///
/// Whatever throws RedisFailure, other than a RedisRefusal, leaves the connection useless: an answer that comes late
/// must not be taken for that to the next call.
class RedisConnection {
 public:
  /// Connects and signs in. `lookup` is not used for sockets of this machine; `tls` is for URLs that want encryption,
  /// and null otherwise.
  RedisConnection(const RedisUrl& url, AddressLookup& lookup, const RedisTls* tls, Deadline deadline);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Sends a command and gives the answer.
  RedisReply call(const std::vector<std::string_view>& words, Deadline deadline);

  /// Whether nothing came since the last answer: neither the end of the connection nor what nobody asked for.
  [[nodiscard]] bool is_quiet() { return stream_->is_quiet(); }

 private:
  struct FreeReader {
    void operator()(redisReader* reader) const;
  };

  RedisReply receive(Deadline deadline);

  const std::unique_ptr<RedisStream> stream_;
  const std::unique_ptr<redisReader, FreeReader> reader_;
};

}  // namespace wenming::cache
