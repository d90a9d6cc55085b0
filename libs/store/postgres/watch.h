#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "store/engine.h"
#include "store/postgres/own_backends.h"

namespace wenming::store {

/// Listens for what writers of other processes announce after each commit (PostgresConnection::commit). A connection
/// that breaks is made again; what was announced meanwhile is made up for by looking once more.
class PostgresWatch final : public Watch {
 public:
  PostgresWatch(std::string url, std::string schema, std::shared_ptr<const OwnBackends> own,
                std::function<void()> changed);
  /// Stops; `changed` is not called any more.
  ~PostgresWatch() override;
  PostgresWatch(const PostgresWatch&) = delete;
  PostgresWatch& operator=(const PostgresWatch&) = delete;

 private:
  void run(const std::stop_token& stop);
  void listen(const std::stop_token& stop);

  const std::string url_, schema_;
  const std::shared_ptr<const OwnBackends> own_;
  const std::function<void()> changed_;
  const int wake_;  // becomes readable when it is time to stop
  std::jthread thread_;
};

}  // namespace wenming::store
