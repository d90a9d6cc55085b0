#pragma once

#include <memory>
#include <string>

#include "store/engine.h"
#include "store/sqlite/checkpointer.h"

namespace wenming::store {

/// A SQLite file in WAL mode, with the thread that checkpoints it. Made, with its folder, where there is none. Without
/// `durable`, it is left to the operating system when bytes reach the disk: for tests and made data only.
class SqliteEngine final : public Engine {
 public:
  SqliteEngine(std::string path, bool durable);

  std::unique_ptr<Connection> open_writer() override;
  std::unique_ptr<Connection> open_reader() override;
  std::unique_ptr<Leadership> try_to_lead() override { return std::make_unique<SoleLeadership>(); }
  std::unique_ptr<Watch> watch(std::function<void()> /*changed*/) override { return nullptr; }
  [[nodiscard]] std::string_view foreign_ending() const override { return ".postgres.sql"; }
  [[nodiscard]] bool shared() const override { return false; }

 private:
  const std::string path_;
  const bool durable_;
  Checkpointer checkpointer_;
};

}  // namespace wenming::store
