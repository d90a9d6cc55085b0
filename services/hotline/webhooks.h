#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "webhooks/sending.h"
#include "wenming/hotline/v1/webhooks.pb.h"
#include "wenming/identity/v1/events.pb.h"

/// Who is told what happens to cases, and where. How that is done: webhook_sending.h; what has become of it:
/// webhook_log.h.
namespace wenming::hotline {

/// Refuses (`not_found`) an id that no webhook has. Leaves out what is told and how much waits.
v1::Webhook require_webhook(domain::ReadTx& tx, std::string_view id);
/// Refuses (`webhook_not_yours`) callers who neither registered the webhook nor hold an office over it.
void require_webhook_manager(domain::ReadTx& tx, const domain::Caller& caller, const v1::Webhook& webhook);
std::optional<domain::Scope> scope_of_webhook(domain::ReadTx& tx, std::string_view id);
/// Where its deliveries go, and what they are signed with at this moment.
webhooks::Endpoint endpoint_of(domain::ReadTx& tx, const v1::Webhook& webhook);
/// Switches it off; nothing happens to one that is.
void stop_webhook(domain::Tx& tx, std::string_view id, v1::WebhookStop why);

v1::Webhook get_webhook(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetWebhookRequest& request);
v1::ListWebhooksResponse list_webhooks(domain::ReadTx& tx, const domain::Visibility& visible,
                                       const v1::ListWebhooksRequest& request);
v1::Webhook remove_webhook(domain::Tx& tx, const domain::Caller& caller, const v1::RemoveWebhookRequest& request);
v1::Webhook enable_webhook(domain::Tx& tx, const domain::Caller& caller, const v1::EnableWebhookRequest& request);
v1::Webhook disable_webhook(domain::Tx& tx, const domain::Caller& caller, const v1::DisableWebhookRequest& request);
v1::WebhookWithSecret rotate_webhook_secret(domain::Tx& tx, const domain::Caller& caller,
                                            const v1::RotateWebhookSecretRequest& request);
/// Those that a revoked key registered are switched off.
void webhook_key_changed(domain::Tx& tx, const identity::v1::ApiKeyChanged& event);

/// What depends on settings. Immutable; every thread may ask, each with its own transaction.
class Webhooks {
 public:
  explicit Webhooks(core::Settings& settings);

  /// Refused: people who hold no office over the unit (keys of intake systems may), addresses without TLS, more than 20
  /// of one owner.
  v1::WebhookWithSecret create(domain::Tx& tx, const domain::Caller& caller,
                               const v1::CreateWebhookRequest& request) const;
  v1::Webhook update(domain::Tx& tx, const domain::Caller& caller, const v1::UpdateWebhookRequest& request) const;

 private:
  void require_url(const std::string& url) const;

  bool plain_http_;
};

}  // namespace wenming::hotline
