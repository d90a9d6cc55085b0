#pragma once

#include <sqlite3.h>

#include <chrono>
#include <functional>
#include <string>
#include <unordered_map>

#include "store/engine.h"

namespace wenming::store {

struct SqliteStatement;

/// One connection to a SQLite file in WAL mode. See Connection for what it promises.
///
/// Statements are kept by text up to a bound; a text that is asked for while its statement is still being walked gets a
/// second statement of its own.
class SqliteConnection final : public Connection {
 public:
  enum class Role { Writer, Reader, Checkpointer, Archived };

  SqliteConnection(const std::string& path, Role role, bool durable);
  ~SqliteConnection() override;

  std::unique_ptr<domain::Cursor> query(std::string_view sql, std::span<const domain::Value> values) override;
  void execute(std::string_view sql, std::span<const domain::Value> values) override;
  std::int64_t touched() override;
  void confirm() override {}
  void migrate(std::string_view script) override;
  std::vector<Table> tables() override;

  void begin() override;
  void begin_read(std::chrono::milliseconds bound) override;
  void commit() override;
  void rollback() override;
  [[nodiscard]] bool in_transaction() const override;
  [[nodiscard]] bool alive() override { return true; }

  void savepoint() override;
  void release() override;
  void undo() override;

  /// For the writer: `committed` is called after each commit with the number of pages in the WAL, `out_of_space` after
  /// one that failed for want of space.
  void watch(std::function<void(int pages)> committed, std::function<void()> out_of_space);
  /// For what no other database has: pragmas, checkpoints.
  [[nodiscard]] sqlite3* handle() const { return database_; }

 private:
  using StatementPtr = std::shared_ptr<SqliteStatement>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  StatementPtr prepare(std::string_view sql);
  StatementPtr statement(std::string_view sql);
  StatementPtr bound(std::string_view sql, std::span<const domain::Value> values, bool copied);
  void open(const std::string& path, Role role);
  void set_up(Role role, bool durable);
  void run(std::string_view sql);
  [[noreturn]] void fail(std::string_view what) const;
  static int out_of_time(void* self);

  sqlite3* database_ = nullptr;
  std::unordered_map<std::string, StatementPtr, TextHash, std::equal_to<>> statements_;
  std::chrono::steady_clock::time_point read_until_{};  // the epoch: no bound
  std::function<void(int)> committed_;
  std::function<void()> out_of_space_;

  friend class SqliteCursor;
};

}  // namespace wenming::store
