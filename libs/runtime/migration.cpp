#include "runtime/migration.h"

#include <fmt/format.h>

#include <stdexcept>

#include "core/clock.h"
#include "events/schema.h"
#include "store/copy.h"
#include "store/migrations.h"
#include "store/service_store.h"

namespace wenming::runtime {
namespace {

void migrate(const domain::Service& service, store::Engine& engine) {
  const auto connection = engine.open_writer();
  store::refuse_unfinished_copy(*connection);
  store::migrate(*connection, engine.foreign_ending(), schemas_of(service), core::SystemClock().now());
}

/// How many migrations of this program the database lacks.
std::size_t missing(const domain::Service& service, const Databases& databases) {
  const auto schemas = schemas_of(service);
  const auto engine = databases.open_existing(service.name());
  if (!engine) {
    std::size_t all = 0;
    for (const auto& schema : schemas) all += schema.files.size();
    return all;
  }
  const auto connection = engine->open_writer();
  store::refuse_unfinished_copy(*connection);
  return store::unapplied(*connection, engine->foreign_ending(), schemas).size();
}

}  // namespace

std::vector<store::MigrationSet> schemas_of(const domain::Service& service) {
  const auto events = events::schema();
  return store::schemas_of(service, {{"events", {events.begin(), events.end()}}});
}

void migrate(std::span<const domain::Service> services, const Databases& databases) {
  for (const domain::Service& service : services) {
    const std::string& name = service.name();
    naming(name, databases.place(), [&] {
      // Another process may switch a read model to a fresh copy meanwhile.
      std::string generation;
      do {
        generation = databases.generation(name);
        migrate(service, *databases.open(name, generation));
      } while (databases.generation(name) != generation);
    });
  }
}

void require_migrated(std::span<const domain::Service> services, const Databases& databases) {
  const std::string program = services.size() == 1 ? "wenming-" + services.front().name() : "wenming";
  for (const domain::Service& service : services) {
    naming(service.name(), databases.place(), [&] {
      if (const std::size_t count = missing(service, databases); count > 0)
        throw std::runtime_error(
            fmt::format("it lacks {} migrations of this version, which start no service: run `{} migrate` first; "
                        "but where a restore or a move was to fill it, run that again",
                        count, program));
    });
  }
}

}  // namespace wenming::runtime
