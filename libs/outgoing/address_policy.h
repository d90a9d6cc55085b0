#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outgoing/ip_address.h"

namespace wenming::outgoing {

/// Decides which addresses may be called that a user typed in: public ones, and those on the operator's list. Without
/// it, whoever may give an address could have the server knock at doors that only the server can reach: itself, its
/// database, the metadata of a cloud. Immutable; any thread may ask.
class AddressPolicy {
 public:
  /// What the operator allows beside public addresses: networks (`10.20.0.0/16`, `fd00:1::/32`), single addresses, or a
  /// host with its port as it stands in URLs (`gateway.internal:8443`), wherever it resolves to. Throws
  /// std::invalid_argument naming an entry that is none of these.
  explicit AddressPolicy(const std::vector<std::string>& allowed = {});

  /// `host` is in lower case.
  [[nodiscard]] bool allows(std::string_view host, std::uint16_t port, const IpAddress& address) const;

 private:
  std::vector<Network> networks_;
  std::vector<std::pair<std::string, std::uint16_t>> hosts_;
};

/// Whether the address is one of the public internet: not of this machine, this network or this organisation, and none
/// of the ranges that are set aside for documentation, translation, tunnels or groups.
bool is_public(const IpAddress& address);

}  // namespace wenming::outgoing
