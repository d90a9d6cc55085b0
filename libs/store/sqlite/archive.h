#pragma once

#include <string>

#include "store/engine.h"

namespace wenming::store {

/// A SQLite file that nobody writes any more, on a medium that perhaps cannot be written: read as it is, with nothing
/// made beside it.
class SqliteArchive final : public Engine {
 public:
  explicit SqliteArchive(std::string path) : path_(std::move(path)) {}

  /// Throws EngineError: it is not for writing.
  std::unique_ptr<Connection> open_writer() override;
  std::unique_ptr<Connection> open_reader() override;
  std::unique_ptr<Leadership> try_to_lead() override { return nullptr; }
  std::unique_ptr<Watch> watch(std::function<void()> /*changed*/) override { return nullptr; }
  [[nodiscard]] std::string_view foreign_ending() const override { return ".postgres.sql"; }
  [[nodiscard]] bool shared() const override { return false; }

 private:
  const std::string path_;
};

}  // namespace wenming::store
