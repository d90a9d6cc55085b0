#include "hotline/webhook_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/webhook_fixture.h"

namespace wenming::hotline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WebhookLogTest : public WebhookFixture {
 protected:
  v1::WebhookDelivery replay(const std::string& id, const domain::Principal& by = office()) {
    v1::ReplayWebhookDeliveryRequest request;
    request.set_webhook_delivery_id(id);
    return call<v1::WebhookDelivery>("ReplayWebhookDelivery", request, by);
  }
  int replay_all(core::Timestamp from, bool only_failed = false) {
    v1::ReplayWebhookRequest request;
    request.set_webhook_id(hook_);
    *request.mutable_from() = domain::to_proto(from);
    request.set_only_failed(only_failed);
    return call<v1::ReplayWebhookResponse>("ReplayWebhook", request, office()).count();
  }

  const std::string hook_ = create_webhook().webhook().id();
};

TEST_F(WebhookLogTest, KeepsWhatWasSentAndWhatCameOfIt) {
  const std::string id = create(snapshot("井盖松动")).id();
  settle();
  const v1::WebhookDelivery sent = delivery(deliveries().at(0).id());
  EXPECT_EQ(sent.type(), "case.receive");
  EXPECT_EQ(sent.case_id(), id);
  EXPECT_EQ(sent.sequence(), 1);
  EXPECT_EQ(sent.status(), 200);
  EXPECT_TRUE(sent.has_duration_ms());
  EXPECT_FALSE(sent.has_next_attempt_at());
  EXPECT_EQ(told(), std::vector{sent.body()});
  ASSERT_THAT(sent.attempt_log(), SizeIs(1));
  EXPECT_EQ(sent.attempt_log(0).number(), 1);
}

TEST_F(WebhookLogTest, IsFilteredByCaseStateWebhookAndDay) {
  const std::string first = create(snapshot("井盖松动")).id();
  settle();
  answer(500);
  advance(hours(24));
  create(snapshot("路灯不亮"));
  settle();
  EXPECT_THAT(deliveries(), SizeIs(2));
  EXPECT_THAT(deliveries([&](auto& r) { r.set_case_id(first); }), SizeIs(1));
  EXPECT_THAT(deliveries([](auto& r) { r.set_state(v1::WEBHOOK_DELIVERY_STATE_PENDING); }), SizeIs(1));
  EXPECT_THAT(deliveries([](auto& r) { r.set_webhook_id("other"); }), IsEmpty());
  EXPECT_THAT(deliveries([](auto& r) { r.set_to("2026-03-05"); }), SizeIs(1));
  EXPECT_THAT(deliveries({}, agent()), SizeIs(2));
  EXPECT_REFUSED("not_allowed", deliveries({}, liaison()));
}

TEST_F(WebhookLogTest, SendsOneAgain) {
  create(snapshot("井盖松动"));
  settle();
  const std::string id = deliveries().at(0).id();
  EXPECT_EQ(replay(id).state(), v1::WEBHOOK_DELIVERY_STATE_PENDING);
  EXPECT_REFUSED("delivery_waits", replay(id));
  advance(minutes(1));
  EXPECT_THAT(told(), SizeIs(2));
  EXPECT_EQ(delivery(id).attempts(), 2);
  EXPECT_EQ(header(outside().asked().at(0), "webhook-id"), header(outside().asked().at(1), "webhook-id"));
  EXPECT_REFUSED("webhook_not_yours", replay(id, agent()));
}

TEST_F(WebhookLogTest, SendsAStretchAgain) {
  create(snapshot("太早"));
  advance(hours(1));
  const core::Timestamp from = now();
  for (int i = 0; i < 3; ++i) create(snapshot("井盖松动"));
  settle();
  EXPECT_EQ(replay_all(from, true), 0);
  EXPECT_EQ(replay_all(from), 3);
  advance(minutes(1));
  EXPECT_THAT(told(), SizeIs(7));
  EXPECT_THAT(deliveries([](auto& r) { r.set_state(v1::WEBHOOK_DELIVERY_STATE_PENDING); }), IsEmpty());
}

TEST_F(WebhookLogTest, SendsMoreAgainThanInOnePiece) {
  const core::Timestamp from = now();
  for (int i = 0; i < 520; ++i) create(snapshot("井盖松动"));
  settle();
  ASSERT_EQ(told().size(), 520U);
  EXPECT_EQ(replay_all(from), 520);
  advance(minutes(1));
  EXPECT_EQ(told().size(), 1040U);
}

TEST_F(WebhookLogTest, IsKeptForThirtyDays) {
  create(snapshot("井盖松动"));
  settle();
  advance(hours(24 * 29));
  create(snapshot("路灯不亮"));
  EXPECT_THAT(deliveries(), SizeIs(2));
  advance(hours(26));
  EXPECT_THAT(deliveries(), SizeIs(1));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM webhook_attempts"), 1);
}

}  // namespace
}  // namespace wenming::hotline
