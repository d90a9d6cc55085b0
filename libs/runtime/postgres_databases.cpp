#include "runtime/postgres_databases.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "core/settings.h"
#include "store/postgres/connection.h"
#include "store/postgres/engine.h"
#include "store/postgres/locks.h"

namespace wenming::runtime {
namespace {

using store::PostgresConnection;

constexpr std::string_view kFirst = "generation_1";
constexpr std::string_view kClaim = "wenming";  // to rebuild: on the schema that all generations have in common
constexpr std::string_view kPlaceholder = "{service}";

// The lock keeps two processes that start at once from making the same thing.
const std::string kAlone = fmt::format("SELECT pg_advisory_xact_lock({}); ", store::locks::kMakingSchemas);
const std::string kMakeTable =
    kAlone +
    "CREATE SCHEMA IF NOT EXISTS wenming; "
    "CREATE TABLE IF NOT EXISTS wenming.generation (name TEXT NOT NULL); "
    "INSERT INTO wenming.generation SELECT 'generation_1' WHERE NOT EXISTS (SELECT 1 FROM wenming.generation);";

constexpr std::string_view kCurrent = "SELECT name FROM wenming.generation";

std::string current(PostgresConnection& connection) {
  const auto cursor = connection.query(kCurrent, {});
  return cursor->next() ? std::string(domain::Row(*cursor).text(0)) : std::string(kFirst);
}

}  // namespace

void PostgresDatabases::check(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconninfoParse(url.c_str(), nullptr),
                                                                               PQconninfoFree);
  if (!options) throw std::invalid_argument("no URL of PostgreSQL");
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    // Of a password with a `/`, libpq would take what is before that for the port.
    if (option->val != nullptr && std::string_view(option->keyword) == "port" &&
        std::string_view(option->val).find_first_not_of("0123456789,") != std::string_view::npos)
      throw std::invalid_argument("no port");
  }
}

PostgresDatabases::PostgresDatabases(std::string url) : url_(std::move(url)) {}

std::string PostgresDatabases::url_of(const std::string& service) const {
  std::string url = url_;
  if (const auto at = url.find(kPlaceholder); at != std::string::npos) {
    do {
      url.replace(url.find(kPlaceholder), kPlaceholder.size(), service);
    } while (url.find(kPlaceholder) != std::string::npos);
    return url;
  }
  const std::size_t authority = url.find("://") + 3;
  const std::size_t parameters = std::min(url.find('?'), url.size());
  const std::size_t path = std::min(url.find('/', authority), parameters);
  if (parameters > path + 1) {
    throw std::runtime_error(
        "store.url names one database, but every service needs its own: write {service} into its name");
  }
  return url.substr(0, path) + "/wenming_" + service + url.substr(parameters);
}

std::string PostgresDatabases::generation(const std::string& service) const {
  PostgresConnection connection(url_of(service), PostgresConnection::Role::Writer);
  connection.migrate(kMakeTable);
  return current(connection);
}

std::unique_ptr<store::Engine> PostgresDatabases::open(const std::string& service,
                                                       const std::string& generation) const {
  auto connection = std::make_unique<PostgresConnection>(url_of(service), PostgresConnection::Role::Writer);
  store::hold_schema(*connection, generation);  // before it is there, so that nobody drops it in between
  connection->migrate(kAlone + "CREATE SCHEMA IF NOT EXISTS " + generation);
  return std::make_unique<store::PostgresEngine>(url_of(service), generation, counters_of(service),
                                                 std::move(connection));
}

PostgresDatabases::Counters PostgresDatabases::counters_of(const std::string& service) const {
  const std::lock_guard lock(mutex_);
  Counters& counters = counters_[service];
  if (!counters) counters = std::make_shared<store::PostgresCounters>();
  return counters;
}

std::optional<ConnectionCounts> PostgresDatabases::connections(const std::string& service) const {
  const Counters counters = counters_of(service);
  return ConnectionCounts{counters->opened, counters->failed};
}

std::unique_ptr<store::Engine> PostgresDatabases::open_existing(const std::string& service) const {
  PostgresConnection connection(url_of(service), PostgresConnection::Role::Reader);
  const auto cursor = connection.query("SELECT 1 FROM pg_tables WHERE schemaname = 'wenming'", {});
  if (!cursor->next()) return nullptr;
  return std::make_unique<store::PostgresEngine>(url_of(service), current(connection));
}

std::optional<std::string> PostgresDatabases::generation_seen(domain::ReadTx& tx) const {
  return tx.value<std::string>(kCurrent);
}

bool PostgresDatabases::rebuild_seen(domain::ReadTx& tx) const {
  static const std::string kClaims = fmt::format(
      "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
      "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
      "AND classid = CAST({} AS oid) AND objid = CAST(hashtext('{}') AS oid)",
      store::locks::kRebuilding, kClaim);
  return tx.value<std::int64_t>(kClaims).value_or(0) > 0;
}

std::unique_ptr<store::Leadership> PostgresDatabases::try_to_rebuild(const std::string& service) const {
  return store::try_to_lock(url_of(service), std::string(kClaim), store::locks::kRebuilding);
}

std::string PostgresDatabases::next_generation(const std::string& service) const {
  PostgresConnection connection(url_of(service), PostgresConnection::Role::Writer);
  const std::string now = current(connection);
  for (int number = 1;; ++number) {
    std::string name = fmt::format("generation_{}", number);
    if (name != now && remove(service, name)) return name;
  }
}

void PostgresDatabases::switch_to(const std::string& service, const std::string& generation) const {
  PostgresConnection connection(url_of(service), PostgresConnection::Role::Writer);
  const std::array<domain::Value, 1> name{domain::to_value(generation)};
  connection.execute("UPDATE wenming.generation SET name = $1", name);
}

bool PostgresDatabases::remove(const std::string& service, const std::string& generation) const {
  PostgresConnection connection(url_of(service), PostgresConnection::Role::Writer);
  if (!store::seize_schema(connection, generation)) return false;
  connection.migrate(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE;", generation));
  return true;
}

std::string PostgresDatabases::place() const {
  return core::without_secrets(url_);
}

}  // namespace wenming::runtime
