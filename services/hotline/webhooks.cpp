#include "hotline/webhooks.h"

#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include "domain/list.h"
#include "domain/many.h"
#include "domain/refusal.h"
#include "hotline/webhook_log.h"
#include "hotline/webhook_sending.h"
#include "reference/reference.h"
#include "webhooks/signature.h"
#include "wenming/hotline/v1/problems.pb.h"
#include "wenming/hotline/v1/timers.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr int kMostOfOneOwner = 20;
constexpr int kUsualOverlapHours = 24;

constexpr std::string_view kFrom =
    "webhooks JOIN webhook_senders ON webhook_senders.webhook_id = webhooks.id "
    "JOIN webhook_secrets ON webhook_secrets.webhook_id = webhooks.id";
constexpr std::string_view kColumns =
    "webhooks.id AS id, unit_id, name, url, enabled, stopped, owner_id, created_at, version, "
    "old_until AS old_secret_until, failures, failing_since";

v1::WebhookFilter filter_of(const v1::Webhook& webhook) {
  v1::WebhookFilter filter;
  *filter.mutable_actions() = webhook.actions();
  *filter.mutable_channels() = webhook.channels();
  return filter;
}

/// Fills in what is told of webhooks that were read.
template <class Messages>
void add_filters(ReadTx& tx, Messages&& read) {
  static const auto kFilters = domain::Many::values("SELECT id, filter FROM webhooks WHERE id");
  std::vector<domain::Value> ids;
  std::map<std::string_view, v1::Webhook*> by_id;
  for (v1::Webhook& webhook : read) {
    ids.push_back(domain::to_value(webhook.id()));
    by_id.emplace(webhook.id(), &webhook);
  }
  kFilters.each(ids, [&](std::string_view sql, std::span<const domain::Value> values) {
    for (const domain::Row& row : tx.query_values(sql, values)) {
      v1::WebhookFilter filter;
      filter.ParseFromString(std::string(row.blob(1)));
      v1::Webhook& webhook = *by_id.at(row.text(0));
      webhook.mutable_actions()->Swap(filter.mutable_actions());
      webhook.mutable_channels()->Swap(filter.mutable_channels());
    }
  });
}

/// The webhook, whole, for somebody who may change it.
v1::Webhook require_managed(Tx& tx, const Caller& caller, std::string_view id) {
  v1::Webhook webhook = require_webhook(tx, id);
  require_webhook_manager(tx, caller, webhook);
  add_filters(tx, std::span(&webhook, 1));
  return webhook;
}

void store(Tx& tx, v1::Webhook& webhook) {
  webhook.set_version(webhook.version() + 1);
  tx.run("UPDATE webhooks SET name = $2, url = $3, filter = $4, enabled = $5, stopped = $6, version = $7 WHERE id = $1",
         webhook.id(), webhook.name(), webhook.url(), domain::Blob{filter_of(webhook).SerializeAsString()},
         webhook.enabled(), webhook.has_stopped() ? domain::to_value(webhook.stopped()) : domain::Value(),
         webhook.version());
}

std::string new_secret(Tx& tx) {
  return webhooks::secret(tx.random_bytes(webhooks::kSecretBytes));
}

}  // namespace

v1::Webhook require_webhook(ReadTx& tx, std::string_view id) {
  static const std::string kSelect =
      std::string("SELECT ").append(kColumns).append(" FROM ").append(kFrom).append(" WHERE webhooks.id = $1");
  auto webhook = tx.find<v1::Webhook>(kSelect, id);
  if (!webhook) throw domain::not_found("webhook");
  return *std::move(webhook);
}

void require_webhook_manager(ReadTx& tx, const Caller& caller, const v1::Webhook& webhook) {
  if (caller.id == webhook.owner_id()) return;
  if (!domain::holds_role(tx, caller, {contract::v1::ROLE_ADMIN, contract::v1::ROLE_OFFICE}, webhook.unit_id()))
    throw Refusal(v1::PROBLEM_WEBHOOK_NOT_YOURS);
}

