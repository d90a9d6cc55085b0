#include "cache/redis/redis_cache.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "core/log.h"

namespace wenming::cache {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kShortestPause{50};
constexpr std::chrono::milliseconds kLongestPause{5000};
constexpr std::size_t kMaxEntryBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kLongestClear{10};
// How many keys one step of clearing looks at: some 0.1 ms, for which everybody else waits.
constexpr const char* kKeysAStep = "500";

// Scripts run one after the other, so nothing comes between comparing and writing. Versions are written with as many
// digits as the largest has: texts of one length compare as numbers do, while Lua's numbers are exact only below 2^53.
// What is no entry of ours, or a damaged one, is replaced. Sent whole each time: its 400 bytes cost less than dealing
// with a server that has forgotten it.
constexpr std::string_view kPut = R"lua(
local held = redis.pcall('HGET', KEYS[1], 'version')
if type(held) == 'string' and #held == #ARGV[1] and held >= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'etag', ARGV[2], 'bytes', ARGV[3], 'key', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
)lua";
constexpr std::size_t kVersionDigits = 20;

std::string version_text(std::uint64_t version) {
  return fmt::format("{:0{}}", version, kVersionDigits);
}

std::optional<std::uint64_t> version_of(std::string_view text) {
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (text.size() != kVersionDigits || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return version;
}

std::string_view text_of(const redisReply& reply) {
  return {reply.str, reply.len};
}

[[noreturn]] void refuse_answer() {
  throw RedisFailure("its answer does not fit the question");
}

/// From the fields key, version, etag and bytes. A hash that lacks one of them is no entry.
std::optional<Cached> entry_of(const redisReply& reply, std::string_view name) {
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 4) refuse_answer();
  for (std::size_t i = 0; i < 4; ++i) {
    if (reply.element[i]->type == REDIS_REPLY_NIL) return std::nullopt;
    if (reply.element[i]->type != REDIS_REPLY_STRING) refuse_answer();
  }
  // The protocol does not say which question an answer belongs to. Were answers ever one off, by a fault of ours or of
  // a proxy between, people would be shown what is for others.
  if (text_of(*reply.element[0]) != name) refuse_answer();
  const auto version = version_of(text_of(*reply.element[1]));
  if (!version) return std::nullopt;
  return Cached{*version, std::make_shared<const std::string>(text_of(*reply.element[3])),
                std::string(text_of(*reply.element[2]))};
}

/// A pattern of Redis for all that begins with this text.
std::string pattern_of(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

/// Forgets some of the keys; gives the cursor to go on with, "0" after the last.
std::string clear_some(RedisConnection& connection, std::string_view prefix, std::string_view cursor,
                       Deadline deadline) {
  const RedisReply reply =
      connection.call({"SCAN", cursor, "MATCH", pattern_of(prefix), "COUNT", kKeysAStep}, deadline);
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) refuse_answer();
  const redisReply& next = *reply->element[0];
  const redisReply& keys = *reply->element[1];
  if (next.type != REDIS_REPLY_STRING || next.len == 0 || keys.type != REDIS_REPLY_ARRAY) refuse_answer();

  std::vector<std::string_view> forget{"UNLINK"};
  for (std::size_t i = 0; i < keys.elements; ++i) {
    if (keys.element[i]->type != REDIS_REPLY_STRING || !text_of(*keys.element[i]).starts_with(prefix)) refuse_answer();
    forget.push_back(text_of(*keys.element[i]));
  }
  if (forget.size() > 1) connection.call(forget, deadline);
  return std::string(text_of(next));
}

RedisUrl parse(std::string_view text, const RedisCacheOptions& options) {
  RedisUrl url = RedisUrl::parse(text);
  if (!options.password.empty()) url.password = options.password;
  return url;
}

RedisCacheOptions checked(RedisCacheOptions options) {
  if (options.timeout.count() <= 0) throw std::invalid_argument("the time-out of the cache in Redis must be above 0");
  if (options.time_to_live.count() <= 0)
    throw std::invalid_argument("the time to live of entries in Redis must be above 0");
  if (options.connections == 0) throw std::invalid_argument("the cache in Redis needs at least one connection");
  if (options.prefix.empty()) throw std::invalid_argument("keys of the cache in Redis need a prefix");
  return options;
}

}  // namespace

RedisCache::RedisCache(std::string_view url, RedisCacheOptions options)
    : url_(parse(url, options)),
      options_(checked(std::move(options))),
      tls_(url_.encrypted ? std::make_unique<RedisTls>(options_.ca_file) : nullptr),
      lookup_(url_.host, url_.port),
      breaker_(kShortestPause, kLongestPause) {
  idle_.reserve(options_.connections);  // so that giving a connection back cannot fail
}

RedisCache::~RedisCache() = default;

