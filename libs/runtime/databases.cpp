#include "runtime/databases.h"

#include <stdexcept>
#include <string_view>

#include "runtime/data_directory.h"
#include "runtime/postgres_databases.h"

namespace wenming::runtime {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

bool names_postgres(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

}  // namespace

std::string checked_store_url(std::string_view url) {
  const bool sqlite = url.starts_with(kSqlite) && url.size() > kSqlite.size();
  if (!sqlite && !names_postgres(url)) throw std::invalid_argument("neither sqlite:FOLDER nor postgresql://…");
  if (!sqlite) PostgresDatabases::check(std::string(url));
  return std::string(url);
}

std::unique_ptr<Databases> open_databases(const std::string& url) {
  if (names_postgres(url)) return std::make_unique<PostgresDatabases>(url);
  return std::make_unique<DataDirectory>(url.substr(kSqlite.size()));
}

std::unique_ptr<const Databases> look_into_databases(const std::string& url) {
  if (names_postgres(url)) return std::make_unique<PostgresDatabases>(url);
  return std::make_unique<DataDirectory>(url.substr(kSqlite.size()), DataDirectory::Use::Look);
}

}  // namespace wenming::runtime
