#include "http/cors.h"

#include <algorithm>

namespace wenming::http {

Cors::Cors(const std::vector<std::string>& origins, const std::vector<std::string>& exposed_headers)
    : origins_(origins) {
  for (const std::string& header : exposed_headers) exposed_ += (exposed_.empty() ? "" : ", ") + header;
}

bool Cors::allows(std::string_view origin) const {
  return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

std::optional<Response> Cors::preflight(const Request& request) const {
  if (!enabled() || request.verb != "OPTIONS") return std::nullopt;
  const auto method = request.headers.find("Access-Control-Request-Method");
  if (!method || !request.headers.has("Origin")) return std::nullopt;

  Response response{.status = 204};
  response.headers.add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
  // Without these fields the browser refuses; the rest is added as to every answer.
  if (allows(request.headers.get("Origin"))) {
    response.headers.add("Access-Control-Allow-Methods", *method);
    if (const auto headers = request.headers.find("Access-Control-Request-Headers")) {
      response.headers.add("Access-Control-Allow-Headers", *headers);
    }
    response.headers.add("Access-Control-Max-Age", "600");
  }
  return response;
}

void Cors::append_fields(std::string& wire, std::string_view origin) const {
  if (!enabled()) return;
  wire += "Vary: Origin\r\n";
  if (!allows(origin)) return;
  wire.append("Access-Control-Allow-Origin: ").append(origin).append("\r\n");
  if (!exposed_.empty()) wire.append("Access-Control-Expose-Headers: ").append(exposed_).append("\r\n");
}

}  // namespace wenming::http
