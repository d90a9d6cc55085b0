#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.h"
#include "core/time.h"
#include "core/working_calendar.h"
#include "events/kafka/options.h"
#include "runtime/outside.h"

namespace wenming::runtime {

/// What the process needs from its settings beside what the services read. Declared in one place, so that `config
/// print` shows them all.
struct ServerSettings {
  explicit ServerSettings(core::Settings& settings);
  void read_events(core::Settings& settings);

  std::string listen_address;
  std::uint16_t listen_port = 0;
  std::string store_url;                      // see open_databases
  std::string key_file;                       // of personal data; empty: see open_keys
  std::string cache_url;                      // of Redis; empty: answers are kept in this process only
  std::string cache_password_file;            // its first line takes the place of the password in that URL
  std::string cache_ca_file;                  // whose signature on its certificate is believed; empty: the system's
  std::optional<events::KafkaOptions> kafka;  // absent: events stay in the process
  BlobSettings blobs;
  outgoing::OutgoingOptions outgoing;
  core::UtcOffset offset;
  std::vector<core::WorkingCalendar::Hours> working_hours;
  std::vector<std::string> cors_origins, trusted_proxies, peers;
  std::string tls_certificate_file, tls_key_file;
  std::size_t connections = 0, streams = 0, body_bytes = 0, cache_bytes = 0, queue_length = 0, reader_threads = 0,
              lanes = 0;
  unsigned io_threads = 0;
  std::chrono::seconds drain{}, stream_age{};
};

}  // namespace wenming::runtime
