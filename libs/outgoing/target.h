#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wenming::outgoing {

/// What a URL asks to be called.
struct Target {
  bool tls = false;
  std::string host;  // in lower case; an IPv6 address in brackets
  std::uint16_t port = 0;
  std::string resource;  // path and query, `/` at least

  /// `https://receiver.example:8443/cases?from=wenming`. Throws domain::OutgoingError (Forbidden) for anything else:
  /// names and passwords in it, other characters than URLs are made of, ports that are none.
  static Target parse(std::string_view url);

  [[nodiscard]] bool has_usual_port() const { return port == (tls ? 443 : 80); }
  /// As it stands in the header `Host`.
  [[nodiscard]] std::string authority() const;
};

std::string lower_case(std::string_view ascii);

}  // namespace wenming::outgoing
