#include "cache/redis/redis_url.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "core/encoding.h"

namespace wenming::cache {
namespace {

constexpr std::string_view kTcp = "redis://";
constexpr std::string_view kTls = "rediss://";
constexpr std::string_view kUnix = "redis+unix://";

[[noreturn]] void refuse(std::string_view reason) {
  throw std::invalid_argument("wrong URL of Redis: " + std::string(reason) +
                              "; it looks like redis[s]://[user:password@]host[:port][/database] or "
                              "redis+unix://[user:password@]/path/to/socket");
}

std::string decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    const auto byte = text.size() - i > 2 ? core::from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (!byte) refuse("after % come two hexadecimal digits");
    bytes += *byte;
    i += 2;
  }
  return bytes;
}

int number(std::string_view text, int least, int most, std::string_view otherwise) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) refuse(otherwise);
  return value;
}

/// Takes `user:password@` off the front.
void read_sign_in(std::string_view& authority, RedisUrl& url) {
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return;
  const std::string_view sign_in = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  const std::size_t colon = sign_in.find(':');
  if (colon == std::string_view::npos) refuse("before the @ stands user:password or :password");
  url.user = decoded(sign_in.substr(0, colon));
  url.password = decoded(sign_in.substr(colon + 1));
  if (url.password.empty()) refuse("the password is empty");
}

void read_host_and_port(std::string_view authority, RedisUrl& url) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) refuse("the ] after the address is missing");
  url.host = bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
  const auto belongs = [bracketed](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '-' || c == '.' ||
           c == '_' || (bracketed && (c == ':' || c == '%'));
  };
  if (url.host.empty()) refuse("the host is missing");
  if (!std::all_of(url.host.begin(), url.host.end(), belongs)) refuse("the host is neither a name nor an address");

  std::string_view rest = end == std::string_view::npos ? std::string_view() : authority.substr(end + bracketed);
  if (rest.empty()) return;
  if (!rest.starts_with(':')) refuse("after the host comes :port");
  url.port = number(rest.substr(1), 1, 65535, "the port is a number from 1 to 65535");
}

}  // namespace

RedisUrl RedisUrl::parse(std::string_view text) {
  RedisUrl url;
  const bool is_unix = text.starts_with(kUnix);
  url.encrypted = text.starts_with(kTls);
  if (!is_unix && !url.encrypted && !text.starts_with(kTcp))
    refuse("it begins with neither redis:// nor rediss:// nor redis+unix://");
  text.remove_prefix(text.find("//") + 2);
  if (text.find_first_of("?#") != std::string_view::npos) refuse("? and # have no meaning here");

  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, slash);
  const std::string_view path = text.substr(slash);
  read_sign_in(authority, url);
  if (is_unix) {
    if (!authority.empty()) refuse("a socket of this machine has no host");
    url.path = decoded(path);
    if (url.path.size() < 2) refuse("the path of the socket is missing");
    if (url.path.size() >= sizeof(sockaddr_un::sun_path) || url.path.find('\0') != std::string::npos)
      refuse("the system takes no such path for a socket");
  } else {
    read_host_and_port(authority, url);
    if (path.size() > 1) url.database = number(path.substr(1), 0, 1'000'000, "the database is a number");
  }
  return url;
}

std::string RedisUrl::place() const {
  if (host.empty()) return std::string(kUnix) + path;
  const bool bracketed = host.find(':') != std::string::npos;
  return std::string(encrypted ? kTls : kTcp) + (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port) +
         "/" + std::to_string(database);
}

}  // namespace wenming::cache
