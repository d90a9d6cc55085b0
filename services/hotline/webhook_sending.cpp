#include "hotline/webhook_sending.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "contract/json.h"
#include "domain/refusal.h"
#include "hotline/webhook_log.h"
#include "hotline/webhooks.h"

namespace wenming::hotline {

using core::Timestamp;
using domain::ReadTx;
using domain::Tx;

namespace {

constexpr int kMostInARun = 50;
constexpr std::chrono::seconds kLongestRun{20};
constexpr int kFailuresToPause = 2;
constexpr std::chrono::milliseconds kBusyWait{200};
// A receiver that takes this long for each delivery has others sent between its own.
constexpr std::chrono::seconds kSlowRun{5}, kPauseOfTheSlow{1};
// Processes number rows by clocks of their own, so one may have left a delivery that counts as older than those seen.
constexpr std::chrono::seconds kLookAgain{5};

std::string errand_of(std::string_view webhook_id) {
  return "webhook:" + std::string(webhook_id);
}

void send_errand(Tx& tx, std::string_view webhook_id, Timestamp due) {
  v1::SendWebhook errand;
  errand.set_webhook_id(std::string(webhook_id));
  tx.send_on_errand(errand_of(webhook_id), due, errand);
}

std::string type_of(v1::CaseAction action) {
  std::string type = "case.";
  for (const char c : domain::enum_word(action)) {
    type += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return type;
}

template <class Values, class E>
bool asks_for(const Values& values, E value) {
  return values.empty() || std::find(values.begin(), values.end(), static_cast<int>(value)) != values.end();
}

/// What a run has before it.
struct Queue {
  struct Delivery {
    WebhookSending::Sent::Delivery told;
    std::string case_id, body;
  };
  webhooks::Endpoint endpoint;
  int failures = 0;
  bool full = false;
  std::string newest;
  std::vector<Delivery> due;
};

/// Deliveries that are due and have none of their case before them that was put off, oldest first. The plus sign has it
/// go by the order of the ids.
constexpr std::string_view kDue =
    "SELECT id, case_id, type, created_at, event, attempts, waits_since FROM webhook_deliveries d "
    "WHERE webhook_id = $1 AND state = 'PENDING' AND +next_attempt_at <= $2 AND NOT EXISTS "
    "(SELECT 1 FROM webhook_deliveries ahead WHERE ahead.webhook_id = d.webhook_id AND ahead.case_id = d.case_id "
    "AND ahead.state = 'PENDING' AND ahead.sequence < d.sequence AND ahead.next_attempt_at > $2) ORDER BY id LIMIT $3";

std::optional<Queue> queue_of(ReadTx& tx, const std::string& webhook_id, std::int64_t backlog) {
  const auto scope = scope_of_webhook(tx, webhook_id);
  if (!scope) return std::nullopt;
  const v1::Webhook webhook = require_webhook(tx, webhook_id);
  if (!webhook.enabled()) return std::nullopt;
  Queue queue{
      .endpoint = endpoint_of(tx, webhook), .failures = webhook.failures(), .full = false, .newest = {}, .due = {}};
  queue.newest = tx.value<std::string>(
                       "SELECT id FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'PENDING' "
                       "ORDER BY id DESC LIMIT 1",
                       webhook_id)
                     .value_or("");
  queue.full = tx.value<std::int64_t>(
                     "SELECT 1 FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'PENDING' "
                     "ORDER BY id LIMIT 1 OFFSET $2",
                     webhook_id, backlog)
                   .has_value();
  for (const domain::Row& row : tx.query(kDue, webhook_id, tx.now(), kMostInARun)) {
    Queue::Delivery& delivery = queue.due.emplace_back();
    delivery.told.id = row.text(0);
    delivery.case_id = row.text(1);
    delivery.body = webhook_sending::body_of(tx.offset(), row.text(2), row.timestamp(3), row.blob(4));
    delivery.told.attempts = static_cast<int>(row.integer(5));
    delivery.told.waits_since = row.timestamp(6);
  }
  return queue;
}

/// One of those that may send at a time.
class Place {
 public:
  Place(std::atomic<int>& taken, int most) : taken_(taken), taken_here_(taken.fetch_add(1) < most) {}
  ~Place() { --taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  explicit operator bool() const { return taken_here_; }

 private:
  std::atomic<int>& taken_;
  const bool taken_here_;
};

/// The pause after so many failures in a row.
Timestamp after_failures(Tx& tx, int failures, std::chrono::seconds asked) {
  const auto chance = static_cast<unsigned char>(tx.random_bytes(1).at(0));
  return tx.now() + std::max<std::chrono::microseconds>(webhooks::wait_after(failures, chance), asked);
}

/// The delivery as the attempt leaves it.
void record(Tx& tx, const WebhookSending::Sent::Delivery& done, std::chrono::hours retried) {
  const int attempts = done.attempts + 1;
  const bool taken = done.attempt.result == webhooks::Attempt::Result::Taken;
  const Timestamp next = after_failures(tx, attempts, done.attempt.wait);
  const bool waits = !taken && next < done.waits_since + retried;
  const auto state = taken   ? v1::WEBHOOK_DELIVERY_STATE_DELIVERED
                     : waits ? v1::WEBHOOK_DELIVERY_STATE_PENDING
                             : v1::WEBHOOK_DELIVERY_STATE_FAILED;
  const bool stands = tx.run(
                          "UPDATE webhook_deliveries SET state = $2, next_attempt_at = $3, attempts = $4, attempted_at "
                          "= $5, status = $6, "
                          "duration_ms = $7, error = $8 WHERE id = $1",
                          done.id, state, waits ? domain::to_value(next) : domain::Value(), attempts, done.attempted_at,
                          done.attempt.status == 0 ? domain::Value() : domain::to_value(done.attempt.status),
                          done.attempt.duration.count(), done.attempt.error) == 1;
  if (stands) webhook_log::add_attempt(tx, done.id, attempts, done.attempted_at, done.attempt);
}

/// The receiver is well again: what was put off need not wait.
void hurry(Tx& tx, std::string_view webhook_id) {
  tx.run(
      "UPDATE webhook_deliveries SET next_attempt_at = $2 WHERE webhook_id = $1 AND state = 'PENDING' "
      "AND next_attempt_at > $2",
      webhook_id, tx.now());
}

}  // namespace

namespace webhook_sending {

std::string body_of(core::UtcOffset offset, std::string_view type, Timestamp created_at, std::string_view event) {
  v1::WebhookMessage message;
  message.set_type(std::string(type));
  *message.mutable_timestamp() = domain::to_proto(created_at);
  if (!event.empty()) {
    message.mutable_data()->ParseFromString(std::string(event));
    message.set_sequence(message.data().version());
  }
  std::string body;
  contract::write_json(message, body, {.offset = offset});
  return body;
}

void tell(Tx& tx, const v1::CaseChanged& event) {
  struct Asking {
    std::string id, unit_id;
    bool awake;
  };
  std::vector<Asking> asking;
  for (const domain::Row& row :
       tx.query("SELECT w.id, w.unit_id, w.filter, s.awake FROM organisation_ancestors a "
                "JOIN webhooks w ON w.unit_id = a.ancestor_id JOIN webhook_senders s ON s.webhook_id = w.id "
                "WHERE a.unit_id = $1 AND a.valid_from <= $2 AND a.valid_to > $2 AND w.enabled",
                event.receiving_unit_id(), core::to_text(tx.today()))) {
    v1::WebhookFilter filter;
    filter.ParseFromString(std::string(row.blob(2)));
    if (asks_for(filter.actions(), event.action()) && asks_for(filter.channels(), event.channel()))
      asking.push_back({std::string(row.text(0)), std::string(row.text(1)), row.boolean(3)});
  }
  if (asking.empty()) return;
  const std::string type = type_of(event.action());
  const std::string bytes = event.SerializeAsString();
  for (const Asking& one : asking) {
    tx.run(
        "INSERT INTO webhook_deliveries (id, webhook_id, unit_id, type, case_id, sequence, event, state, created_at, "
        "waits_since, next_attempt_at, attempts, error) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING', $8, $9, $9, 0, '')",
        tx.new_id(), one.id, one.unit_id, type, event.case_id(), event.version(), domain::Blob{bytes},
        event.changed_at(), tx.now());
    if (one.awake) continue;
    tx.run("UPDATE webhook_senders SET awake = TRUE WHERE webhook_id = $1", one.id);
    send_errand(tx, one.id, tx.now());
  }
}

void begin(Tx& tx, std::string_view webhook_id) {
  tx.run("INSERT INTO webhook_senders (webhook_id, awake, again, failures) VALUES ($1, FALSE, FALSE, 0)", webhook_id);
}

void wake(Tx& tx, std::string_view webhook_id) {
  // One that is awake may have looked already.
  tx.run("UPDATE webhook_senders SET again = TRUE WHERE webhook_id = $1 AND awake", webhook_id);
  if (tx.run("UPDATE webhook_senders SET awake = TRUE WHERE webhook_id = $1 AND NOT awake", webhook_id) == 1)
    send_errand(tx, webhook_id, tx.now());
}

void begin_anew(Tx& tx, std::string_view webhook_id) {
  tx.run(
      "UPDATE webhook_senders SET awake = TRUE, again = FALSE, failures = 0, failing_since = NULL "
      "WHERE webhook_id = $1",
      webhook_id);
  hurry(tx, webhook_id);
  send_errand(tx, webhook_id, tx.now());
}

void end(Tx& tx, std::string_view webhook_id) {
  tx.recall(errand_of(webhook_id));
  tx.run("DELETE FROM webhook_senders WHERE webhook_id = $1", webhook_id);
}

}  // namespace webhook_sending

WebhookSending::WebhookSending(core::Settings& settings)
    : timeout_(std::chrono::seconds(settings.integer("hotline.webhook_timeout_seconds", 10, 1, 60,
                                                     "How long the receiver of a webhook has to answer."))),
      retried_(settings.integer("hotline.webhook_retry_hours", 72, 1, 720,
                                "After so many hours of failures a delivery is given up, and a webhook switched off.")),
      backlog_(settings.integer("hotline.webhook_backlog", 100'000, 100, 10'000'000,
                                "A webhook for which more deliveries wait is switched off.")),
      senders_(static_cast<int>(
          settings.integer("hotline.webhook_senders", 2, 1, 3, "How many webhooks a process sends to at a time."))) {}

WebhookSending::Sent WebhookSending::run(domain::Reader& reader, const v1::SendWebhook& errand) const {
  Sent sent;
  const Place place(sending_, senders_);
  sent.had_place = static_cast<bool>(place);
  if (!sent.had_place) return sent;
  auto queue = reader.read([&](ReadTx& tx) { return queue_of(tx, errand.webhook_id(), backlog_); });
  if (!queue) return sent;
  queue->endpoint.timeout = timeout_;
  sent.newest = std::move(queue->newest);
  sent.failures = queue->failures;
  sent.full = queue->full;
  sent.more = queue->due.size() == kMostInARun;
  const auto begun = std::chrono::steady_clock::now();
  std::set<std::string> put_off;  // cases
  for (Queue::Delivery& delivery : queue->due) {
    if (put_off.contains(delivery.case_id)) continue;
    if (std::chrono::steady_clock::now() - begun > kLongestRun) {
      sent.more = true;
      break;
    }
    delivery.told.attempted_at = reader.now();
    delivery.told.attempt = webhooks::send(reader.outgoing(), queue->endpoint,
                                           {.id = delivery.told.id, .body = delivery.body}, reader.now());
    const auto result = delivery.told.attempt.result;
    sent.done.push_back(std::move(delivery.told));
    if (result == webhooks::Attempt::Result::Taken) {
      sent.failures = 0;
      continue;
    }
    put_off.insert(delivery.case_id);
    ++sent.failures;
    if (result != webhooks::Attempt::Result::Failed || sent.failures >= kFailuresToPause) break;
  }
  return sent;
}

void WebhookSending::settle(Tx& tx, const v1::SendWebhook& errand, const Sent& sent) const {
  const std::string& id = errand.webhook_id();
  if (!sent.had_place) return send_errand(tx, id, tx.now() + kBusyWait);
  bool again = false;
  int failures = 0;
  bool known = false;
  for (const domain::Row& row : tx.query("SELECT again, failures FROM webhook_senders WHERE webhook_id = $1", id)) {
    known = true;
    again = row.boolean(0);
    failures = static_cast<int>(row.integer(1));
  }
  if (!known) return;  // it was removed meanwhile
  for (const Sent::Delivery& done : sent.done) record(tx, done, retried_);
  if (!sent.done.empty()) {
    tx.run(
        "UPDATE webhook_senders SET failures = $2, failing_since = CASE WHEN $2 > 0 THEN "
        "COALESCE(failing_since, $3) END WHERE webhook_id = $1",
        id, sent.failures, sent.done.front().attempted_at);
  }
  const bool recovered = failures >= kFailuresToPause && !sent.done.empty() && sent.failures == 0;
  if (recovered) hurry(tx, id);
  keep_bounds(tx, id, sent);
  const auto then = next(tx, id, sent, again || recovered);
  tx.run("UPDATE webhook_senders SET awake = $2, again = FALSE WHERE webhook_id = $1", id, then && !then->asleep);
  if (then) send_errand(tx, id, then->due);
}

void WebhookSending::keep_bounds(Tx& tx, std::string_view webhook_id, const Sent& sent) const {
  using Result = webhooks::Attempt::Result;
  if (sent.done.empty()) return;
  const Result last = sent.done.back().attempt.result;
  if (last == Result::Gone) return stop_webhook(tx, webhook_id, v1::WEBHOOK_STOP_GONE);
  if (last == Result::Forbidden) return stop_webhook(tx, webhook_id, v1::WEBHOOK_STOP_ADDRESS_FORBIDDEN);
  if (sent.failures > 0) {
    const auto since =
        tx.value<Timestamp>("SELECT failing_since FROM webhook_senders WHERE webhook_id = $1", webhook_id);
    if (since && *since + retried_ <= tx.now()) return stop_webhook(tx, webhook_id, v1::WEBHOOK_STOP_FAILING);
  }
  if (sent.full) stop_webhook(tx, webhook_id, v1::WEBHOOK_STOP_BACKLOG);
}

std::optional<WebhookSending::Next> WebhookSending::next(Tx& tx, std::string_view webhook_id, const Sent& sent,
                                                         bool again) {
  if (!tx.value<std::int64_t>("SELECT 1 FROM webhooks WHERE id = $1 AND enabled", webhook_id)) return std::nullopt;
  if (!sent.done.empty() && sent.failures >= kFailuresToPause)
    return Next{after_failures(tx, sent.failures - 1, sent.done.back().attempt.wait)};
  std::chrono::milliseconds took{};
  for (const Sent::Delivery& done : sent.done) took += done.attempt.duration;
  const Timestamp soon = took > kSlowRun ? tx.now() + kPauseOfTheSlow : tx.now();
  if (again || sent.more) return Next{soon};
  const auto newer = tx.value<std::int64_t>(
      "SELECT 1 FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'PENDING' AND id > $2 LIMIT 1", webhook_id,
      sent.newest);
  if (newer) return Next{soon};
  const auto put_off = tx.value<Timestamp>(
      "SELECT next_attempt_at FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'PENDING' "
      "AND next_attempt_at > $2 ORDER BY next_attempt_at LIMIT 1",
      webhook_id, tx.now());
  if (!put_off && sent.newest.empty()) return std::nullopt;
  const Timestamp look_again = tx.now() + kLookAgain;
  return Next{put_off ? *put_off : look_again, true};
}

}  // namespace wenming::hotline
