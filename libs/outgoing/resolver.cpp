#include "outgoing/resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "domain/outside.h"

namespace wenming::outgoing {
namespace {

constexpr int kMostLookups = 16;

using domain::OutgoingError;

IpAddress address_of(const addrinfo& found) {
  IpAddress address;
  if (found.ai_family == AF_INET) {
    sockaddr_in socket{};
    std::memcpy(&socket, found.ai_addr, sizeof socket);
    std::memcpy(address.bytes.data(), &socket.sin_addr, sizeof socket.sin_addr);
  } else {
    sockaddr_in6 socket{};
    std::memcpy(&socket, found.ai_addr, sizeof socket);
    address.version = IpAddress::Version::V6;
    std::memcpy(address.bytes.data(), &socket.sin6_addr, sizeof socket.sin6_addr);
  }
  return address;
}

struct Lookup {
  int error = 0;
  std::vector<IpAddress> addresses;
};

Lookup look_up(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  Lookup lookup;
  lookup.error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (lookup.error != 0) return lookup;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    const IpAddress address = address_of(*one);
    if (std::find(lookup.addresses.begin(), lookup.addresses.end(), address) == lookup.addresses.end())
      lookup.addresses.push_back(address);
  }
  return lookup;
}

std::vector<IpAddress> addresses_of(Lookup lookup, const std::string& host) {
  if (lookup.error == 0 && !lookup.addresses.empty()) return std::move(lookup.addresses);
  throw OutgoingError(OutgoingError::Kind::Failed, "the name " + host + " cannot be looked up: " +
                                                       (lookup.error != 0 ? gai_strerror(lookup.error) : "no address"));
}

/// One of those that may look something up.
class Place {
 public:
  static std::shared_ptr<Place> take() {
    if (taken().fetch_add(1) < kMostLookups) return std::shared_ptr<Place>(new Place);
    --taken();
    return nullptr;
  }
  ~Place() { --taken(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Place() = default;
  static std::atomic<int>& taken() {
    static std::atomic<int> taken = 0;
    return taken;
  }
};

}  // namespace

std::vector<IpAddress> resolve(const std::string& host, std::chrono::steady_clock::time_point deadline) {
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  const std::string name = in_brackets ? host.substr(1, host.size() - 2) : host;
  if (Lookup number = look_up(name, AI_NUMERICHOST); number.error == 0) return addresses_of(std::move(number), host);
  if (in_brackets) throw OutgoingError(OutgoingError::Kind::Failed, host + " is no address");

  auto place = Place::take();
  if (!place) throw OutgoingError(OutgoingError::Kind::Failed, "too many names are being looked up");
  std::promise<Lookup> promise;
  auto found = promise.get_future();
  std::thread([promise = std::move(promise), name, place = std::move(place)]() mutable {
    promise.set_value(look_up(name, AI_ADDRCONFIG));
  }).detach();
  if (found.wait_until(deadline) != std::future_status::ready)
    throw OutgoingError(OutgoingError::Kind::Failed, "the name " + host + " was not looked up in time");
  return addresses_of(found.get(), host);
}

}  // namespace wenming::outgoing
