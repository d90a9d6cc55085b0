#include "outgoing/ip_address.h"

#include <arpa/inet.h>

#include <charconv>

namespace wenming::outgoing {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.version = Version::V6;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(version == Version::V4 ? AF_INET : AF_INET6, bytes.data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto start = IpAddress::parse(text.substr(0, slash));
  if (!start) return std::nullopt;
  const unsigned longest = start->version == IpAddress::Version::V4 ? 32 : 128;
  Network network;
  network.start_ = *start;
  network.bits_ = longest;
  if (slash != std::string_view::npos) {
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), network.bits_);
    if (error != std::errc() || end != bits.data() + bits.size() || network.bits_ > longest) return std::nullopt;
  }
  return network;
}

bool Network::holds(const IpAddress& address) const {
  if (address.version != start_.version) return false;
  for (unsigned bit = 0; bit < bits_; bit += 8) {
    const unsigned compared = bits_ - bit >= 8 ? 0xFFU : 0xFF00U >> (bits_ - bit) & 0xFFU;
    if (((address.bytes.at(bit / 8) ^ start_.bytes.at(bit / 8)) & compared) != 0) return false;
  }
  return true;
}

}  // namespace wenming::outgoing
