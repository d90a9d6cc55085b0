#include "store/postgres/engine.h"

#include <stdexcept>

#include "store/postgres/connection.h"
#include "store/postgres/watch.h"

namespace wenming::store {
namespace {

constexpr std::int64_t kOldestVersion = 150000;

void check(Connection& connection) {
  const auto cursor = connection.query(
      "SELECT CAST(current_setting('server_version_num') AS BIGINT), "
      "pg_encoding_to_char(encoding) = 'UTF8' AND datlocprovider = 'c' AND datcollate = 'C' "
      "FROM pg_database WHERE datname = current_database()",
      {});
  cursor->next();
  const domain::Row row(*cursor);
  if (row.integer(0) < kOldestVersion) {
    throw std::runtime_error("PostgreSQL 15 or newer is needed; this is " + std::to_string(row.integer(0) / 10000));
  }
  if (!row.boolean(1)) {
    throw std::runtime_error(
        "the database must have the encoding UTF8 and the collation C: CREATE DATABASE … TEMPLATE template0 ENCODING "
        "'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
  }
}

/// A lock of the session, which the server gives up with the connection. It is not in the way of the writer's.
class PostgresLeadership final : public Leadership {
 public:
  PostgresLeadership(const std::string& url, const std::string& schema)
      : connection_(url, PostgresConnection::Role::Writer, schema) {}

  bool take() {
    // One per schema: a copy that is being rebuilt is not what others lead.
    const auto cursor = connection_.query("SELECT pg_try_advisory_lock(7740303, hashtext(current_schema()))", {});
    return cursor->next() && domain::Row(*cursor).boolean(0);
  }

  [[nodiscard]] bool stands() override {
    try {
      return connection_.query("SELECT 1", {})->next();
    } catch (const EngineError&) {
      return false;
    }
  }

 private:
  PostgresConnection connection_;
};

}  // namespace

PostgresEngine::PostgresEngine(std::string url, std::string schema, std::shared_ptr<PostgresCounters> counters)
    : url_(std::move(url)), schema_(std::move(schema)), counters_(std::move(counters)) {
  PostgresConnection connection(url_, PostgresConnection::Role::Reader, schema_);
  check(connection);
}

std::unique_ptr<Connection> PostgresEngine::open_writer() {
  return connect(PostgresConnection::Role::Writer);
}

std::unique_ptr<Connection> PostgresEngine::connect(PostgresConnection::Role role) {
  try {
    auto connection = std::make_unique<PostgresConnection>(url_, role, schema_);
    ++counters_->opened;
    return connection;
  } catch (const EngineError&) {
    ++counters_->failed;
    throw;
  }
}

std::unique_ptr<Watch> PostgresEngine::watch(std::function<void()> changed) {
  return std::make_unique<PostgresWatch>(url_, schema_, std::move(changed));
}

std::unique_ptr<Leadership> PostgresEngine::try_to_lead() {
  auto leadership = std::make_unique<PostgresLeadership>(url_, schema_);
  if (!leadership->take()) return nullptr;
  return leadership;
}

std::unique_ptr<Connection> PostgresEngine::open_reader() {
  return connect(PostgresConnection::Role::Reader);
}

}  // namespace wenming::store
