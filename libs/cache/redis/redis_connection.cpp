#include "cache/redis/redis_connection.h"

#include <hiredis/hiredis.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <thread>

namespace wenming::cache {
namespace {

using Clock = std::chrono::steady_clock;

// An entry, which is at most 1 MiB, and what the protocol puts around it.
constexpr std::size_t kMaxReplyBytes = (std::size_t{1} << 20) + (std::size_t{64} << 10);
// SCAN gives about as many keys as it is told to look at.
constexpr int kMaxElements = 10'000;

constexpr const char* kNotRedis = "its answer is not one of Redis";

/// hiredis makes room for as many elements as an answer announces, before they come. This keeps it from making more
/// than any command of ours is answered with.
redisReplyObjectFunctions bounded_functions() {
  static redisReplyObjectFunctions usual = [] {
    redisReader* const reader = redisReaderCreate();
    if (reader == nullptr) throw std::bad_alloc();
    const redisReplyObjectFunctions functions = *reader->fn;
    redisReaderFree(reader);
    return functions;
  }();
  redisReplyObjectFunctions bounded = usual;
  // The type of the number differs between the versions of hiredis.
  bounded.createArray = [](const redisReadTask* task, auto elements) -> void* {
    return elements >= 0 && elements <= kMaxElements ? usual.createArray(task, elements) : nullptr;
  };
  return bounded;
}

redisReader* new_reader() {
  static redisReplyObjectFunctions functions = bounded_functions();
  redisReader* const reader = redisReaderCreateWithFunctions(&functions);
  if (reader == nullptr) throw std::bad_alloc();
  return reader;
}

std::string code_of(std::string_view error) {
  const auto end = std::find_if(error.begin(), error.end(), [](char c) { return c < 'A' || c > 'Z'; });
  std::string code(error.begin(), end);
  return code.empty() || code.size() > 20 ? "ERR" : code;
}

}  // namespace

void FreeReply::operator()(redisReply* reply) const {
  freeReplyObject(reply);
}

AddressLookup::Found AddressLookup::look_up(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  Found found;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    Address& address = found.emplace_back();
    std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  return found;
}

std::vector<AddressLookup::Address> AddressLookup::addresses(Deadline deadline) {
  Found found = look_up(host_, port_, AI_NUMERICHOST);  // asks nobody
  if (!found.empty()) return found;

  std::shared_ptr<std::shared_future<Found>> under_way;
  {
    const std::lock_guard lock(mutex_);
    if (!under_way_) {
      std::packaged_task<Found()> task([host = host_, port = port_] { return look_up(host, port, 0); });
      auto future = std::make_shared<std::shared_future<Found>>(task.get_future());
      std::thread(std::move(task)).detach();
      under_way_ = std::move(future);
    }
    under_way = under_way_;
  }
  // Copied, because a future may be waited for by one thread at a time.
  const std::shared_future<Found> future = *under_way;
  if (future.wait_until(deadline) != std::future_status::ready) throw RedisFailure("its name is not found in time");
  {
    const std::lock_guard lock(mutex_);
    if (under_way_ == under_way) under_way_ = nullptr;
  }
  found = future.get();
  if (found.empty()) throw RedisFailure("its name is not found");
  return found;
}

namespace {

std::unique_ptr<RedisSocket> connect(const RedisUrl& url, AddressLookup& lookup, Deadline deadline) {
  if (url.host.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, url.path.c_str(), url.path.size());  // fits: the URL was checked
    return std::make_unique<RedisSocket>(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
  }
  const auto addresses = lookup.addresses(deadline);
  for (std::size_t i = 0;; ++i) {
    // One that nobody answers at must not use up the time for the others.
    const auto now = Clock::now();
    const auto share = (deadline - now) / static_cast<Clock::rep>(addresses.size() - i);
    try {
      return std::make_unique<RedisSocket>(reinterpret_cast<const sockaddr*>(&addresses[i].bytes), addresses[i].size,
                                           now + share);
    } catch (const RedisFailure&) {
      if (i + 1 == addresses.size()) throw;
    }
  }
}

std::unique_ptr<RedisStream> open(const RedisUrl& url, AddressLookup& lookup, const RedisTls* tls, Deadline deadline) {
  auto socket = connect(url, lookup, deadline);
  if (tls == nullptr) return socket;
  return tls->encrypt(std::move(socket), url.host, deadline);
}

}  // namespace

void RedisConnection::FreeReader::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RedisConnection::RedisConnection(const RedisUrl& url, AddressLookup& lookup, const RedisTls* tls, Deadline deadline)
    : stream_(open(url, lookup, tls, deadline)), reader_(new_reader()) {
  if (!url.password.empty()) {
    try {
      if (url.user.empty())
        call({"AUTH", url.password}, deadline);
      else
        call({"AUTH", url.user, url.password}, deadline);
    } catch (const RedisRefusal&) {
      throw RedisFailure("it does not let this process sign in");
    }
  }
  if (url.database != 0) call({"SELECT", std::to_string(url.database)}, deadline);
}

RedisConnection::~RedisConnection() = default;

RedisReply RedisConnection::call(const std::vector<std::string_view>& words, Deadline deadline) {
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    starts.push_back(word.data() ? word.data() : "");
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const auto size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), starts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owned(formatted, &redisFreeCommand);
  stream_->send({formatted, static_cast<std::size_t>(size)}, deadline);

  RedisReply reply = receive(deadline);
  if (reply->type == REDIS_REPLY_ERROR) throw RedisRefusal(code_of({reply->str, reply->len}));
  return reply;
}

RedisReply RedisConnection::receive(Deadline deadline) {
  std::size_t received = 0;
  for (;;) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) throw RedisFailure(kNotRedis);
    if (reply != nullptr) {
      RedisReply owned(static_cast<redisReply*>(reply));
      // More than one answer to one command: the next command would be given the wrong one.
      if (reader_->pos != reader_->len) throw RedisFailure(kNotRedis);
      return owned;
    }
    if (received > kMaxReplyBytes) throw RedisFailure("its answer is too large");
    std::array<char, 16384> buffer;
    const std::size_t size = stream_->receive(buffer, deadline);
    received += size;
    if (redisReaderFeed(reader_.get(), buffer.data(), size) != REDIS_OK) throw std::bad_alloc();
  }
}

}  // namespace wenming::cache
