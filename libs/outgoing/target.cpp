#include "outgoing/target.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "domain/outside.h"

namespace wenming::outgoing {
namespace {

[[noreturn]] void refuse(const std::string& reason) {
  throw domain::OutgoingError(domain::OutgoingError::Kind::Forbidden, reason);
}

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) refuse("the URL has no valid port");
  return port;
}

}  // namespace

std::string lower_case(std::string_view ascii) {
  std::string lower(ascii);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

Target Target::parse(std::string_view url) {
  const auto is_plain = [](unsigned char c) { return c > 0x20 && c < 0x7F; };
  constexpr std::string_view kNeverInUrls = "\"<>\\^`{|}";
  if (!std::all_of(url.begin(), url.end(), is_plain) || url.find_first_of(kNeverInUrls) != std::string_view::npos)
    refuse("the URL holds characters that have to be encoded");
  Target target;
  const std::string scheme = lower_case(url.substr(0, std::min<std::size_t>(url.size(), 8)));
  target.tls = scheme.starts_with("https://");
  if (!target.tls && !scheme.starts_with("http://")) refuse("not an http or https URL");
  url.remove_prefix(target.tls ? 8 : 7);
  url = url.substr(0, url.find('#'));
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  url.remove_prefix(authority.size());
  target.resource = url.starts_with('/') ? std::string(url) : "/" + std::string(url);

  if (authority.find('@') != std::string_view::npos) refuse("a URL with a name or password in it is not called");
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string_view::npos) refuse("the URL has no valid host");
  const std::size_t colon = authority.find(':', bracket);
  target.host = lower_case(authority.substr(0, colon));
  if (target.host.empty()) refuse("the URL has no host");
  target.port = colon == std::string_view::npos ? (target.tls ? 443 : 80) : port_of(authority.substr(colon + 1));
  return target;
}

std::string Target::authority() const {
  return has_usual_port() ? host : host + ":" + std::to_string(port);
}

}  // namespace wenming::outgoing
