#include "store/postgres/engine.h"

#include <stdexcept>

#include "store/postgres/connection.h"

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

}  // namespace

PostgresEngine::PostgresEngine(std::string url, std::string schema) : url_(std::move(url)), schema_(std::move(schema)) {
  PostgresConnection connection(url_, PostgresConnection::Role::Reader, schema_);
  check(connection);
}

std::unique_ptr<Connection> PostgresEngine::open_writer() {
  return std::make_unique<PostgresConnection>(url_, PostgresConnection::Role::Writer, schema_);
}

std::unique_ptr<Connection> PostgresEngine::open_reader() {
  return std::make_unique<PostgresConnection>(url_, PostgresConnection::Role::Reader, schema_);
}

}  // namespace wenming::store
