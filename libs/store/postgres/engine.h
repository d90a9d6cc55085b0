#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "store/engine.h"
#include "store/postgres/connection.h"

namespace wenming::store {

/// How often somebody connected to a database to read or write, and could not.
struct PostgresCounters {
  std::atomic<std::uint64_t> opened = 0, failed = 0;
};

/// For as long as the connection lasts, the schema counts as used. Writers of a PostgresEngine do that too.
void hold_schema(PostgresConnection& connection, std::string_view schema);
/// Makes those wait who would hold it, for as long as the connection lasts; false where somebody holds it.
bool seize_schema(PostgresConnection& connection, std::string_view schema);
/// Null where somebody else has the lock of this number and name. It is lost to whoever does not ask for ten seconds
/// whether it stands.
std::unique_ptr<Leadership> try_to_lock(const std::string& url, const std::string& schema, std::int64_t number);

/// A PostgreSQL database, of version 15 or newer, in UTF-8 and with the collation "C": texts are compared byte by byte,
/// as SQLite does. Throws EngineError where it is another one, std::runtime_error where it does not fit.
class PostgresEngine final : public Engine {
 public:
  /// `url` is a libpq connection URI, or its `key=value` form; `schema` is where its tables are looked for and made.
  /// `holder` holds the schema until a writer does; may be null.
  explicit PostgresEngine(std::string url, std::string schema = "public",
                          std::shared_ptr<PostgresCounters> counters = std::make_shared<PostgresCounters>(),
                          std::unique_ptr<PostgresConnection> holder = nullptr);

  std::unique_ptr<Connection> open_writer() override;
  std::unique_ptr<Connection> open_reader() override;
  std::unique_ptr<Leadership> try_to_lead() override;
  std::unique_ptr<Watch> watch(std::function<void()> changed) override;
  [[nodiscard]] std::string_view foreign_ending() const override { return ".sqlite.sql"; }
  [[nodiscard]] bool shared() const override { return true; }
  [[nodiscard]] bool takes_lanes() const override { return true; }

 private:
  [[nodiscard]] std::unique_ptr<PostgresConnection> connect(PostgresConnection::Role role);

  const std::string url_, schema_;
  const std::shared_ptr<PostgresCounters> counters_;
  const std::shared_ptr<OwnBackends> own_ = std::make_shared<OwnBackends>();
  std::mutex mutex_;                            // guards what follows
  std::unique_ptr<PostgresConnection> holder_;  // until a writer holds the schema
};

}  // namespace wenming::store
