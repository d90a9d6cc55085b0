#include "http/proxies.h"

#include <stdexcept>

namespace wenming::http {

namespace ip = boost::asio::ip;

namespace {

ip::address unmapped(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const bool is_v6 = text.find(':') != text.npos;
    const bool is_network = text.find('/') != text.npos;
    boost::system::error_code error;
    if (is_v6) {
      v6_.push_back(ip::make_network_v6(is_network ? text : text + "/128", error));
    } else {
      v4_.push_back(ip::make_network_v4(is_network ? text : text + "/32", error));
    }
    if (error) throw std::invalid_argument("trusted proxy \"" + text + "\" is neither an address nor a network");
  }
}

bool TrustedProxies::trusts(const ip::address& given) const {
  const ip::address address = unmapped(given);
  if (address.is_v4()) {
    for (const auto& network : v4_) {
      if (network.canonical() == ip::network_v4(address.to_v4(), network.prefix_length()).canonical()) return true;
    }
  } else {
    for (const auto& network : v6_) {
      if (network.canonical() == ip::network_v6(address.to_v6(), network.prefix_length()).canonical()) return true;
    }
  }
  return false;
}

std::string TrustedProxies::client_of(std::string_view forwarded_for) const {
  std::string client;
  while (!forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    std::string_view item = comma == forwarded_for.npos ? forwarded_for : forwarded_for.substr(comma + 1);
    forwarded_for = comma == forwarded_for.npos ? std::string_view() : forwarded_for.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    item = item.substr(0, item.find(' '));

    boost::system::error_code error;
    const ip::address address = ip::make_address(std::string(item), error);
    if (error) break;
    client = address.to_string();
    if (!trusts(address)) break;
  }
  return client;
}

}  // namespace wenming::http
