#include "hotline/webhook_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/id.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "hotline/webhooks.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using core::Timestamp;
using domain::Caller;
using domain::from_proto;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr int kMostReplayed = 10'000;
constexpr int kAtATime = 500;
constexpr int kAttemptsShown = 100;
constexpr std::string_view kTest = "webhook.test";
constexpr std::string_view kForgetting = "webhook-log";

constexpr std::string_view kColumns =
    "id, webhook_id, unit_id, type, case_id, sequence, state, created_at, next_attempt_at, attempts, attempted_at, "
    "status, duration_ms, error";

v1::WebhookDelivery require(ReadTx& tx, std::string_view id) {
  static const std::string kSelect =
      std::string("SELECT ").append(kColumns).append(" FROM webhook_deliveries WHERE id = $1");
  auto delivery = tx.find<v1::WebhookDelivery>(kSelect, id);
  if (!delivery) throw domain::not_found("webhook_delivery");
  return *std::move(delivery);
}

/// With body and attempts.
v1::WebhookDelivery whole(ReadTx& tx, std::string_view id) {
  v1::WebhookDelivery delivery = require(tx, id);
  for (const domain::Row& row : tx.query("SELECT event FROM webhook_deliveries WHERE id = $1", id))
    delivery.set_body(
        webhook_sending::body_of(tx.offset(), delivery.type(), from_proto(delivery.created_at()), row.blob(0)));
  for (const domain::Row& row :
       tx.query("SELECT number, attempted_at, status, duration_ms, error FROM webhook_attempts WHERE delivery_id = $1 "
                "ORDER BY number DESC LIMIT $2",
                id, kAttemptsShown))
    row.fill(*delivery.add_attempt_log());
  std::reverse(delivery.mutable_attempt_log()->begin(), delivery.mutable_attempt_log()->end());
  return delivery;
}

void wait_again(Tx& tx, std::string_view id) {
  tx.run("UPDATE webhook_deliveries SET state = 'PENDING', waits_since = $2, next_attempt_at = $2 WHERE id = $1", id,
         tx.now());
}

void forget(Tx& tx, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    tx.run("DELETE FROM webhook_attempts WHERE delivery_id = $1", id);
    tx.run("DELETE FROM webhook_deliveries WHERE id = $1", id);
  }
}

std::vector<std::string> ids_of(domain::Rows rows) {
  std::vector<std::string> ids;
  for (const domain::Row& row : rows) ids.emplace_back(row.text(0));
  return ids;
}

}  // namespace

namespace webhook_log {

std::optional<Scope> scope(ReadTx& tx, std::string_view id) {
  auto unit = tx.value<std::string>("SELECT unit_id FROM webhook_deliveries WHERE id = $1", id);
  if (!unit) return std::nullopt;
  return Scope{.unit_id = *std::move(unit), .user_id = {}};
}

std::int64_t waiting(ReadTx& tx, std::string_view webhook_id) {
  return tx
      .value<std::int64_t>("SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'PENDING'",
                           webhook_id)
      .value_or(0);
}

void add_attempt(Tx& tx, std::string_view delivery_id, int number, Timestamp attempted_at,
                 const webhooks::Attempt& attempt) {
  tx.run(
      "INSERT INTO webhook_attempts (delivery_id, number, attempted_at, status, duration_ms, error) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      delivery_id, number, attempted_at, attempt.status == 0 ? domain::Value() : domain::to_value(attempt.status),
      attempt.duration.count(), attempt.error);
}

v1::WebhookDelivery get(ReadTx& tx, const Caller&, const v1::GetWebhookDeliveryRequest& request) {
  return whole(tx, request.webhook_delivery_id());
}

v1::ListWebhookDeliveriesResponse list(ReadTx& tx, const Visibility& visible,
                                       const v1::ListWebhookDeliveriesRequest& request) {
  return List("webhook_deliveries", kColumns)
      .visible_by("unit_id")
      .equal("webhook_id", request.webhook_id())
      .equal("case_id", request.case_id())
      .equal("state", request.state())
      .on_days("created_at", tx.offset(), request.from(), request.to())
      .order_by("created_at", List::Descending)
      .page<v1::ListWebhookDeliveriesResponse>(tx, visible, request);
}

void keep_short(Tx& tx) {
  if (tx.value<std::int64_t>("SELECT 1 FROM webhooks LIMIT 1")) return;  // it does, since the first one
  tx.schedule(kForgetting, tx.now() + std::chrono::hours(1), v1::RemoveOldDeliveries());
}

void remove_all_of(Tx& tx, std::string_view webhook_id) {
  v1::RemoveDeliveriesOf timer;
  timer.set_webhook_id(std::string(webhook_id));
  tx.schedule("webhook-remove:" + timer.webhook_id(), tx.now(), timer);
}

void remove_of(Tx& tx, const v1::RemoveDeliveriesOf& timer) {
  const auto ids = ids_of(
      tx.query("SELECT id FROM webhook_deliveries WHERE webhook_id = $1 LIMIT $2", timer.webhook_id(), kAtATime));
  forget(tx, ids);
  if (ids.size() == kAtATime) remove_all_of(tx, timer.webhook_id());
}

}  // namespace webhook_log