std::optional<Scope> scope_of_webhook(ReadTx& tx, std::string_view id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM webhooks WHERE id = $1", id))
    return Scope{.unit_id = std::string(row.text(0)), .user_id = {}, .version = row.integer(1)};
  return std::nullopt;
}

webhooks::Endpoint endpoint_of(ReadTx& tx, const v1::Webhook& webhook) {
  webhooks::Endpoint endpoint{.url = webhook.url(), .secrets = {}};
  for (const domain::Row& row :
       tx.query("SELECT secret, old_secret, old_until FROM webhook_secrets WHERE webhook_id = $1", webhook.id())) {
    endpoint.secrets.emplace_back(row.text(0));
    if (!row.is_null(1) && row.timestamp(2) > tx.now()) endpoint.secrets.emplace_back(row.text(1));
  }
  return endpoint;
}

void stop_webhook(Tx& tx, std::string_view id, v1::WebhookStop why) {
  tx.run("UPDATE webhooks SET enabled = FALSE, stopped = $2, version = version + 1 WHERE id = $1 AND enabled", id, why);
}

v1::Webhook get_webhook(ReadTx& tx, const Caller&, const v1::GetWebhookRequest& request) {
  v1::Webhook webhook = require_webhook(tx, request.webhook_id());
  add_filters(tx, std::span(&webhook, 1));
  webhook.set_waiting(webhook_log::waiting(tx, webhook.id()));
  return webhook;
}

v1::ListWebhooksResponse list_webhooks(ReadTx& tx, const Visibility& visible, const v1::ListWebhooksRequest& request) {
  auto response = List(kFrom, kColumns)
                      .visible_by("unit_id")
                      .within("unit_id", request.unit_id())
                      .order_by("created_at", List::Descending, "webhooks.id")
                      .page<v1::ListWebhooksResponse>(tx, visible, request);
  add_filters(tx, *response.mutable_webhooks());
  return response;
}

v1::Webhook remove_webhook(Tx& tx, const Caller& caller, const v1::RemoveWebhookRequest& request) {
  v1::Webhook webhook = require_managed(tx, caller, request.webhook_id());
  webhook_sending::end(tx, webhook.id());
  tx.run("DELETE FROM webhooks WHERE id = $1", webhook.id());
  tx.run("DELETE FROM webhook_secrets WHERE webhook_id = $1", webhook.id());
  webhook_log::remove_all_of(tx, webhook.id());
  return webhook;
}

v1::Webhook enable_webhook(Tx& tx, const Caller& caller, const v1::EnableWebhookRequest& request) {
  v1::Webhook webhook = require_managed(tx, caller, request.webhook_id());
  if (webhook.enabled()) return webhook;
  webhook.set_enabled(true);
  webhook.clear_stopped();
  webhook.clear_failing_since();
  webhook.set_failures(0);
  store(tx, webhook);
  webhook_sending::begin_anew(tx, webhook.id());
  return webhook;
}

v1::Webhook disable_webhook(Tx& tx, const Caller& caller, const v1::DisableWebhookRequest& request) {
  v1::Webhook webhook = require_managed(tx, caller, request.webhook_id());
  if (!webhook.enabled()) return webhook;
  webhook.set_enabled(false);
  webhook.set_stopped(v1::WEBHOOK_STOP_BY_HAND);
  store(tx, webhook);
  return webhook;
}

v1::WebhookWithSecret rotate_webhook_secret(Tx& tx, const Caller& caller,
                                            const v1::RotateWebhookSecretRequest& request) {
  v1::WebhookWithSecret answer;
  v1::Webhook& webhook = *answer.mutable_webhook();
  webhook = require_managed(tx, caller, request.webhook_id());
  const int hours = request.has_overlap_hours() ? request.overlap_hours() : kUsualOverlapHours;
  answer.set_secret(new_secret(tx));
  webhook.clear_old_secret_until();
  if (hours > 0) *webhook.mutable_old_secret_until() = domain::to_proto(tx.now() + std::chrono::hours(hours));
  tx.run(
      "UPDATE webhook_secrets SET old_secret = CASE WHEN $3 THEN secret END, secret = $2, old_until = $4 "
      "WHERE webhook_id = $1",
      webhook.id(), answer.secret(), hours > 0,
      hours > 0 ? domain::to_value(webhook.old_secret_until()) : domain::Value());
  store(tx, webhook);
  return answer;
}

