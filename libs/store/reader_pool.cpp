#include "store/reader_pool.h"

#include <stdexcept>

#include "domain/refusal.h"

namespace wenming::store {

/// A connection for the length of one read transaction. One whose transaction cannot be ended is not given back.
class ReaderPool::Loan {
 public:
  explicit Loan(ReaderPool& pool) : pool_(pool), connection_(pool.lend()) {}
  ~Loan() {
    try {
      if (connection_ && connection_->in_transaction()) connection_->rollback();
    } catch (const EngineError&) {
      connection_.reset();
    }
    pool_.give_back(std::move(connection_));
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  Connection& connection() {
    if (connection_ && !connection_->alive()) connection_.reset();  // the database was restarted meanwhile
    if (!connection_) connection_ = pool_.engine_.open_reader();
    return *connection_;
  }

 private:
  ReaderPool& pool_;
  std::unique_ptr<Connection> connection_;
};

std::unique_ptr<Connection> ReaderPool::lend() {
  std::unique_lock lock(mutex_);
  if (!given_back_.wait_for(lock, bound_, [this] { return closed_ || lent_ < capacity_; }))
    throw domain::Refusal(contract::v1::PROBLEM_UNAVAILABLE);
  if (closed_) throw std::logic_error("reading from a store that was stopped");
  ++lent_;
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (connection) idle_.push_back(std::move(connection));
  }
  given_back_.notify_all();
}

void ReaderPool::read(const std::function<void(domain::ReadTx&)>& body) {
  try {
    return read_once(body);
  } catch (const EngineError& fault) {
    if (fault.kind() != EngineError::Kind::Unreachable) throw;
  }
  // Connections outlive a database that was restarted, or whose tables were changed: one that was made now tells.
  {
    const std::lock_guard lock(mutex_);
    idle_.clear();
  }
  read_once(body);
}

void ReaderPool::read_once(const std::function<void(domain::ReadTx&)>& body) {
  Loan loan(*this);
  Connection& connection = loan.connection();
  connection.begin_read(bound_);
  ReadTransaction tx(connection, surroundings_);
  body(tx);
  connection.commit();
}

void ReaderPool::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  given_back_.notify_all();
  given_back_.wait(lock, [this] { return lent_ == 0; });
  idle_.clear();
}

}  // namespace wenming::store
