#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "events/event_source.h"
#include "events/handlers.h"
#include "store/store.h"

namespace wenming::events {

struct EventFault;
struct Mark;

struct ConsumerOptions {
  /// Events that are applied and committed together. Commands of the same service wait for one batch at most.
  std::size_t batch_events = 256;
  /// Pauses after faults grow from the first to the second.
  std::chrono::milliseconds first_pause{50};
  std::chrono::milliseconds longest_pause{5000};
  /// Reactions to reactions end here: an event with more hops goes to the dead letters.
  int hop_limit = 8;
  /// Open dead letters at which the consumer pauses, because something is wrong with more than a few events.
  std::int64_t dead_letter_limit = 10'000;
};

/// How one partition of one source stands; for metrics and `/readyz?verbose`.
struct ConsumerStatus {
  enum class State {
    Running,
    Pausing,  // a fault of the infrastructure; tries again for ever
    Stopped,  // the position does not fit the log; an operator has to decide
  };
  std::string source;
  int partition = 0;
  std::int64_t position = 0;
  std::optional<std::int64_t> head;  // nullopt: the log cannot be asked
  State state = State::Running;
  std::string error;  // of the pause or stop; empty while running

  /// Nullopt where it is not known.
  [[nodiscard]] std::optional<std::int64_t> lag() const;
};

/// `running`, `pausing`, `stopped`.
std::string_view name_of(ConsumerStatus::State state);

/// Applies the events of other services to one service's database.
///
/// One thread. It reads all partitions that it has, hands what it read to the store as one piece of work, and waits for
/// the commit. In that one transaction lie the effects, the new positions (moved only from where this consumer believes
/// them to be: the fence against a second consumer), and the dead letters. `events/README.md` argues why nothing is
/// lost or applied twice.
///
/// An event that is refused, cannot be decoded or trips over a fault of its function (std::logic_error) becomes a dead
/// letter; later events of its key park behind it. Everything else that goes wrong counts as infrastructure: the
/// consumer pauses and tries again, for ever, and says so in `status`.
///
/// The store and the sources outlive the consumer. `status` and `caught_up` may be called from any thread.
class Consumer {
 public:
  /// Takes those of the sources that the handlers have functions for.
  Consumer(store::Store& store, std::shared_ptr<const Handlers> handlers,
           std::span<const std::shared_ptr<EventSource>> sources, ConsumerOptions options = {});
  /// Stops.
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  void start();
  /// Finishes the batch that is under way. Call before the store's `stop`. Idempotent.
  void stop();

  [[nodiscard]] std::vector<ConsumerStatus> status() const;
  /// Everything that the sources held when the call began has been applied (or laid down as a dead letter). No where
  /// that is not known.
  [[nodiscard]] bool caught_up() const;

 private:
  struct Partition;
  struct Portion;
  struct Step;
  void run();
  bool advance();
  static std::vector<Portion> split_off_equal_hops(std::vector<Portion>& waiting);
  bool read(Partition& partition, std::size_t room, EventSource::Page& page);
  void load_mark(Partition& partition);
  void apply_in_turn(std::vector<Portion> portions);
  void apply(std::span<const Portion> portions);
  [[nodiscard]] Step step_through(const Portion& portion) const;
  void apply_together(std::span<const Step> steps);
  void handle(domain::Tx& tx, const Handlers::Batch& batch, const Partition& partition, const Record& event,
              bool letters_open) const;
  void lay_down_alone(const Step& step, const Record& event, const EventFault& fault);
  void moved(Partition& partition, const Mark& mark, bool written);
  void running(Partition& partition);
  void interrupted(Partition& partition, ConsumerStatus::State state, const std::string& error);

  store::Store& store_;
  const std::shared_ptr<const Handlers> handlers_;
  const ConsumerOptions options_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::size_t rounds_ = 0;
  mutable std::mutex mutex_;  // guards what `status` reads of the partitions
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace wenming::events
