#include "store/postgres/engine.h"

#include <stdexcept>

#include "store/postgres/connection.h"
#include "store/postgres/locks.h"
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

/// Asks for a lock of the session under a number and a name; gives what the function says.
bool take_lock(PostgresConnection& connection, std::string_view select, std::int64_t number, std::string_view name) {
  const std::array<domain::Value, 2> values{domain::to_value(number), domain::to_value(name)};
  const auto cursor = connection.query(std::string(select) + "(CAST($1 AS INTEGER), hashtext($2)) AS taken", values);
  return cursor->next() && domain::Row(*cursor).boolean(0);
}
constexpr std::string_view kTry = "SELECT taken FROM pg_try_advisory_lock";
constexpr std::string_view kShare = "SELECT true FROM pg_advisory_lock_shared";
constexpr std::string_view kLongestSilenceOfALeader = "10s";  // of whoever leads

/// A lock of the session, which the server gives up with the connection. It is not in the way of the writer's. A
/// process that hangs keeps its connection, and its kernel answers for it: so the server ends one that says nothing.
class PostgresLeadership final : public Leadership {
 public:
  PostgresLeadership(const std::string& url, const std::string& schema)
      : connection_(url, PostgresConnection::Role::Writer, schema) {}

  bool take(std::int64_t number, std::string_view name) {
    const std::array<domain::Value, 1> bound{domain::to_value(kLongestSilenceOfALeader)};
    connection_.query("SELECT set_config('idle_session_timeout', $1, false)", bound)->next();
    return take_lock(connection_, kTry, number, name);
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

void hold_schema(PostgresConnection& connection, std::string_view schema) {
  take_lock(connection, kShare, locks::kHolding, schema);
}

bool seize_schema(PostgresConnection& connection, std::string_view schema) {
  return take_lock(connection, kTry, locks::kHolding, schema);
}

std::unique_ptr<Leadership> try_to_lock(const std::string& url, const std::string& schema, std::int64_t number) {
  auto leadership = std::make_unique<PostgresLeadership>(url, schema);
  if (!leadership->take(number, schema)) return nullptr;
  return leadership;
}

PostgresEngine::PostgresEngine(std::string url, std::string schema, std::shared_ptr<PostgresCounters> counters,
                               std::unique_ptr<PostgresConnection> holder)
    : url_(std::move(url)), schema_(std::move(schema)), counters_(std::move(counters)), holder_(std::move(holder)) {
  PostgresConnection connection(url_, PostgresConnection::Role::Reader, schema_);
  check(connection);
}

std::unique_ptr<Connection> PostgresEngine::open_writer() {
  auto connection = connect(PostgresConnection::Role::Writer);
  hold_schema(*connection, schema_);
  connection->join(own_);
  const std::lock_guard lock(mutex_);
  holder_.reset();
  return connection;
}

std::unique_ptr<PostgresConnection> PostgresEngine::connect(PostgresConnection::Role role) {
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
  return std::make_unique<PostgresWatch>(url_, schema_, own_, std::move(changed));
}

std::unique_ptr<Leadership> PostgresEngine::try_to_lead() {
  // One per schema: a copy that is being rebuilt is not what others lead.
  return try_to_lock(url_, schema_, locks::kLeading);
}

std::unique_ptr<Connection> PostgresEngine::open_reader() {
  return connect(PostgresConnection::Role::Reader);
}

}  // namespace wenming::store
