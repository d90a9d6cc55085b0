#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/webhooks.pb.h"

namespace wenming::hotline {

/// The district, whose office has a webhook, and a receiver that answers what the test says: 200 at first.
class WebhookFixture : public HotlineFixture {
 protected:
  WebhookFixture() {
    grant("office", contract::v1::ROLE_OFFICE, "district");
    answer(200);
  }

  [[nodiscard]] static domain::Principal office() { return as("office"); }

  v1::WebhookWithSecret create_webhook(const std::function<void(v1::CreateWebhookRequest&)>& fill = {},
                                       const domain::Principal& by = office()) {
    v1::CreateWebhookRequest request;
    request.set_unit_id("district");
    request.set_name("市12345平台");
    request.set_url("https://12345.example/cases");
    if (fill) fill(request);
    return call<v1::WebhookWithSecret>("CreateWebhook", request, by);
  }
  v1::Webhook webhook(const std::string& id, const domain::Principal& by = office()) {
    v1::GetWebhookRequest request;
    request.set_webhook_id(id);
    return call<v1::Webhook>("GetWebhook", request, by);
  }
  template <class Request>
  v1::Webhook act_on(std::string_view rpc, const std::string& id, const domain::Principal& by = office()) {
    Request request;
    request.set_webhook_id(id);
    return call<v1::Webhook>(rpc, request, by);
  }
  std::vector<v1::WebhookDelivery> deliveries(const std::function<void(v1::ListWebhookDeliveriesRequest&)>& fill = {},
                                              const domain::Principal& by = office()) {
    v1::ListWebhookDeliveriesRequest request;
    if (fill) fill(request);
    const auto response = call<v1::ListWebhookDeliveriesResponse>("ListWebhookDeliveries", request, by);
    return {response.webhook_deliveries().begin(), response.webhook_deliveries().end()};
  }
  v1::WebhookDelivery delivery(const std::string& id) {
    v1::GetWebhookDeliveryRequest request;
    request.set_webhook_delivery_id(id);
    return call<v1::WebhookDelivery>("GetWebhookDelivery", request, office());
  }

  // The receiver.
  void answer(unsigned status) {
    outside().reply = [status](const domain::OutgoingRequest&) {
      return domain::OutgoingReply{.status = status, .headers = {}, .body = {}};
    };
  }
  void answer_nothing(domain::OutgoingError::Kind kind = domain::OutgoingError::Kind::Failed) {
    outside().reply = [kind](const domain::OutgoingRequest&) -> domain::OutgoingReply {
      throw domain::OutgoingError(kind, "no reply in time");
    };
  }
  /// The bodies that it was sent.
  std::vector<std::string> told() {
    std::vector<std::string> bodies;
    for (const auto& request : outside().asked()) bodies.push_back(request.body);
    return bodies;
  }
  /// The types and numbers of what it was sent: `case.receive 1`.
  std::vector<std::string> heard() {
    std::vector<std::string> all;
    for (const std::string& body : told()) {
      all.push_back(part(body, "\"type\":\"", '"') + " " + part(body, "\"sequence\":", ','));
    }
    return all;
  }
  static std::string part(const std::string& text, const std::string& before, char end) {
    const std::size_t from = text.find(before) + before.size();
    return text.substr(from, text.find(end, from) - from);
  }
  static std::string header(const domain::OutgoingRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return {};
  }
  /// Lets errands run that are due now.
  void settle() { advance(std::chrono::microseconds(1)); }
};

}  // namespace wenming::hotline
