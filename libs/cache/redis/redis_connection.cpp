#include "cache/redis/redis_connection.h"

#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <thread>

namespace wenming::cache {
namespace {

using Clock = std::chrono::steady_clock;

// An entry, which is at most 1 MiB, and what the protocol puts around it.
constexpr std::size_t kMaxReplyBytes = (std::size_t{1} << 20) + (std::size_t{64} << 10);
// SCAN gives about as many keys as it is told to look at.
constexpr int kMaxElements = 10'000;

constexpr const char* kTooSlow = "it does not answer in time";
constexpr const char* kNotRedis = "its answer is not one of Redis";

[[noreturn]] void fail(const char* what) {
  throw RedisFailure(what + std::string(": ") + std::system_category().message(errno));
}

/// Waits until the socket is ready, or throws. Looks at least once, however late it is: a thread that got no processor
/// for a while takes what is there.
void wait(int socket, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::max(deadline - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
    pollfd waited{socket, events, 0};
    const int ready = ::ppoll(&waited, 1, &timeout, nullptr);
    if (ready > 0) return;
    if (ready == 0) throw RedisFailure(kTooSlow);
    if (errno != EINTR) fail("cannot wait for it");
  }
}

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

RedisConnection::Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RedisConnection::FreeReader::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RedisConnection::RedisConnection(const RedisUrl& url, AddressLookup& lookup, Deadline deadline)
    : socket_(connect(url, lookup, deadline)), reader_(new_reader()) {
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

RedisConnection::Socket RedisConnection::connect(const RedisUrl& url, AddressLookup& lookup, Deadline deadline) {
  if (url.host.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, url.path.c_str(), url.path.size());  // fits: the URL was checked
    return connect(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
  }
  const auto addresses = lookup.addresses(deadline);
  for (std::size_t i = 0;; ++i) {
    // One that nobody answers at must not use up the time for the others.
    const auto now = Clock::now();
    const auto share = (deadline - now) / static_cast<Clock::rep>(addresses.size() - i);
    try {
      return connect(reinterpret_cast<const sockaddr*>(&addresses[i].bytes), addresses[i].size, now + share);
    } catch (const RedisFailure&) {
      if (i + 1 == addresses.size()) throw;
    }
  }
}

RedisConnection::Socket RedisConnection::connect(const sockaddr* address, socklen_t size, Deadline deadline) {
  Socket socket(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail("cannot make a socket");
  if (::connect(socket.get(), address, size) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) fail("cannot connect");
    wait(socket.get(), POLLOUT, deadline);
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0) errno = error;
    if (errno != 0) fail("cannot connect");
  }
  if (address->sa_family != AF_UNIX) {
    const int on = 1;  // a command goes out at once; where that cannot be set, it is only slower
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return socket;
}

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
  send({formatted, static_cast<std::size_t>(size)}, deadline);

  RedisReply reply = receive(deadline);
  if (reply->type == REDIS_REPLY_ERROR) throw RedisRefusal(code_of({reply->str, reply->len}));
  return reply;
}

void RedisConnection::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      wait(socket_.get(), POLLOUT, deadline);
    } else if (errno != EINTR) {
      fail("the connection broke");
    }
  }
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
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
      received += static_cast<std::size_t>(size);
      if (redisReaderFeed(reader_.get(), buffer.data(), static_cast<std::size_t>(size)) != REDIS_OK)
        throw std::bad_alloc();
    } else if (size == 0) {
      throw RedisFailure("it closed the connection");
    } else if (errno == EAGAIN) {
      wait(socket_.get(), POLLIN, deadline);
    } else if (errno != EINTR) {
      fail("the connection broke");
    }
  }
}

bool RedisConnection::is_quiet() const {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace wenming::cache
