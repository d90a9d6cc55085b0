#include "outgoing/address_policy.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <stdexcept>

#include "outgoing/target.h"

namespace wenming::outgoing {
namespace {

std::vector<Network> networks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> parsed;
  for (const std::string_view text : texts) parsed.push_back(Network::parse(text).value());
  return parsed;
}

bool any_holds(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network& network) { return network.holds(address); });
}

std::pair<std::string, std::uint16_t> host_and_port(const std::string& entry) {
  const std::size_t colon = entry.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos && colon > 0) {
    const auto [end, error] = std::from_chars(entry.data() + colon + 1, entry.data() + entry.size(), port);
    if (error == std::errc() && end == entry.data() + entry.size() && port != 0)
      return {lower_case(entry.substr(0, colon)), port};
  }
  throw std::invalid_argument("neither a network nor a host with its port: " + entry);
}

}  // namespace

bool is_public(const IpAddress& address) {
  // IANA's registries of special-purpose addresses.
  static const auto kSpecialV4 = networks({
      "0.0.0.0/8",        // this network
      "10.0.0.0/8",       // private
      "100.64.0.0/10",    // shared by the customers of a carrier
      "127.0.0.0/8",      // loopback
      "169.254.0.0/16",   // link-local; clouds answer here with their secrets
      "172.16.0.0/12",    // private
      "192.0.0.0/24",     // protocol assignments
      "192.0.2.0/24",     // documentation
      "192.88.99.0/24",   // 6to4 relays
      "192.168.0.0/16",   // private
      "198.18.0.0/15",    // benchmarks
      "198.51.100.0/24",  // documentation
      "203.0.113.0/24",   // documentation
      "224.0.0.0/4",      // multicast
      "240.0.0.0/4",      // reserved, broadcast
  });
  // Everything else is special: loopback, link-local, unique-local, multicast, IPv4 in disguise.
  static const auto kGlobalV6 = networks({"2000::/3"});
  static const auto kSpecialV6 = networks({
      "2001::/23",      // protocol assignments, Teredo
      "2001:db8::/32",  // documentation
      "2002::/16",      // 6to4: IPv4 in disguise
      "3fff::/20",      // documentation
  });
  if (address.version == IpAddress::Version::V4) return !any_holds(kSpecialV4, address);
  return any_holds(kGlobalV6, address) && !any_holds(kSpecialV6, address);
}

AddressPolicy::AddressPolicy(const std::vector<std::string>& allowed) {
  for (const std::string& entry : allowed) {
    if (const auto network = Network::parse(entry)) {
      networks_.push_back(*network);
    } else {
      hosts_.push_back(host_and_port(entry));
    }
  }
}

bool AddressPolicy::allows(std::string_view host, std::uint16_t port, const IpAddress& address) const {
  if (is_public(address) || any_holds(networks_, address)) return true;
  return std::any_of(hosts_.begin(), hosts_.end(),
                     [&](const auto& allowed) { return allowed.first == host && allowed.second == port; });
}

}  // namespace wenming::outgoing
