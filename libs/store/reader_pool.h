#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/engine.h"
#include "store/options.h"
#include "store/transaction.h"

namespace wenming::store {

/// Connections for reading, opened when first needed and lent for one read transaction each. Any thread may read; where
/// all connections are lent, it waits for as long as one read may take.
class ReaderPool {
 public:
  ReaderPool(Engine& engine, const Surroundings& surroundings, std::chrono::milliseconds bound, std::size_t capacity)
      : engine_(engine), surroundings_(surroundings), bound_(bound), capacity_(capacity) {}

  /// Throws what `body` throws, Refusal `read_too_long` or `unavailable` (no connection came back), or EngineError.
  /// Where the connection turns out to be dead, the body runs once more on a new one.
  void read(const std::function<void(domain::ReadTx&)>& body);
  /// Waits for those who read and closes the connections; reading afterwards is a mistake (std::logic_error).
  void close();

 private:
  class Loan;
  void read_once(const std::function<void(domain::ReadTx&)>& body);
  std::unique_ptr<Connection> lend();
  void give_back(std::unique_ptr<Connection> connection);

  Engine& engine_;
  const Surroundings& surroundings_;
  const std::chrono::milliseconds bound_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
  bool closed_ = false;
};

}  // namespace wenming::store
