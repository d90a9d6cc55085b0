#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/databases.h"
#include "store/postgres/engine.h"

namespace wenming::runtime {

/// One PostgreSQL database per service, whose generations are schemas in it. Which of them serves stands in the table
/// `wenming.generation`. The databases must exist: making them is for those who run the server.
///
/// Whoever has a generation open holds a lock on its name (PostgresEngine), so that none is dropped that is in use.
class PostgresDatabases final : public Databases {
 public:
  /// A connection URI in which `{service}` stands for the service's name, as in `postgresql://db/wenming_{service}`.
  /// Without it, `wenming_` and the service's name are the name of the database.
  explicit PostgresDatabases(std::string url);
  /// Throws std::invalid_argument where libpq would not understand it, which would then repeat it whole: there may be a
  /// password in it.
  static void check(const std::string& url);

  [[nodiscard]] std::string generation(const std::string& service) const override;
  [[nodiscard]] std::unique_ptr<store::Engine> open(const std::string& service,
                                                    const std::string& generation) const override;
  [[nodiscard]] std::unique_ptr<store::Engine> open_existing(const std::string& service) const override;
  [[nodiscard]] bool shared() const override { return true; }
  [[nodiscard]] std::optional<std::string> generation_seen(domain::ReadTx& tx) const override;
  [[nodiscard]] bool rebuild_seen(domain::ReadTx& tx) const override;
  [[nodiscard]] std::unique_ptr<store::Leadership> try_to_rebuild(const std::string& service) const override;
  [[nodiscard]] std::string next_generation(const std::string& service) const override;
  void switch_to(const std::string& service, const std::string& generation) const override;
  bool remove(const std::string& service, const std::string& generation) const override;
  [[nodiscard]] std::optional<ConnectionCounts> connections(const std::string& service) const override;
  [[nodiscard]] std::string place() const override;

 private:
  using Counters = std::shared_ptr<store::PostgresCounters>;

  [[nodiscard]] std::string url_of(const std::string& service) const;
  [[nodiscard]] Counters counters_of(const std::string& service) const;

  const std::string url_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::map<std::string, Counters> counters_;
};

}  // namespace wenming::runtime
