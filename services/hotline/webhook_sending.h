#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "domain/reader.h"
#include "domain/tx.h"
#include "webhooks/sending.h"
#include "wenming/hotline/v1/events.pb.h"
#include "wenming/hotline/v1/timers.pb.h"
#include "wenming/hotline/v1/webhooks.pb.h"

/// How webhooks are told.
///
/// A step of a case leaves a delivery per webhook that asks for it, in its own transaction, and wakes the webhook's
/// sender if it sleeps: an errand. That is all that cases have to do with it. A sender is one errand per webhook, so
/// one delivery of a webhook is under way at a time, whatever the receiver does; and of all webhooks of a process no
/// more than `hotline.webhook_senders` send at a time, so errands of other kinds always find a thread. It sends up to
/// fifty deliveries, oldest first, and settles them together.
///
/// A delivery that fails is put off, and those of its case behind it wait for it; others go on. Two failures in a row,
/// and the receiver counts as failing: the sender pauses, longer each time, and then tries one delivery. Once that is
/// taken, it goes on with all of them.
namespace wenming::hotline {

namespace webhook_sending {

/// Leaves deliveries of what has just happened to a case.
void tell(domain::Tx& tx, const v1::CaseChanged& event);

/// Prepares the sender of a new webhook; it sleeps.
void begin(domain::Tx& tx, std::string_view webhook_id);
/// Has it look for deliveries that wait again.
void wake(domain::Tx& tx, std::string_view webhook_id);
/// Forgets that the receiver failed, and sends what waits.
void begin_anew(domain::Tx& tx, std::string_view webhook_id);
/// Takes the sender away.
void end(domain::Tx& tx, std::string_view webhook_id);

/// The body of a delivery; an empty event is that of a test.
std::string body_of(core::UtcOffset offset, std::string_view type, core::Timestamp created_at, std::string_view event);

}  // namespace webhook_sending

/// The errand. Every thread may call, each with its own transaction.
class WebhookSending {
 public:
  explicit WebhookSending(core::Settings& settings);

  /// What came of a run.
  struct Sent {
    struct Delivery {
      std::string id;
      int attempts = 0;
      core::Timestamp waits_since, attempted_at;
      webhooks::Attempt attempt;
    };
    bool had_place = true;
    bool more = false;           // may wait that were not even looked at
    bool full = false;           // more wait than are kept
    std::string newest;          // of those that waited; empty: none did
    std::vector<Delivery> done;  // in order
    int failures = 0;            // in a row, at the end
  };
  Sent run(domain::Reader& reader, const v1::SendWebhook& errand) const;
  void settle(domain::Tx& tx, const v1::SendWebhook& errand, const Sent& sent) const;

  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }

 private:
  /// When the errand runs again.
  struct Next {
    core::Timestamp due;
    bool asleep = false;  // a new delivery need not wait for that
  };
  /// Nullopt: when there is something new.
  [[nodiscard]] static std::optional<Next> next(domain::Tx& tx, std::string_view webhook_id, const Sent& sent,
                                                bool again);
  void keep_bounds(domain::Tx& tx, std::string_view webhook_id, const Sent& sent) const;

  std::chrono::milliseconds timeout_;
  std::chrono::hours retried_;
  std::int64_t backlog_;
  int senders_;
  mutable std::atomic<int> sending_ = 0;
};

}  // namespace wenming::hotline
