#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/engine.h"
#include "store/postgres/answers_ahead.h"
#include "store/postgres/own_backends.h"

namespace wenming::store {

struct PostgresStatement;
struct AnswerAhead;

/// One connection to a PostgreSQL database. See Connection for what it promises.
///
/// Works in libpq's pipeline mode. What gives no rows (`execute`, `savepoint`, `release`, `begin`) is handed to the
/// server without waiting; its results come before those of the next query, in the same packets. So a command costs as
/// many round trips as it reads, and a batch one more for its commit.
///
/// What is handed in is therefore known to have worked only once a later call has waited. If a statement of the
/// savepoint that stands fails, the call that finds out throws, and `undo` makes good. If one of a released savepoint
/// fails, the whole transaction is rolled back: the call throws and `in_transaction` is false. `confirm` waits.
class PostgresConnection final : public Connection, private ReadAhead {
 public:
  enum class Role { Writer, Reader };

  /// `url` is what libpq understands: a URI or `key=value` pairs, password files and TLS included.
  PostgresConnection(const std::string& url, Role role, const std::string& schema = "public");
  ~PostgresConnection() override;

  std::unique_ptr<domain::Cursor> query(std::string_view sql, std::span<const domain::Value> values) override;
  void execute(std::string_view sql, std::span<const domain::Value> values) override;
  std::int64_t touched() override;
  void confirm() override;
  void migrate(std::string_view script) override;
  std::vector<Table> tables() override;

  void begin() override;
  void begin_beside(std::span<const std::int32_t> aggregates) override;
  void take_journal() override;
  void begin_read(std::chrono::milliseconds bound) override;
  void commit() override;
  void rollback() override;
  [[nodiscard]] bool in_transaction() const override { return in_transaction_; }
  [[nodiscard]] bool alive() override;

  [[nodiscard]] ReadAhead* read_ahead() override { return this; }

  /// From now on `wait_for_announcement` hears of the commits of all writers of this schema.
  void listen();
  /// Returns after an announcement of anybody but these, after this time, or when `wake` can be read.
  void wait_for_announcement(std::chrono::milliseconds at_most, int wake, const OwnBackends& own);
  /// From now on, and for as long as it lasts, this connection is one of them.
  void join(std::shared_ptr<OwnBackends> own);

  void savepoint() override;
  void release() override;
  void undo() override;

 private:
  using Statement = std::shared_ptr<PostgresStatement>;
  struct ResultCloser {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, ResultCloser>;

  /// A result that the server owes us.
  struct Owed {
    enum class What { Preparation, Execution, Sync };
    What what;
    Statement statement;                           // null for Sync
    std::int64_t savepoint;                        // in which it was handed in: 0 outside of all, else counted up
    std::shared_ptr<AnswerAhead> ahead = nullptr;  // where the rows go to, if they were asked ahead
  };
  struct Failure {
    EngineError::Kind kind;
    std::string text;
    std::int64_t savepoint;
  };

  std::unique_ptr<domain::Cursor> ask(std::string_view sql, std::span<const domain::Value> values) override;
  void wait() override;
  void turn_to(std::optional<std::int32_t> aggregate) override { ahead_.turn_to(aggregate); }

  std::shared_ptr<AnswerAhead> answer_ahead(std::string_view sql, std::span<const domain::Value> values);
  Statement prepared(std::string_view sql, std::span<const domain::Value> values);
  void send(std::string_view sql, std::span<const domain::Value> values);
  void hand_in(std::string_view sql, std::span<const domain::Value> values = {});
  void send_sync();
  void flush();
  Result wait_for_last();
  void wait_for_all();
  void commit_and_announce();
  void take_next(Result& last);
  Result next_result();
  bool wait_for_socket(short events, std::chrono::steady_clock::time_point until);
  [[noreturn]] void lost(std::string_view why);
  void note(const PGresult& failed, const Owed& owed);
  [[noreturn]] void fail();
  std::string last_error() const;

  PGconn* connection_ = nullptr;
  std::shared_ptr<OwnBackends> own_;  // null where it has joined none
  int backend_ = 0;                   // the server's process, as they know it
  const Role role_;
  const std::string announcement_;                         // the channel of this schema
  std::unordered_map<std::string, Statement> statements_;  // by types of parameters and text
  std::uint64_t names_ = 0;
  std::deque<Owed> owed_;
  AnswersAhead<std::shared_ptr<AnswerAhead>> ahead_;  // of this transaction
  std::unique_ptr<Failure> failure_;                  // the first that came since the last Sync
  std::int64_t touched_ = 0;
  bool in_transaction_ = false;
  bool wrote_ = false;     // in this transaction
  bool given_up_ = false;  // by the server, or with plans that do not hold any more
  bool savepoint_stands_ = false;
  std::int64_t savepoints_ = 0;
  std::chrono::milliseconds bound_{0};  // of a statement, as the server knows it; 0: none
  std::chrono::steady_clock::time_point read_until_{};
};

}  // namespace wenming::store
