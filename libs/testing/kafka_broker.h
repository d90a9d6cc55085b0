#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "testing/temporary_folder.h"

namespace wenming::testing {

/// A real Apache Kafka broker on loopback, with its data in a folder of its own (tests/engines/kafka). Ready in some
/// seconds; stopped by its process id.
class KafkaBroker {
 public:
  /// The broker that all tests of this process share.
  static KafkaBroker& shared();

  KafkaBroker();
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// As a crash would.
  void kill();
  /// On the same port, with the same data.
  void start();

 private:
  const TemporaryFolder folder_;
  const std::uint16_t port_;
  pid_t pid_ = 0;
};

}  // namespace wenming::testing