std::optional<Cached> RedisCache::get(std::string_view key) {
  std::optional<Cached> found;
  const bool answered = ask([&](RedisConnection& connection, Deadline deadline) {
    try {
      const std::string name = options_.prefix + std::string(key);
      found = entry_of(*connection.call({"HMGET", name, "key", "version", "etag", "bytes"}, deadline), name);
    } catch (const RedisRefusal& refusal) {
      // Somebody wrote something else under this key. That says nothing about the others, and the next `put` mends it.
      if (refusal.code() != "WRONGTYPE") throw;
    }
  });
  if (found)
    ++hits_;
  else if (answered)
    ++misses_;
  return found;
}

void RedisCache::put(std::string_view key, Cached answer) {
  if (key.size() + answer.etag.size() + answer.bytes->size() > kMaxEntryBytes) return;
  ask([&](RedisConnection& connection, Deadline deadline) {
    const std::string name = options_.prefix + std::string(key);
    const std::string life = std::to_string(std::chrono::milliseconds(options_.time_to_live).count());
    const RedisReply reply = connection.call(
        {"EVAL", kPut, "1", name, version_text(answer.version), answer.etag, *answer.bytes, name, life}, deadline);
    if (reply->type != REDIS_REPLY_INTEGER) refuse_answer();
  });
}

void RedisCache::clear() {
  const auto latest = Clock::now() + kLongestClear;
  std::string cursor = "0";
  do {
    const bool answered = ask([&](RedisConnection& connection, Deadline deadline) {
      cursor = clear_some(connection, options_.prefix, cursor, deadline);
    });
    if (!answered || Clock::now() > latest) {
      core::log::warning("the cache in Redis was not cleared, or only in part", {{"cache", url_.place()}});
      return;
    }
  } while (cursor != "0");
}

RedisCacheCounters RedisCache::counters() const {
  return {hits_, misses_, failures_};
}

bool RedisCache::answers() {
  return ask([](RedisConnection& connection, Deadline deadline) { connection.call({"PING"}, deadline); });
}

bool RedisCache::ask(const Question& question) {
  const auto now = Clock::now();
  std::optional<CircuitBreaker::Ticket> ticket;
  {
    const std::lock_guard lock(mutex_);
    ticket = breaker_.ask(now);
  }
  if (ticket) {
    try {
      ask_with_connection(question, *ticket, now + options_.timeout);
      report_success(*ticket);
      return true;
    } catch (const std::exception& failure) {  // also what the system refuses: memory, threads
      report_failure(*ticket, failure.what());
    }
  }
  ++failures_;
  return false;
}

void RedisCache::ask_with_connection(const Question& question, CircuitBreaker::Ticket ticket, Deadline deadline) {
  /// Counts a call that is under way, for as long as it is.
  struct UnderWay {
    explicit UnderWay(RedisCache& owner) : cache(owner) { ++cache.under_way_; }
    ~UnderWay() {
      {
        const std::lock_guard lock(cache.mutex_);
        if (connection) cache.idle_.push_back(std::move(connection));
        --cache.under_way_;
      }
      cache.ended_or_lost_.notify_one();
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

    RedisCache& cache;
    Connection connection;  // for the next call; empty after a failure
  };

  std::unique_lock lock(mutex_);
  ended_or_lost_.wait_until(lock, deadline,
                            [&] { return under_way_ < options_.connections || !breaker_.is_current(ticket); });
  if (!breaker_.is_current(ticket)) throw RedisFailure("another call failed");
  if (under_way_ >= options_.connections) throw RedisFailure("all connections are busy");
  UnderWay call(*this);
  lock.unlock();

  Connection connection = idle_connection();
  if (!connection) connection = std::make_unique<RedisConnection>(url_, lookup_, tls_.get(), deadline);
  question(*connection, deadline);
  call.connection = std::move(connection);
}

RedisCache::Connection RedisCache::idle_connection() {
  for (;;) {
    Connection connection;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
    // Redis, or somebody between, closes what was idle for long: no failure.
    if (connection->is_quiet()) return connection;
  }
}

void RedisCache::report_success(CircuitBreaker::Ticket ticket) {
  bool back = false;
  {
    const std::lock_guard lock(mutex_);
    back = breaker_.succeeded(ticket, Clock::now());
  }
  if (back) core::log::info("the cache in Redis is back", {{"cache", url_.place()}});
}

void RedisCache::report_failure(CircuitBreaker::Ticket ticket, std::string_view reason) {
  bool lost = false;
  {
    const std::lock_guard lock(mutex_);
    lost = breaker_.failed(ticket, Clock::now());
    // The others are hardly better, and the server may have moved.
    if (lost) idle_.clear();
  }
  ended_or_lost_.notify_all();
  if (lost) core::log::warning("the cache in Redis is lost", {{"cache", url_.place()}, {"reason", reason}});
}

}  // namespace wenming::cache
