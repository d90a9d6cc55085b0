#include "hotline/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/webhook_fixture.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class WebhooksTest : public WebhookFixture {
 protected:
  v1::Webhook update(const std::string& id, const std::function<void(v1::UpdateWebhookRequest&)>& fill) {
    v1::UpdateWebhookRequest request;
    request.set_webhook_id(id);
    fill(request);
    return call<v1::Webhook>("UpdateWebhook", request, office(),
                             {.idempotency_key = {}, .if_match = webhook(id).version()});
  }
  v1::WebhookWithSecret rotate(const std::string& id, int overlap_hours) {
    v1::RotateWebhookSecretRequest request;
    request.set_webhook_id(id);
    request.set_overlap_hours(overlap_hours);
    return call<v1::WebhookWithSecret>("RotateWebhookSecret", request, office());
  }
  /// The signatures of the last message.
  std::string signature() { return header(outside().asked().back(), "webhook-signature"); }
  /// An API key of an intake system of the district.
  domain::Principal key(const std::string& id) {
    work([&](domain::Tx& tx) { reference::apply(tx, key_event(id)); });
    return {.user_id = {}, .session_id = {}, .key_hash = "hash of " + id};
  }
  identity::v1::ApiKeyChanged key_event(const std::string& id) {
    identity::v1::ApiKeyChanged event;
    event.set_api_key_id(id);
    event.set_key_hash("hash of " + id);
    event.set_role(contract::v1::ROLE_OPERATOR);
    event.set_unit_id("district");
    event.set_version(1);
    *event.mutable_expires_at() = domain::to_proto(now() + std::chrono::hours(1000));
    return event;
  }
};

TEST_F(WebhooksTest, ShowsItsSecretOnce) {
  const v1::WebhookWithSecret created = create_webhook();
  EXPECT_THAT(created.secret(), StartsWith("whsec_"));
  EXPECT_TRUE(created.webhook().enabled());
  EXPECT_EQ(webhook(created.webhook().id()).url(), "https://12345.example/cases");
  const v1::ListWebhooksResponse all =
      call<v1::ListWebhooksResponse>("ListWebhooks", v1::ListWebhooksRequest(), office());
  EXPECT_THAT(all.webhooks(), SizeIs(1));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM journal WHERE CAST(answer AS TEXT) LIKE '%whsec%'"), 0);
}

TEST_F(WebhooksTest, TellsOnlyWhatWasAskedFor) {
  create_webhook([](auto& request) {
    request.add_actions(v1::CASE_ACTION_ACCEPT);
    request.add_actions(v1::CASE_ACTION_DISPATCH);
    request.add_channels(v1::CHANNEL_SNAPSHOT);
  });
  const std::string id = create(snapshot("井盖松动")).id();
  accept(id);
  dispatch(id, "bureau");
  auto by_mail = snapshot("路灯不亮");
  by_mail.set_channel(v1::CHANNEL_WEB_MAILBOX);
  accept(create(by_mail).id());
  settle();
  EXPECT_THAT(heard(), ElementsAre("case.accept 2", "case.dispatch 3"));
}

