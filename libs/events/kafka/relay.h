#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "events/event_source.h"
#include "events/kafka/options.h"
#include "store/store.h"

namespace wenming::events {

struct RelayStatus {
  bool leads = false;     // this process sends; otherwise another one does, or nobody can
  std::int64_t sent = 0;  // everything up to here is in the log, for certain; where another leads, half a second old
  std::int64_t head = 0;  // the newest row of the journal
  std::string error;      // why nothing is sent at the moment; empty while all is well

  [[nodiscard]] std::int64_t lag() const { return head > sent ? head - sent : 0; }
};

/// Sends the events of one service's journal to its topic, in the order of commits.
///
/// Of all processes that share the database, one leads (Leadership); the others wait to take over. The producer is
/// idempotent and waits for all replicas; it never gives a record up by itself. If one fails all the same, the producer
/// is thrown away with all that is under way, and sending begins anew after the last row before which everything was
/// acknowledged. That row is kept in the service's own database, a little behind; so after a fail-over some events are
/// sent twice, never out of order before one that they followed, and consumers know them by their sequence.
///
/// Nothing is passed over: in front of an event that the topic does not take, the relay stands and says so. It sends
/// nothing to a topic that is not the log of this journal (see `check_log`).
///
/// The store and the journal outlive the relay. Any thread may ask for the status.
class Relay {
 public:
  /// `journal` is the service's own journal with one partition.
  Relay(store::Store& store, std::shared_ptr<EventSource> journal, KafkaOptions options);
  /// Stops, after what was handed to the producer is acknowledged, at most some seconds.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  [[nodiscard]] RelayStatus status() const;

 private:
  class Sending;
  void run();
  void lead();
  void send(Sending& sending, store::Leadership& leadership, std::int64_t& stored);
  void check_log(std::int64_t kept) const;
  void keep(std::int64_t sent);
  [[nodiscard]] std::int64_t kept() const;
  void report(bool leads, std::int64_t sent, const std::string& error);

  store::Store& store_;
  const std::shared_ptr<EventSource> journal_;
  const KafkaOptions options_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::int64_t refused_ = 0;  // the furthest row that could not be sent, and why; of the thread
  std::string refusal_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;  // guards what follows
  RelayStatus status_;
  std::thread thread_;
};

}  // namespace wenming::events
