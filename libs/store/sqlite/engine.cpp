#include "store/sqlite/engine.h"

#include <filesystem>

#include "store/sqlite/connection.h"

namespace wenming::store {
namespace {

std::string prepared(std::string path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder);
  return path;
}

}  // namespace

SqliteEngine::SqliteEngine(std::string path, bool durable)
    : path_(prepared(std::move(path))), durable_(durable), checkpointer_(path_, durable) {}

std::unique_ptr<Connection> SqliteEngine::open_writer() {
  auto connection = std::make_unique<SqliteConnection>(path_, SqliteConnection::Role::Writer, durable_);
  connection->watch([this](int pages) { checkpointer_.committed(pages); }, [this] { checkpointer_.ask(); });
  return connection;
}

std::unique_ptr<Connection> SqliteEngine::open_reader() {
  return std::make_unique<SqliteConnection>(path_, SqliteConnection::Role::Reader, durable_);
}

}  // namespace wenming::store
