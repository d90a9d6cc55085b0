#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/settings.h"
#include "domain/caller.h"
#include "domain/reader.h"
#include "domain/tx.h"
#include "domain/visibility.h"
#include "hotline/webhook_sending.h"
#include "webhooks/sending.h"
#include "wenming/hotline/v1/timers.pb.h"
#include "wenming/hotline/v1/webhooks.pb.h"

/// What has become of deliveries; sending them again; forgetting them.
namespace wenming::hotline {

namespace webhook_log {

std::optional<domain::Scope> scope(domain::ReadTx& tx, std::string_view id);
/// How many deliveries wait.
std::int64_t waiting(domain::ReadTx& tx, std::string_view webhook_id);
/// Writes down an attempt of a delivery.
void add_attempt(domain::Tx& tx, std::string_view delivery_id, int number, core::Timestamp attempted_at,
                 const webhooks::Attempt& attempt);

v1::WebhookDelivery get(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetWebhookDeliveryRequest& request);
v1::ListWebhookDeliveriesResponse list(domain::ReadTx& tx, const domain::Visibility& visible,
                                       const v1::ListWebhookDeliveriesRequest& request);

/// Has old deliveries removed from now on, if that does not happen yet.
void keep_short(domain::Tx& tx);
/// Has the deliveries of a webhook removed that is no more.
void remove_all_of(domain::Tx& tx, std::string_view webhook_id);
/// Its timer.
void remove_of(domain::Tx& tx, const v1::RemoveDeliveriesOf& timer);

}  // namespace webhook_log

/// What depends on settings. Immutable; every thread may ask, each with its own transaction.
class WebhookLog {
 public:
  WebhookLog(core::Settings& settings, std::shared_ptr<const WebhookSending> sending);

  v1::WebhookDelivery replay(domain::Tx& tx, const domain::Caller& caller,
                             const v1::ReplayWebhookDeliveryRequest& request) const;
  v1::ReplayWebhookResponse replay_all(domain::Tx& tx, const domain::Caller& caller,
                                       const v1::ReplayWebhookRequest& request) const;
  /// The timer of the latter.
  void replay_some(domain::Tx& tx, const v1::ReplayDeliveries& timer) const;
  /// The timer that forgets.
  void remove_old(domain::Tx& tx, const v1::RemoveOldDeliveries& timer) const;

  /// A test: sent at once, while the caller waits.
  struct Tested {
    std::string id;
    core::Timestamp at;
    webhooks::Attempt attempt;
  };
  Tested send_test(domain::Reader& reader, const domain::Caller& caller, const v1::TestWebhookRequest& request) const;
  v1::WebhookDelivery record_test(domain::Tx& tx, const domain::Caller& caller, const v1::TestWebhookRequest& request,
                                  const Tested& tested) const;

 private:
  std::chrono::hours kept_;
  std::shared_ptr<const WebhookSending> sending_;
};

}  // namespace wenming::hotline
