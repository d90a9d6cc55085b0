#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "domain/tx.h"
#include "store/engine.h"
#include "store/leadership.h"

namespace wenming::runtime {

/// Connections to one database since the start.
struct ConnectionCounts {
  std::uint64_t opened = 0, failed = 0;
};

/// Where an installation keeps its facts: one database per service. A read model that is rebuilt has a copy beside the
/// one that serves; the two are generations of one database.
class Databases {
 public:
  virtual ~Databases() = default;

  /// The generation of the service's database that serves.
  [[nodiscard]] virtual std::string generation(const std::string& service) const = 0;
  /// Opens it, made where there is none.
  [[nodiscard]] virtual std::unique_ptr<store::Engine> open(const std::string& service,
                                                            const std::string& generation) const = 0;
  /// Null where the service has no database yet.
  [[nodiscard]] virtual std::unique_ptr<store::Engine> open_existing(const std::string& service) const = 0;

  /// Whether other processes may serve from it too, and switch generations.
  [[nodiscard]] virtual bool shared() const { return false; }
  /// The generation that serves, seen from a transaction in any of them; absent where no other process can switch.
  [[nodiscard]] virtual std::optional<std::string> generation_seen(domain::ReadTx& /*tx*/) const { return {}; }

  /// Whether a process rebuilds the service, seen from a transaction in its database; false where no other process can.
  [[nodiscard]] virtual bool rebuild_seen(domain::ReadTx& /*tx*/) const { return false; }

  /// That this process rebuilds the service, and no other; null where another does.
  [[nodiscard]] virtual std::unique_ptr<store::Leadership> try_to_rebuild(const std::string& service) const = 0;
  /// A generation that does not exist yet; left-overs of a rebuild that never ended are removed.
  [[nodiscard]] virtual std::string next_generation(const std::string& service) const = 0;
  /// Makes it the one that serves, durably.
  virtual void switch_to(const std::string& service, const std::string& generation) const = 0;
  /// Removes one that this process has not open any more; false where another process has. Throws std::runtime_error
  /// where it cannot.
  virtual bool remove(const std::string& service, const std::string& generation) const = 0;

  /// How it went to connect to the service's database; absent where it is in this process.
  [[nodiscard]] virtual std::optional<ConnectionCounts> connections(const std::string& /*service*/) const { return {}; }

  /// For people: where that is, without secrets.
  [[nodiscard]] virtual std::string place() const = 0;
};

/// Runs the body; what it throws says which database it is about.
template <class Body>
auto naming(const std::string& service, const std::string& place, Body body) {
  try {
    return body();
  } catch (const std::runtime_error& fault) {
    throw std::runtime_error(fmt::format("the database of {} in {}: {}", service, place, fault.what()));
  }
}

/// `sqlite:FOLDER`, one file per service, or `postgresql://…/NAME_{service}`, one database per service. Throws
/// std::invalid_argument for anything else.
std::string checked_store_url(std::string_view url);
/// Opens what such a URL names, to serve from it. Throws std::runtime_error where it cannot be used, as a folder that
/// another process serves from.
std::unique_ptr<Databases> open_databases(const std::string& url);
/// … to look into it while another process may serve from it.
std::unique_ptr<const Databases> look_into_databases(const std::string& url);

}  // namespace wenming::runtime
