#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace wenming::http {

/// Which pages of other origins may call this server from a browser. Immutable; any thread may ask.
class Cors {
 public:
  Cors(const std::vector<std::string>& origins, const std::vector<std::string>& exposed_headers);

  [[nodiscard]] bool enabled() const { return !origins_.empty(); }
  /// The answer to a preflight; nullopt if the request is none.
  [[nodiscard]] std::optional<Response> preflight(const Request& request) const;
  /// Appends the fields of an ordinary answer to a page of this origin (empty: to no page).
  void append_fields(std::string& wire, std::string_view origin) const;

 private:
  [[nodiscard]] bool allows(std::string_view origin) const;

  std::vector<std::string> origins_;
  std::string exposed_;
};

}  // namespace wenming::http