WebhookLog::WebhookLog(core::Settings& settings, std::shared_ptr<const WebhookSending> sending)
    : kept_(24 * settings.integer("hotline.webhook_log_days", 30, 1, 3650,
                                  "How long is kept what has become of the deliveries of webhooks.")),
      sending_(std::move(sending)) {}

v1::WebhookDelivery WebhookLog::replay(Tx& tx, const Caller& caller,
                                       const v1::ReplayWebhookDeliveryRequest& request) const {
  const v1::WebhookDelivery delivery = require(tx, request.webhook_delivery_id());
  const v1::Webhook webhook = require_webhook(tx, delivery.webhook_id());
  require_webhook_manager(tx, caller, webhook);
  if (delivery.state() == v1::WEBHOOK_DELIVERY_STATE_PENDING) throw Refusal(v1::PROBLEM_DELIVERY_WAITS);
  wait_again(tx, delivery.id());
  if (webhook.enabled()) webhook_sending::wake(tx, webhook.id());
  return whole(tx, delivery.id());
}

v1::ReplayWebhookResponse WebhookLog::replay_all(Tx& tx, const Caller& caller,
                                                 const v1::ReplayWebhookRequest& request) const {
  const v1::Webhook webhook = require_webhook(tx, request.webhook_id());
  require_webhook_manager(tx, caller, webhook);
  v1::ReplayDeliveries timer;
  timer.set_webhook_id(webhook.id());
  timer.set_from(from_proto(request.from()).micros());
  timer.set_to(request.has_to() ? from_proto(request.to()).micros() : tx.now().micros() + 1);
  timer.set_only_failed(request.only_failed());
  const auto count = tx.value<std::int64_t>(
      "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE webhook_id = $1 AND created_at >= $2 "
      "AND created_at < $3 AND case_id <> '' AND (state = 'FAILED' OR (state = 'DELIVERED' AND NOT $4)) LIMIT $5) AS "
      "found",
      webhook.id(), timer.from(), timer.to(), timer.only_failed(), kMostReplayed + 1);
  if (count > kMostReplayed) throw Refusal(v1::PROBLEM_REPLAY_TOO_MANY, {{"limit", std::to_string(kMostReplayed)}});
  if (count > 0) tx.schedule("webhook-replay:" + tx.new_id(), tx.now(), timer);
  v1::ReplayWebhookResponse response;
  response.set_count(static_cast<int>(count.value_or(0)));
  return response;
}

