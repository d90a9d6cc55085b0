#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testing/temporary_folder.h"

namespace wenming::testing {

/// A real PostgreSQL server in a folder of its own, reached by a socket there: nothing of it is seen from outside.
/// Stopped by its process id, and gone with its folder. Started on a thread that outlives it: the system ends it with
/// that thread, so that not even a test that crashes leaves a server behind.
class PostgresServer {
 public:
  /// The server that all tests of this process share: the one whose socket lies in the folder TEST_POSTGRES, or
  /// else one that is started now.
  static PostgresServer& shared();

  enum class Disk { Forgetful, Durable };
  explicit PostgresServer(Disk disk);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// How to connect to this database, which is made, and empty, when first asked for. `options` are those of CREATE
  /// DATABASE.
  std::string database(std::string_view name, std::string_view options = {});

  /// As a crash would: at once, with nothing written any more.
  void kill();
  void start();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  explicit PostgresServer(std::string socket_folder) : socket_folder_(std::move(socket_folder)) {}

  std::unique_ptr<TemporaryFolder> folder_;  // null: somebody else's server
  std::string socket_folder_;
  std::vector<std::string> made_;  // by this process
  Disk disk_ = Disk::Forgetful;
  pid_t pid_ = 0;
};

}  // namespace wenming::testing
