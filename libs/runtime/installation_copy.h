#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "domain/service.h"
#include "runtime/databases.h"
#include "store/copy.h"
#include "store/snapshot.h"

namespace wenming::runtime {

/// The database of one service at one moment.
struct ServiceState {
  const domain::Service* service = nullptr;
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<store::Snapshot> snapshot;

  [[nodiscard]] const std::string& name() const { return service->name(); }
};

/// Of all these services, which outlive it. Throws std::runtime_error where one has no database.
std::vector<ServiceState> states_of(std::span<const domain::Service> services, const Databases& databases);

/// Copies all databases of an installation into those of another, as a whole: none of the copies can be served before
/// all are there and compared. Tells on standard error how far it is. Whoever is interrupted begins it again, and it
/// goes on. Throws std::runtime_error with what to do. One thread.
class InstallationCopy {
 public:
  /// Looks at the destination and changes nothing; refuses one that holds anything else. The states and the databases
  /// outlive the copy.
  InstallationCopy(std::span<ServiceState> from, const Databases& to);
  ~InstallationCopy();
  InstallationCopy(const InstallationCopy&) = delete;
  InstallationCopy& operator=(const InstallationCopy&) = delete;

  /// Whether an earlier attempt came to the end.
  [[nodiscard]] bool ended() const;
  /// … or so far that the first copies can be served.
  [[nodiscard]] bool begun_to_end() const;

  /// Copies and compares.
  void run();
  /// Makes the last changes to every copy and lets it be served.
  void end(const std::function<void(const std::string& service, store::Connection&)>& last_changes);
  /// On standard output: what there is, as counted on both sides.
  void print_counts() const;

 private:
  struct Part;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace wenming::runtime
