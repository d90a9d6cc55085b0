#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "events/bell.h"
#include "store/store.h"

namespace wenming::events {

/// What a live stream has to do: render the newest state of its key and send it under this id.
struct LiveUpdate {
  std::string id;      // for `Last-Event-ID`
  bool reset = false;  // what the client has seen cannot be continued: tell it before sending the state
};

/// Tells open streams when the value of their key has changed (see `Tx::changed`): the source of Server-Sent Events.
///
/// One thread, woken after each commit, reads which keys moved and notifies their subscribers. A subscriber that is
/// slow gets the newest state only: updates are not queued, so memory is bounded by the number of subscribers. An id
/// names epoch and position of the change, equal on all replicas of a database.
///
/// Any thread may call. Notifiers run on the hub's thread and must not block. A notifier that is under way while its
/// subscription is destroyed on another thread still finishes, so it holds on to its stream weakly.
class LiveHub {
 public:
  /// One open stream. Destroying it unsubscribes.
  class Subscription {
   public:
    virtual ~Subscription() = default;
    /// What there is to send, if anything. Read the state after this call, so that it is at least as new as the id.
    virtual std::optional<LiveUpdate> take() = 0;
  };

  LiveHub(std::shared_ptr<store::Store> store, std::size_t max_subscriptions);
  /// Stops. Subscriptions may outlive the hub; they hear nothing more.
  ~LiveHub();
  LiveHub(const LiveHub&) = delete;
  LiveHub& operator=(const LiveHub&) = delete;

  /// To be called after each commit of the store (`Store::on_commit`); does not block.
  void committed() { bell_.ring(); }

  /// Opens a stream on a key. `last_event_id` is what the client saw last; empty for a first visit. The first
  /// notification comes at once unless the client is up to date; it asks for a reset if the id is unknown, newer than
  /// anything here, or of another epoch. Does not block. Throws Refusal `busy` at the bound of subscriptions.
  std::unique_ptr<Subscription> subscribe(std::string key, std::string_view last_event_id,
                                          std::function<void()> notify);

  /// Goes on with another copy of the database (a rebuilt read model): every stream is reset.
  void switch_to(std::shared_ptr<store::Store> store);

  [[nodiscard]] std::size_t subscriptions() const;

 private:
  class Entry;
  struct Registry;
  void run();
  void scan();

  const std::shared_ptr<Registry> registry_;
  Bell bell_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace wenming::events