void webhook_key_changed(Tx& tx, const identity::v1::ApiKeyChanged& event) {
  if (!event.has_revoked_at()) return;
  tx.run("UPDATE webhooks SET enabled = FALSE, stopped = $2, version = version + 1 WHERE owner_id = $1 AND enabled",
         "key:" + event.api_key_id(), v1::WEBHOOK_STOP_KEY_REVOKED);
}

Webhooks::Webhooks(core::Settings& settings)
    : plain_http_(settings.flag("hotline.webhooks_plain_http", false,
                                "Whether webhooks may be sent without TLS, where anybody on the way can read them.")) {}

void Webhooks::require_url(const std::string& url) const {
  if (!plain_http_ && !url.starts_with("https://")) throw Refusal(v1::PROBLEM_WEBHOOK_PLAIN_HTTP);
}

v1::WebhookWithSecret Webhooks::create(Tx& tx, const Caller& caller, const v1::CreateWebhookRequest& request) const {
  reference::require_unit(tx, request.unit_id());
  require_url(request.url());
  v1::WebhookWithSecret answer;
  v1::Webhook& webhook = *answer.mutable_webhook();
  webhook.set_unit_id(request.unit_id());
  // People who only take cases in have no system that could be told.
  if (caller.user_id.empty()) webhook.set_owner_id(caller.id);
  require_webhook_manager(tx, caller, webhook);
  webhook.set_owner_id(caller.id);
  if (tx.value<std::int64_t>("SELECT COUNT(*) FROM webhooks WHERE owner_id = $1", caller.id) >= kMostOfOneOwner)
    throw Refusal(v1::PROBLEM_WEBHOOKS_TOO_MANY, {{"limit", std::to_string(kMostOfOneOwner)}});

  webhook_log::keep_short(tx);
  webhook.set_id(tx.new_id());
  webhook.set_name(request.name());
  webhook.set_url(request.url());
  *webhook.mutable_actions() = request.actions();
  *webhook.mutable_channels() = request.channels();
  webhook.set_enabled(true);
  *webhook.mutable_created_at() = domain::to_proto(tx.now());
  webhook.set_version(1);
  answer.set_secret(new_secret(tx));
  tx.run(
      "INSERT INTO webhooks (id, unit_id, name, url, filter, enabled, owner_id, created_at, version) "
      "VALUES ($1, $2, $3, $4, $5, TRUE, $6, $7, $8)",
      webhook.id(), webhook.unit_id(), webhook.name(), webhook.url(),
      domain::Blob{filter_of(webhook).SerializeAsString()}, webhook.owner_id(), webhook.created_at(),
      webhook.version());
  tx.run("INSERT INTO webhook_secrets (webhook_id, secret) VALUES ($1, $2)", webhook.id(), answer.secret());
  webhook_sending::begin(tx, webhook.id());
  return answer;
}

v1::Webhook Webhooks::update(Tx& tx, const Caller& caller, const v1::UpdateWebhookRequest& request) const {
  using google::protobuf::util::FieldMaskUtil;
  v1::Webhook webhook = require_managed(tx, caller, request.webhook_id());
  const bool moves = request.has_url() && request.url() != webhook.url();
  if (moves) require_url(request.url());
  if (request.has_url()) webhook.set_url(request.url());
  if (request.has_name()) webhook.set_name(request.name());
  if (FieldMaskUtil::IsPathInFieldMask("actions", request.update_mask()))
    *webhook.mutable_actions() = request.actions();
  if (FieldMaskUtil::IsPathInFieldMask("channels", request.update_mask()))
    *webhook.mutable_channels() = request.channels();
  if (moves) {
    webhook.clear_failing_since();
    webhook.set_failures(0);
  }
  store(tx, webhook);
  if (moves && webhook.enabled()) webhook_sending::begin_anew(tx, webhook.id());
  return webhook;
}

}  // namespace wenming::hotline
