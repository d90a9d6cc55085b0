#include "store/sqlite/archive.h"

#include "store/sqlite/connection.h"

namespace wenming::store {

std::unique_ptr<Connection> SqliteArchive::open_writer() {
  throw EngineError(EngineError::Kind::Mistake, path_ + " is kept as it is");
}

std::unique_ptr<Connection> SqliteArchive::open_reader() {
  return std::make_unique<SqliteConnection>(path_, SqliteConnection::Role::Archived, false);
}

}  // namespace wenming::store
