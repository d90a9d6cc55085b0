#pragma once

#include <memory>
#include <string>

#include "store/engine.h"

namespace wenming::store {

/// A PostgreSQL database, of version 15 or newer, in UTF-8 and with the collation "C": texts are compared byte by byte,
/// as SQLite does. Throws EngineError where it is another one, std::runtime_error where it does not fit.
class PostgresEngine final : public Engine {
 public:
  /// `url` is a libpq connection URI, or its `key=value` form; `schema` is where its tables are looked for and made.
  explicit PostgresEngine(std::string url, std::string schema = "public");

  std::unique_ptr<Connection> open_writer() override;
  std::unique_ptr<Connection> open_reader() override;
  std::unique_ptr<Leadership> try_to_lead() override;
  std::unique_ptr<Watch> watch(std::function<void()> changed) override;
  [[nodiscard]] std::string_view foreign_ending() const override { return ".sqlite.sql"; }
  [[nodiscard]] bool shared() const override { return true; }
  [[nodiscard]] bool takes_lanes() const override { return true; }

 private:
  const std::string url_, schema_;
};

}  // namespace wenming::store