void WebhookLog::replay_some(Tx& tx, const v1::ReplayDeliveries& timer) const {
  struct Found {
    std::string id;
    Timestamp created_at;
    bool again;
  };
  std::vector<Found> found;
  for (const domain::Row& row :
       tx.query("SELECT id, created_at, state, case_id FROM webhook_deliveries WHERE webhook_id = $1 "
                "AND created_at >= $2 AND created_at < $3 AND (created_at > $2 OR id > $4) ORDER BY created_at, id "
                "LIMIT $5",
                timer.webhook_id(), timer.from(), timer.to(), timer.after_id(), kAtATime)) {
    const bool failed = row.text(2) == "FAILED";
    const bool again = !row.text(3).empty() && (failed || (row.text(2) == "DELIVERED" && !timer.only_failed()));
    found.push_back({std::string(row.text(0)), row.timestamp(1), again});
  }
  for (const Found& one : found) {
    if (one.again) wait_again(tx, one.id);
  }
  if (tx.value<std::int64_t>("SELECT 1 FROM webhooks WHERE id = $1 AND enabled", timer.webhook_id()))
    webhook_sending::wake(tx, timer.webhook_id());
  if (found.size() < kAtATime) return;
  v1::ReplayDeliveries rest = timer;
  rest.set_from(found.back().created_at.micros());
  rest.set_after_id(found.back().id);
  tx.schedule("webhook-replay:" + tx.new_id(), tx.now(), rest);
}

void WebhookLog::remove_old(Tx& tx, const v1::RemoveOldDeliveries& timer) const {
  const auto ids =
      ids_of(tx.query("SELECT id FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2",
                      tx.now() - kept_, kAtATime));
  forget(tx, ids);
  const bool more = ids.size() == kAtATime;
  if (!more && !tx.value<std::int64_t>("SELECT 1 FROM webhooks LIMIT 1")) return;  // the next first one begins anew
  tx.schedule(kForgetting, tx.now() + (more ? std::chrono::seconds(1) : std::chrono::seconds(3600)), timer);
}

WebhookLog::Tested WebhookLog::send_test(domain::Reader& reader, const Caller& caller,
                                         const v1::TestWebhookRequest& request) const {
  struct Before {
    webhooks::Endpoint endpoint;
    std::string body;
  };
  core::SystemRandom random;
  Tested tested{.id = core::IdGenerator(random).next(reader.now()), .at = reader.now(), .attempt = {}};
  Before before = reader.read([&](ReadTx& tx) {
    const v1::Webhook webhook = require_webhook(tx, request.webhook_id());
    require_webhook_manager(tx, caller, webhook);
    return Before{endpoint_of(tx, webhook), webhook_sending::body_of(tx.offset(), kTest, tested.at, {})};
  });
  before.endpoint.timeout = sending_->timeout();
  tested.attempt =
      webhooks::send(reader.outgoing(), before.endpoint, {.id = tested.id, .body = before.body}, tested.at);
  return tested;
}

v1::WebhookDelivery WebhookLog::record_test(Tx& tx, const Caller&, const v1::TestWebhookRequest& request,
                                            const Tested& tested) const {
  const v1::Webhook webhook = require_webhook(tx, request.webhook_id());
  const bool taken = tested.attempt.result == webhooks::Attempt::Result::Taken;
  tx.run(
      "INSERT INTO webhook_deliveries (id, webhook_id, unit_id, type, case_id, sequence, event, state, created_at, "
      "waits_since, attempts, attempted_at, status, duration_ms, error) "
      "VALUES ($1, $2, $3, $4, '', 0, $5, $6, $7, $7, 1, $7, $8, $9, $10)",
      tested.id, webhook.id(), webhook.unit_id(), kTest, domain::Blob{},
      taken ? v1::WEBHOOK_DELIVERY_STATE_DELIVERED : v1::WEBHOOK_DELIVERY_STATE_FAILED, tested.at,
      tested.attempt.status == 0 ? domain::Value() : domain::to_value(tested.attempt.status),
      tested.attempt.duration.count(), tested.attempt.error);
  webhook_log::add_attempt(tx, tested.id, 1, tested.at, tested.attempt);
  return whole(tx, tested.id);
}

}  // namespace wenming::hotline
