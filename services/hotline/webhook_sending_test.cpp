#include "hotline/webhook_sending.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/webhook_fixture.h"

namespace wenming::hotline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class WebhookSendingTest : public WebhookFixture {
 protected:
  /// Answers 500 to messages that hold this text, 200 to others.
  void answer_500_to(const std::string& part) {
    outside().reply = [part](const domain::OutgoingRequest& request) {
      const bool bad = request.body.find(part) != std::string::npos;
      return domain::OutgoingReply{.status = bad ? 500U : 200U, .headers = {}, .body = {}};
    };
  }

  const std::string hook_ = create_webhook().webhook().id();
};

TEST_F(WebhookSendingTest, TellsEveryStepInOrderWithoutThePerson) {
  auto request = snapshot("邻居噪音");
  request.set_complainant_phone("13800138000");
  request.set_complainant_name("某某某");
  const std::string id = create(request).id();
  accept(id);
  dispatch(id, "bureau");
  sign(id);
  settle();
  EXPECT_THAT(heard(), ElementsAre("case.receive 1", "case.accept 2", "case.dispatch 3", "case.sign 4"));
  EXPECT_THAT(told(), Each(AllOf(HasSubstr("\"case_id\":\"" + id + "\""), Not(HasSubstr("138")), Not(HasSubstr("某")),
                                 Not(HasSubstr("噪音")))));
  for (const auto& one : outside().asked()) EXPECT_EQ(one.address, domain::OutgoingRequest::Address::Given);
  EXPECT_EQ(webhook(hook_).waiting(), 0);
}

TEST_F(WebhookSendingTest, LeavesNothingOfARefusedStep) {
  const std::string id = create(snapshot("井盖松动")).id();
  EXPECT_REFUSED("case_state", close(id));
  settle();
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(WebhookSendingTest, SleepsAndWakes) {
  create(snapshot("井盖松动"));
  advance(minutes(10));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM errands"), 0);
  create(snapshot("路灯不亮"));
  settle();
  EXPECT_THAT(told(), SizeIs(2));
}

TEST_F(WebhookSendingTest, SendsTheSameAgainUntilItIsTaken) {
  answer(500);
  create(snapshot("井盖松动"));
  advance(seconds(30));
  ASSERT_GE(told().size(), 3U);
  answer(204);
  advance(minutes(10));
  const auto asked = outside().asked();
  for (const auto& one : asked) {
    EXPECT_EQ(header(one, "webhook-id"), header(asked.front(), "webhook-id"));
    EXPECT_EQ(one.body, asked.front().body);
  }
  const v1::WebhookDelivery taken = delivery(header(asked.front(), "webhook-id"));
  EXPECT_EQ(taken.state(), v1::WEBHOOK_DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(taken.attempts(), static_cast<int>(asked.size()));
  EXPECT_EQ(taken.attempt_log().at(0).status(), 500);
  EXPECT_EQ(taken.attempt_log().rbegin()->status(), 204);
  EXPECT_EQ(webhook(hook_).failures(), 0);
  EXPECT_FALSE(webhook(hook_).has_failing_since());
}

TEST_F(WebhookSendingTest, TriesOneAtATimeWhileTheReceiverFailsAndThenAllInOrder) {
  answer_nothing();
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(create(snapshot("案件" + std::to_string(i))).id());
    accept(ids.back());
  }
  advance(hours(1));
  const std::size_t tried = told().size();
  EXPECT_LT(tried, 20U) << "not twenty deliveries again and again";
  EXPECT_TRUE(webhook(hook_).has_failing_since());
  EXPECT_EQ(webhook(hook_).waiting(), 20);
  answer(200);
  advance(hours(2));
  EXPECT_EQ(webhook(hook_).waiting(), 0);
  const auto all = told();
  std::map<std::string, std::vector<std::string>> per_case;
  for (std::size_t i = tried; i < all.size(); ++i)
    per_case[part(all[i], "\"case_id\":\"", '"')].push_back(part(all[i], "\"sequence\":", ','));
  for (const std::string& id : ids) EXPECT_THAT(per_case[id], ElementsAre("1", "2")) << id;
}

TEST_F(WebhookSendingTest, HoldsBackACaseBehindADeliveryThatFailsAndNoOther) {
  answer_500_to("WEB_MAILBOX");
  auto by_mail = snapshot("坏的");
  by_mail.set_channel(v1::CHANNEL_WEB_MAILBOX);
  const std::string bad = create(by_mail).id();
  accept(bad);
  const std::string good = create(snapshot("好的")).id();
  accept(good);
  advance(seconds(2));
  EXPECT_THAT(heard(), ElementsAre("case.receive 1", "case.receive 1", "case.accept 2"));
  answer(200);
  advance(minutes(2));
  std::vector<std::string> of_bad;
  for (const std::string& body : told()) {
    if (body.find(bad) != std::string::npos) of_bad.push_back(part(body, "\"sequence\":", ','));
  }
  EXPECT_THAT(of_bad, ElementsAre("1", "1", "2"));
}

TEST_F(WebhookSendingTest, GivesUpADeliveryAfterThreeDaysAndGoesOnWithItsCase) {
  answer_500_to("\"sequence\":1,");
  const std::string bad = create(snapshot("坏的")).id();
  accept(bad);
  advance(hours(12));
  EXPECT_EQ(webhook(hook_).waiting(), 2);
  advance(hours(62));
  const auto all = deliveries();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at(1).state(), v1::WEBHOOK_DELIVERY_STATE_FAILED);
}

