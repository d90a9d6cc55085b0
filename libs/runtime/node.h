#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "contract/contract.h"
#include "events/consumer.h"
#include "events/dead_letters.h"
#include "events/embedded/journal_source.h"
#include "events/kafka/relay.h"
#include "events/kafka/subscription.h"
#include "events/live.h"
#include "events/rebuild.h"
#include "runtime/alarm.h"
#include "runtime/databases.h"
#include "runtime/running_service.h"
#include "store/options.h"

namespace wenming::runtime {

/// What the nodes of a process share.
struct NodeSettings {
  const contract::Contract* contract = nullptr;
  const Databases* databases = nullptr;
  std::optional<events::KafkaOptions> kafka;  // absent: the services of this process read each other's journals
  store::StoreOptions store;                  // the observer is filled in per node
  std::size_t max_streams = 0;
  Alarm* alarm = nullptr;
  /// Runs work on a thread that may block; false if it cannot take more.
  std::function<bool(std::function<void()>)> background;
};

/// One service of this process with all that keeps it going: its store, the log that others read, the consumer that
/// reads theirs, its live streams. Made, started and stopped by the Application's thread; the rest may be called from
/// any.
class Node {
 public:
  Node(const domain::Service& table, NodeSettings settings, std::shared_ptr<store::Observer> observer);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] const std::string& name() const { return running_->name(); }
  [[nodiscard]] const std::shared_ptr<RunningService>& running() const { return running_; }
  /// Null for read models, which publish nothing.
  [[nodiscard]] const std::shared_ptr<events::JournalSource>& source() const { return source_; }

  /// Begins to consume: from Kafka, to which it also begins to send, or else from these journals, which outlive it.
  void consume(std::vector<std::shared_ptr<events::EventSource>> journals);
  void stop_consuming();
  /// Takes nothing more, answers what was taken, closes. After the HTTP server has gone.
  void stop();

  [[nodiscard]] std::vector<events::ConsumerStatus> consumers() const;
  /// Absent where nothing is sent to a log elsewhere.
  [[nodiscard]] std::optional<events::RelayStatus> relay() const;
  /// Why no events can be received; empty where all is well.
  [[nodiscard]] std::string reception_error() const;
  /// Whether the brokers answer; absent where none are asked.
  [[nodiscard]] std::optional<bool> kafka_answers() const;
  /// Absent where the database is in this process.
  [[nodiscard]] std::optional<ConnectionCounts> database_connections() const;
  [[nodiscard]] events::DeadLetters dead_letters() const;

  struct RebuildState {
    enum Phase { None, Running, Switched, Failed } phase = None;
    std::int64_t lag = 0;  // events still to be applied to the fresh copy
    std::string failure;
  };
  /// Refuses services that keep facts, and while another process rebuilds this one.
  [[nodiscard]] std::unique_ptr<store::Leadership> claim_rebuild() const;
  /// Starts to rebuild a read model on a thread of its own, unless that is under way.
  RebuildState start_rebuild(std::unique_ptr<store::Leadership> claim);
  [[nodiscard]] bool rebuilds() const;
  /// Of this process, or, without figures, of another; that one runs until this process serves its copy too.
  [[nodiscard]] RebuildState rebuild_state() const;

 private:
  std::shared_ptr<store::Store> open(const std::string& generation);
  std::shared_ptr<store::Store> open_current();
  [[nodiscard]] std::shared_ptr<const events::Handlers> make_handlers();
  void committed();
  void reload_calendar();
  void reload_calendar_later();
  void rebuild(std::shared_ptr<store::Leadership> claim, const std::stop_token& stop);
  [[nodiscard]] events::ReadModel build_copy(const std::string& generation,
                                             std::span<const std::shared_ptr<events::EventSource>> sources,
                                             const std::stop_token& stop, const std::function<void()>& check_claim);
  void switch_to(events::ReadModel fresh, const std::string& generation);
  void follow(const std::stop_token& stop);
  void follow_switch();
  [[nodiscard]] std::optional<std::string> generation_seen() const;
  [[nodiscard]] bool rebuild_seen() const;
  void wait_until_given_up() const;
  void serve(const std::shared_ptr<store::Store>& fresh);
  void consume_into(store::Store& fresh);
  void leave(std::shared_ptr<store::Store> old, const std::string& generation);

  const NodeSettings settings_;
  const std::shared_ptr<store::Observer> observer_;
  const std::shared_ptr<RunningService> running_;
  const std::shared_ptr<const events::Handlers> handlers_;
  std::mutex switching_;                        // held while one generation takes the place of another
  std::atomic<bool> calendar_changed_ = false;  // by an event of the batch under way
  std::shared_ptr<events::JournalSource> source_;
  std::shared_ptr<events::LiveHub> live_;
  std::unique_ptr<events::KafkaSubscription> subscription_;
  std::vector<std::shared_ptr<events::EventSource>> sources_;
  std::unique_ptr<events::Relay> relay_;

  mutable std::mutex mutex_;  // guards what follows
  std::string generation_;    // that serves here
  std::unique_ptr<events::Consumer> consumer_;
  RebuildState rebuild_;
  std::jthread rebuilder_;
  std::jthread follower_;  // of the generations that other processes switch to
};

}  // namespace wenming::runtime
