#include "faulty_engine.h"

namespace wenming::store {
namespace {

class FaultyConnection final : public Connection {
 public:
  FaultyConnection(std::unique_ptr<Connection> connection, std::shared_ptr<Faults> faults)
      : connection_(std::move(connection)), faults_(std::move(faults)) {}

  std::unique_ptr<domain::Cursor> query(std::string_view sql, std::span<const domain::Value> values) override {
    return connection_->query(sql, values);
  }
  void execute(std::string_view sql, std::span<const domain::Value> values) override {
    faults_->at_execute(*connection_, sql);
    connection_->execute(sql, values);
  }
  std::int64_t touched() override { return connection_->touched(); }
  void confirm() override { connection_->confirm(); }
  void migrate(std::string_view script) override { connection_->migrate(script); }
  std::vector<Table> tables() override { return connection_->tables(); }
  void begin() override {
    faults_->at_begin(*connection_);
    connection_->begin();
  }
  void begin_beside(std::span<const std::int32_t> aggregates) override {
    faults_->at_begin(*connection_);
    connection_->begin_beside(aggregates);
  }
  void take_journal() override { connection_->take_journal(); }
  void begin_read(std::chrono::milliseconds bound) override { connection_->begin_read(bound); }
  void commit() override {
    faults_->at_commit(*connection_);
    connection_->commit();
  }
  void rollback() override { connection_->rollback(); }
  [[nodiscard]] bool in_transaction() const override { return connection_->in_transaction(); }
  [[nodiscard]] bool alive() override { return connection_->alive(); }
  [[nodiscard]] ReadAhead* read_ahead() override { return connection_->read_ahead(); }
  void savepoint() override { connection_->savepoint(); }
  void release() override { connection_->release(); }
  void undo() override { connection_->undo(); }

 private:
  const std::unique_ptr<Connection> connection_;
  const std::shared_ptr<Faults> faults_;
};

}  // namespace

std::unique_ptr<Connection> FaultyEngine::open_writer() {
  return std::make_unique<FaultyConnection>(engine_->open_writer(), faults_);
}

}  // namespace wenming::store
