#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "store/engine.h"

namespace wenming::store {

/// What goes wrong, and when; set by the test before or between commands, asked on the thread of whoever
/// writes. Each is given
/// the writer's real connection and may throw, as the database would.
struct Faults {
  std::function<void(Connection&)> at_begin = [](Connection&) {};
  std::function<void(Connection&, std::string_view sql)> at_execute = [](Connection&, std::string_view) {};
  std::function<void(Connection&)> at_commit = [](Connection&) {};
};

/// An engine whose writer fails as the test wishes. Readers are sound.
class FaultyEngine final : public Engine {
 public:
  FaultyEngine(std::unique_ptr<Engine> engine, std::shared_ptr<Faults> faults)
      : engine_(std::move(engine)), faults_(std::move(faults)) {}

  std::unique_ptr<Connection> open_writer() override;
  std::unique_ptr<Connection> open_reader() override { return engine_->open_reader(); }
  std::unique_ptr<Leadership> try_to_lead() override { return engine_->try_to_lead(); }
  std::unique_ptr<Watch> watch(std::function<void()> changed) override { return engine_->watch(std::move(changed)); }
  [[nodiscard]] std::string_view foreign_ending() const override { return engine_->foreign_ending(); }
  [[nodiscard]] bool shared() const override { return engine_->shared(); }
  [[nodiscard]] bool takes_lanes() const override { return engine_->takes_lanes(); }

 private:
  const std::unique_ptr<Engine> engine_;
  const std::shared_ptr<Faults> faults_;
};

}  // namespace wenming::store