TEST_F(WebhookSendingTest, StopsAtAReceiverThatWantsNoMore) {
  answer(410);
  create(snapshot("井盖松动"));
  settle();
  EXPECT_EQ(webhook(hook_).stopped(), v1::WEBHOOK_STOP_GONE);
  create(snapshot("路灯不亮"));
  advance(hours(24));
  EXPECT_THAT(told(), SizeIs(1));
}

TEST_F(WebhookSendingTest, StopsAtAnAddressThatMayNotBeCalled) {
  answer_nothing(domain::OutgoingError::Kind::Forbidden);
  create(snapshot("井盖松动"));
  settle();
  EXPECT_EQ(webhook(hook_).stopped(), v1::WEBHOOK_STOP_ADDRESS_FORBIDDEN);
  EXPECT_EQ(deliveries().at(0).error(), "no reply in time");
}

TEST_F(WebhookSendingTest, StopsAfterThreeDaysOfFailuresAndGoesOnWhenSwitchedOn) {
  answer(500);
  create(snapshot("井盖松动"));
  advance(hours(70));
  accept(create(snapshot("路灯不亮")).id());
  EXPECT_TRUE(webhook(hook_).enabled());
  advance(hours(4));
  EXPECT_EQ(webhook(hook_).stopped(), v1::WEBHOOK_STOP_FAILING);
  EXPECT_EQ(webhook(hook_).waiting(), 2) << "what was not given up waits";
  answer(200);
  act_on<v1::EnableWebhookRequest>("EnableWebhook", hook_);
  settle();
  EXPECT_EQ(webhook(hook_).waiting(), 0);
}

TEST_F(WebhookSendingTest, LeavesTheReceiverAloneForAsLongAsItAsks) {
  outside().reply = [](const domain::OutgoingRequest&) {
    return domain::OutgoingReply{.status = 429, .headers = {{"Retry-After", "600"}}, .body = {}};
  };
  create(snapshot("井盖松动"));
  advance(minutes(9));
  EXPECT_THAT(told(), SizeIs(1));
  answer(200);
  advance(minutes(2));
  EXPECT_THAT(told(), SizeIs(2));
}

/// A service that keeps little for a webhook.
class WebhookBacklogTest : public testing::ServiceFixture {
 protected:
  WebhookBacklogTest() : ServiceFixture(&hotline::service, {{"hotline.webhook_backlog", "100"}}) {
    organisation("district");
    grant("office", contract::v1::ROLE_OFFICE, "district");
  }
};

TEST_F(WebhookBacklogTest, SwitchesOffWhereMoreWaitsThanIsKept) {
  v1::CreateWebhookRequest request;
  request.set_unit_id("district");
  request.set_name("市12345平台");
  request.set_url("https://12345.example/cases");
  const std::string id = call<v1::WebhookWithSecret>("CreateWebhook", request, as("office")).webhook().id();
  v1::CreateCaseRequest intake;
  intake.set_receiving_unit_id("district");
  intake.set_channel(v1::CHANNEL_SNAPSHOT);
  intake.set_kind(v1::CASE_KIND_COMPLAINT);
  intake.set_subject("井盖松动");
  for (int i = 0; i < 101; ++i) call<v1::Case>("CreateCase", intake, anonymous());
  advance(seconds(10));  // nobody is there
  v1::GetWebhookRequest get;
  get.set_webhook_id(id);
  const auto webhook = call<v1::Webhook>("GetWebhook", get, as("office"));
  EXPECT_EQ(webhook.stopped(), v1::WEBHOOK_STOP_BACKLOG);
  call<v1::Case>("CreateCase", intake, anonymous());
  EXPECT_EQ(call<v1::Webhook>("GetWebhook", get, as("office")).waiting(), 101);
}

}  // namespace
}  // namespace wenming::hotline