TEST_F(WebhooksTest, TellsOnlyOfCasesThatItsOrganisationReceived) {
  create_webhook();
  auto elsewhere = snapshot("邻区的路灯");
  elsewhere.set_receiving_unit_id("neighbour");
  create(elsewhere);
  settle();
  EXPECT_THAT(told(), IsEmpty());
  auto below = snapshot("局里收到的");
  below.set_receiving_unit_id("bureau");
  create(below);
  settle();
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(WebhooksTest, IsRegisteredByTheOfficeOrByASystemButNotByAnAgent) {
  EXPECT_REFUSED("webhook_not_yours", create_webhook({}, agent()));
  EXPECT_REFUSED("not_allowed", create_webhook({}, liaison()));
  const domain::Principal platform = key("platform");
  const v1::Webhook theirs = create_webhook({}, platform).webhook();
  EXPECT_EQ(theirs.owner_id(), "key:platform");
  const v1::Webhook of_office = create_webhook().webhook();
  EXPECT_REFUSED("webhook_not_yours", act_on<v1::DisableWebhookRequest>("DisableWebhook", of_office.id(), platform));
  EXPECT_FALSE(act_on<v1::DisableWebhookRequest>("DisableWebhook", theirs.id(), platform).enabled());
  EXPECT_TRUE(act_on<v1::EnableWebhookRequest>("EnableWebhook", theirs.id()).enabled());
}

TEST_F(WebhooksTest, OfARevokedKeyAreSwitchedOff) {
  const v1::Webhook theirs = create_webhook({}, key("platform")).webhook();
  identity::v1::ApiKeyChanged revoked = key_event("platform");
  revoked.set_version(2);
  *revoked.mutable_revoked_at() = domain::to_proto(now());
  deliver(revoked);
  EXPECT_EQ(webhook(theirs.id()).stopped(), v1::WEBHOOK_STOP_KEY_REVOKED);
  create(snapshot("井盖松动"));
  settle();
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(WebhooksTest, AreBoundedAndBehindTls) {
  EXPECT_REFUSED("webhook_plain_http", create_webhook([](auto& r) { r.set_url("http://12345.example/cases"); }));
  for (int i = 0; i < 20; ++i) create_webhook();
  EXPECT_REFUSED("webhooks_too_many", create_webhook());
}

TEST_F(WebhooksTest, ChangesWhereAndWhatIsTold) {
  const std::string id = create_webhook([](auto& r) { r.add_actions(v1::CASE_ACTION_CLOSE); }).webhook().id();
  const v1::Webhook changed = update(id, [](auto& r) {
    r.set_url("https://other.example/");
    r.mutable_update_mask()->add_paths("actions");
  });
  EXPECT_THAT(changed.actions(), IsEmpty());
  create(snapshot("井盖松动"));
  settle();
  EXPECT_THAT(outside().asked(),
              ElementsAre(::testing::Field(&domain::OutgoingRequest::url, "https://other.example/")));
  EXPECT_REFUSED("webhook_plain_http", update(id, [](auto& r) { r.set_url("http://other.example/"); }));
}

TEST_F(WebhooksTest, SignsWithBothSecretsWhileTheReceiverChangesOver) {
  const std::string id = create_webhook().webhook().id();
  const auto one_more = [&] {
    create(snapshot("井盖松动"));
    settle();
    return signature();
  };
  const auto count = [](const std::string& signatures) {
    return std::count(signatures.begin(), signatures.end(), ',');
  };
  EXPECT_EQ(count(one_more()), 1);
  const v1::WebhookWithSecret rotated = rotate(id, 2);
  EXPECT_TRUE(rotated.webhook().has_old_secret_until());
  EXPECT_EQ(count(one_more()), 2);
  advance(std::chrono::hours(2));
  EXPECT_EQ(count(one_more()), 1);
  EXPECT_NE(rotate(id, 0).secret(), rotated.secret());
  EXPECT_EQ(count(one_more()), 1);
}

TEST_F(WebhooksTest, SaysAtOnceWhatCameOfATest) {
  const std::string id = create_webhook().webhook().id();
  act_on<v1::DisableWebhookRequest>("DisableWebhook", id);
  v1::TestWebhookRequest request;
  request.set_webhook_id(id);
  answer(503);
  const auto tested = call<v1::WebhookDelivery>("TestWebhook", request, office());
  EXPECT_EQ(tested.status(), 503);
  EXPECT_EQ(tested.state(), v1::WEBHOOK_DELIVERY_STATE_FAILED);
  EXPECT_EQ(told(), std::vector{tested.body()});
  EXPECT_EQ(tested.body(), R"({"type":"webhook.test","timestamp":"2026-03-05T09:00:00+08:00","sequence":0})");
  EXPECT_REFUSED("webhook_not_yours", call<v1::WebhookDelivery>("TestWebhook", request, agent()));
  EXPECT_EQ(deliveries().size(), 1U);
}

TEST_F(WebhooksTest, IsRemovedWithWhatWasKeptOfIt) {
  const std::string id = create_webhook().webhook().id();
  create(snapshot("井盖松动"));
  settle();
  ASSERT_THAT(deliveries(), SizeIs(1));
  act_on<v1::RemoveWebhookRequest>("RemoveWebhook", id);
  settle();
  EXPECT_REFUSED("not_found", webhook(id));
  EXPECT_THAT(deliveries(), IsEmpty());
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM webhook_attempts"), 0);
  create(snapshot("路灯不亮"));
  settle();
  EXPECT_THAT(told(), SizeIs(1));
}

}  // namespace
}  // namespace wenming::hotline
