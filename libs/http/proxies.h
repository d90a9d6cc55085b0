#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace wenming::http {

/// The proxies in front of the server whose word on the client's address is taken. Immutable; any thread may ask.
class TrustedProxies {
 public:
  /// Addresses and networks; throws std::invalid_argument naming what is neither.
  explicit TrustedProxies(const std::vector<std::string>& texts);

  [[nodiscard]] bool empty() const { return v4_.empty() && v6_.empty(); }
  [[nodiscard]] bool trusts(const boost::asio::ip::address& address) const;

  /// The client behind a trusted peer: of the X-Forwarded-For list the last address that is not itself a trusted proxy,
  /// since everything left of it may be made up. Empty if the list does not tell.
  [[nodiscard]] std::string client_of(std::string_view forwarded_for) const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace wenming::http
