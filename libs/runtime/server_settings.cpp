#include "runtime/server_settings.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "cache/redis/redis_url.h"
#include "runtime/databases.h"

namespace wenming::runtime {
namespace {

std::pair<std::string, std::uint16_t> parse_listen(std::string_view listen) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string_view::npos || colon == 0) throw std::invalid_argument("no address and port");
  std::string_view address = listen.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  std::uint16_t port = 0;
  const char* end = listen.data() + listen.size();
  const auto [rest, error] = std::from_chars(listen.data() + colon + 1, end, port);
  if (error != std::errc() || rest != end) throw std::invalid_argument("no port");
  return {std::string(address), port};
}

core::UtcOffset parse_offset(std::string_view text) {
  const auto offset = core::UtcOffset::parse(text);
  if (!offset) throw std::invalid_argument("no offset");
  return *offset;
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

using core::Settings;

constexpr std::string_view kKafka = "kafka://";

/// The brokers of `kafka://host:port,host:port`; empty for `embedded`.
std::string parse_events(std::string_view url) {
  if (url == "embedded") return {};
  if (!url.starts_with(kKafka) || url.size() == kKafka.size()) throw std::invalid_argument("no kafka://HOST:PORT");
  return std::string(url.substr(kKafka.size()));
}

std::string parse_cache(std::string_view url) {
  if (url == "memory") return {};
  static_cast<void>(cache::RedisUrl::parse(url));
  return std::string(url);
}

std::map<std::string, std::string> parse_properties(std::string_view text) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0) throw std::invalid_argument("no NAME=VALUE");
    properties.emplace(one.substr(0, equals), one.substr(equals + 1));
  }
  return properties;
}

}  // namespace

void ServerSettings::read_events(core::Settings& settings) {
  events::KafkaOptions options;
  options.brokers = settings.parsed(
      "events.url", "embedded", "embedded or kafka://HOST:PORT,HOST:PORT",
      "How services hear of each other: embedded (in this process) or kafka://HOST:PORT,HOST:PORT.", parse_events);
  options.prefix =
      settings.text("events.prefix", options.prefix,
                    "Begins the names of topics and groups; deployments that share a cluster have different ones.");
  options.partitions = static_cast<int>(settings.integer("events.partitions", options.partitions, 1, 1000,
                                                         "Partitions of each topic; fixed once it is made."));
  options.replication = static_cast<int>(
      settings.integer("events.replication", options.replication, 1, 10, "Copies of each partition, for new topics."));
  options.instance =
      settings.text("events.instance", "",
                    "Names this process among those of the same service, so that its partitions wait for "
                    "it while it is restarted; empty: the name of the host. No two at a time may share it.");
  if (options.instance.empty()) options.instance = host_name();
  options.properties = settings.parsed("events.properties", "", "NAME=VALUE;NAME=VALUE",
                                       "What else librdkafka is to be told, as security.protocol=ssl.",
                                       parse_properties, Settings::Holds::PerhapsASecret);
  options.properties_file =
      settings.text("events.properties_file", "", "A file with more of them, one a line, for those that are secret.");
  if (!options.brokers.empty()) kafka = std::move(options);
}

ServerSettings::ServerSettings(core::Settings& settings) {
  std::tie(listen_address, listen_port) =
      settings.parsed("http.listen", "127.0.0.1:8080", "an address and port such as 127.0.0.1:8080",
                      "Address and port of the HTTP server; port 0 takes a free one.", parse_listen);
  store_url = settings.parsed("store.url", "sqlite:data", "sqlite:FOLDER or postgresql://HOST/NAME_{service}",
                              "Where facts are kept: sqlite:FOLDER, one file per service, or "
                              "postgresql://HOST/NAME_{service}, one database per service.",
                              checked_store_url, Settings::Holds::PerhapsASecret);
  blobs.read(settings, store_url);
  outgoing = read_outgoing(settings);
  key_file = settings.text("keys.file", "",
                           "Holds the keys of personal data (wenming keys); empty, for SQLite only: "
                           "personal-data.keys in the folder, made at the first start.");
  read_events(settings);
  offset = settings.parsed("deployment.utc_offset", "+08:00", "an offset such as +08:00",
                           "Local time of the deployment.", parse_offset);
  working_hours = settings.parsed("deployment.working_hours", "09:00-12:00,13:30-17:30",
                                  "hours such as 09:00-12:00,13:30-17:30, one stretch after the other",
                                  "Working hours of a working day, local time.", &core::WorkingCalendar::parse_hours);

  const auto count = [&](std::string_view key, std::int64_t otherwise, std::int64_t minimum, std::int64_t maximum,
                         std::string_view help) {
    return static_cast<std::size_t>(settings.integer(key, otherwise, minimum, maximum, help));
  };
  cors_origins = settings.list("http.cors_origins", {}, "Origins of web pages elsewhere that may call the API.");
  trusted_proxies = settings.list("http.trusted_proxies", {}, "Proxies whose X-Forwarded-For is believed.");
  peers = settings.list("http.peers", {}, "URLs of the deployment's other processes; /readyz?all asks them too.");
  tls_certificate_file = settings.text("http.tls_certificate_file", "", "PEM chain; with it the server speaks HTTPS.");
  tls_key_file = settings.text("http.tls_key_file", "", "PEM key of the certificate.");
  io_threads = static_cast<unsigned>(count("http.threads", 0, 0, 256, "IO threads; 0: one a core."));
  connections = count("http.max_connections", 10'000, 1, 1'000'000, "Open connections; beyond, 503.");
  streams = count("http.max_streams", 5'000, 1, 1'000'000, "Open live streams of one service; beyond, 503.");
  stream_age = std::chrono::seconds(count("http.max_stream_seconds", 1800, 1, 3000,
                                          "After this time a live stream is ended, and opened again by its client."));
  body_bytes = count("http.max_body_bytes", 1 << 20, 1024, 1 << 30, "Largest body where a method does not say.");
  cache_bytes =
      count("cache.max_bytes", 32 << 20, 0, std::int64_t{1} << 40, "Bytes of rendered answers kept in the process.");
  cache_url =
      settings.parsed("cache.url", "memory", "memory or redis://HOST:PORT/DB",
                      "Where answers are kept for other processes too: memory (nowhere) or redis://HOST:PORT/DB; "
                      "rediss:// for an encrypted connection, redis+unix:///PATH for a socket.",
                      parse_cache, Settings::Holds::PerhapsASecret);
  cache_password_file =
      settings.text("cache.password_file", "",
                    "Holds the password of Redis, in the place of one in cache.url; with a user, write there USER:-@.");
  cache_ca_file = settings.text("cache.ca_file", "",
                                "PEM certificates of those who may have signed that of a Redis at rediss://; empty: "
                                "those of the system.");
  queue_length =
      count("store.max_queue", 4096, 1, 1'000'000, "Commands that wait for a service's writer; beyond, 503.");
  reader_threads = count("store.readers", 2, 1, 64, "Threads that answer a service's queries.");
  lanes =
      count("store.lanes", 0, 0, 64,
            "On PostgreSQL: writers beside the first, for commands that stay within one volunteer, case and so on.");
  drain =
      std::chrono::seconds(count("http.drain_seconds", 30, 1, 3600, "How long SIGTERM waits for requests under way."));
}

}  // namespace wenming::runtime
