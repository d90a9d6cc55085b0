#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/embedded_file.h"
#include "core/random.h"
#include "core/time.h"
#include "domain/key_ring.h"
#include "domain/outside.h"
#include "domain/tx.h"

namespace wenming::store {

/// Files of one schema, `0001_hours.sql` and so on, applied in the order of their numbers. The name keeps the numbers
/// of different sets apart: `store`, `reference`, the service.
struct MigrationSet {
  std::string name;
  std::vector<core::EmbeddedFile> files;
};

/// The bounds of one store. Reaching one refuses what comes next; nothing waits without an end.
struct Limits {
  std::size_t writer_queue = 4096;             // calls and pieces of work that wait for the writer
  std::size_t reader_queue = 1024;             // queries that wait for a reader
  std::size_t prepare_queue = 256;             // prepared methods that wait for their slow part
  std::size_t batch_size = 64;                 // what one commit may cover
  std::chrono::microseconds batch_time{5000};  // after which no more is taken into a commit
  std::chrono::milliseconds read_time{2000};   // of one read transaction
  unsigned lanes = 0;                          // writers beside the first, where the database takes them
  unsigned reader_threads = 2;
  unsigned prepare_threads = 2;
  std::size_t edge_queue = 64;                         // requests that wait for a thread of the edges
  unsigned edge_threads = 4;                           // where a service has edges
  unsigned errand_threads = 4;                         // errands under way at a time
  std::chrono::microseconds errand_time{600'000'000};  // after which one that did not come home is begun anew
};

/// Told what the store does, for metrics. Called on the store's threads; must not block or throw.
class Observer {
 public:
  virtual ~Observer() = default;
  /// A commit that answered `size` commands and pieces of work, while `waiting` more were queued.
  virtual void committed(std::size_t size, std::size_t waiting, std::chrono::microseconds running,
                         std::chrono::microseconds committing) = 0;
  /// A batch that the database lost or could not commit.
  virtual void batch_failed(std::size_t size) = 0;
  /// A timer that ran (or failed, and will run again) this long after its moment, or after it was scheduled for one
  /// that was past.
  virtual void timer_ran(bool succeeded, std::chrono::microseconds late) = 0;
  /// An errand that came home (or failed, and will be run again).
  virtual void errand_ran(bool succeeded) = 0;
};

/// What a store needs to be opened.
struct StoreOptions {
  std::shared_ptr<const core::Clock> clock = std::make_shared<core::SystemClock>();
  std::shared_ptr<core::RandomSource> random = std::make_shared<core::SystemRandom>();
  core::UtcOffset offset;
  /// Reads the working calendar of the deployment; absent: Monday to Friday, 09:00–12:00 and 13:30–17:30, with the
  /// statutory days that ship with the program.
  std::function<std::shared_ptr<const core::WorkingCalendar>(domain::ReadTx&)> calendar;
  /// Schemas beside those of the store, of the reference facts and of the service.
  std::vector<MigrationSet> schemas;
  Limits limits;
  std::shared_ptr<Observer> observer;  // may be null
  /// What opens personal data; absent where the service keeps none.
  std::shared_ptr<domain::Keys> keys;
  /// What slow work reaches beside the database; absent: nothing, and asking for it is a std::logic_error.
  std::shared_ptr<domain::Outside> outside;
};

}  // namespace wenming::store
