#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace wenming::outgoing {

/// An address of the internet protocol, version 4 or 6. An IPv4 address that is written as an IPv6 one
/// (`::ffff:10.0.0.1`) stays an IPv6 one.
struct IpAddress {
  enum class Version { V4, V6 };

  Version version = Version::V4;
  std::array<unsigned char, 16> bytes{};  // of version 4 the first four

  /// As people write it, `203.0.113.7`, `2001:db8::7`; nullopt for anything else.
  static std::optional<IpAddress> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// A network, `10.20.0.0/16`, or a single address.
class Network {
 public:
  static std::optional<Network> parse(std::string_view text);
  [[nodiscard]] bool holds(const IpAddress& address) const;

 private:
  IpAddress start_;
  unsigned bits_ = 0;
};

}  // namespace wenming::outgoing
