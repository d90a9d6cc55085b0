#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "domain/service.h"
#include "store/methods.h"
#include "store/options.h"
#include "store/reader_pool.h"
#include "store/store.h"
#include "store/workers.h"

namespace wenming::store {

/// Runs a service's edges, on threads of their own: an edge waits for the commands that it calls, and whoever runs
/// those never waits for an edge. Owned by the store, whose parts outlive it; any thread may call.
class Edges {
 public:
  struct Parts {
    Store& store;
    const Methods& methods;
    const contract::Contract& contract;
    ReaderPool& pool;
    const Surroundings& surroundings;
    std::shared_ptr<domain::Outside> outside;
  };
  /// Without threads where the service has no edge.
  Edges(Parts parts, const domain::Service& service, const Limits& limits);

  bool submit(EdgeCall call, EdgeDone done);
  /// False: no room, or stopped.
  bool run(std::function<void()> job) { return workers_.submit(std::move(job)); }
  /// Finishes what waits, while all that edges call still runs. Idempotent.
  void stop() { workers_.stop(); }

 private:
  EdgeOutcome answer(EdgeCall& call) const;

  const Parts parts_;
  Workers workers_;
};

}  // namespace wenming::store
