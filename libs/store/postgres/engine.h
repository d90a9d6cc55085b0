#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "store/engine.h"
#include "store/postgres/connection.h"

namespace wenming::store {

/// How often somebody connected to a database to read or write, and could not.
struct PostgresCounters {
  std::atomic<std::uint64_t> opened = 0, failed = 0;
};

/// A PostgreSQL database, of version 15 or newer, in UTF-8 and with the collation "C": texts are compared byte by byte,
/// as SQLite does. Throws EngineError where it is another one, std::runtime_error where it does not fit.
class PostgresEngine final : public Engine {
 public:
  /// `url` is a libpq connection URI, or its `key=value` form; `schema` is where its tables are looked for and made.
  explicit PostgresEngine(std::string url, std::string schema = "public",
                          std::shared_ptr<PostgresCounters> counters = std::make_shared<PostgresCounters>());

  std::unique_ptr<Connection> open_writer() override;
  std::unique_ptr<Connection> open_reader() override;
  std::unique_ptr<Leadership> try_to_lead() override;
  std::unique_ptr<Watch> watch(std::function<void()> changed) override;
  [[nodiscard]] std::string_view foreign_ending() const override { return ".sqlite.sql"; }
  [[nodiscard]] bool shared() const override { return true; }

 private:
  [[nodiscard]] std::unique_ptr<Connection> connect(PostgresConnection::Role role);

  const std::string url_, schema_;
  const std::shared_ptr<PostgresCounters> counters_;
};

}  // namespace wenming::store
