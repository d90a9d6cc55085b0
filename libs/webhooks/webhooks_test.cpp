#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "testing/outside.h"
#include "webhooks/sending.h"
#include "webhooks/signature.h"

namespace wenming::webhooks {
namespace {

using core::Timestamp;
using domain::OutgoingError;
using domain::OutgoingReply;
using domain::OutgoingRequest;
using ::testing::Contains;
using ::testing::Pair;
using namespace std::chrono_literals;

TEST(Signature, IsThatOfStandardWebhooks) {
  // The example of the specification.
  const std::array secrets{std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
  EXPECT_EQ(
      signature(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(1'614'265'330'000'000), R"({"test": 2432232314})"),
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, StandsOncePerSecret) {
  const std::array secrets{secret(std::string(kSecretBytes, 'a')), secret(std::string(kSecretBytes, 'b'))};
  const auto alone = [&](const std::string& one) { return signature(std::span(&one, 1), "id", Timestamp(0), "{}"); };
  EXPECT_EQ(signature(secrets, "id", Timestamp(0), "{}"), alone(secrets[0]) + " " + alone(secrets[1]));
  EXPECT_NE(alone(secrets[0]), alone(secrets[1]));
  EXPECT_THROW(alone("whsec_?"), std::invalid_argument);
  EXPECT_THROW(alone("YWJj"), std::invalid_argument);
}

class SendingTest : public ::testing::Test {
 protected:
  Attempt send_once() {
    return send(outside_.outgoing(), {.url = "https://receiver.example/hook", .secrets = {secret("some chance")}},
                {.id = "018f", .body = "{}"}, Timestamp(1'772'672'400'000'000));
  }
  Attempt answered(OutgoingReply reply) {
    outside_.reply = [reply = std::move(reply)](const OutgoingRequest&) { return reply; };
    return send_once();
  }

  testing::TestOutside outside_;
};

TEST_F(SendingTest, SendsJsonWithIdTimeAndSignature) {
  EXPECT_EQ(answered({.status = 204, .headers = {}, .body = {}}).result, Attempt::Result::Taken);
  const OutgoingRequest request = outside_.asked().at(0);
  EXPECT_EQ(request.verb, "POST");
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(request.address, OutgoingRequest::Address::Given);
  EXPECT_THAT(request.headers, Contains(Pair("Content-Type", "application/json")));
  EXPECT_THAT(request.headers, Contains(Pair("webhook-id", "018f")));
  EXPECT_THAT(request.headers, Contains(Pair("webhook-timestamp", "1772672400")));
  EXPECT_THAT(request.headers, Contains(Pair("webhook-signature", ::testing::StartsWith("v1,"))));
}

TEST_F(SendingTest, TellsWhatTheReceiverWants) {
  EXPECT_EQ(answered({.status = 500, .headers = {}, .body = {}}).result, Attempt::Result::Failed);
  EXPECT_EQ(answered({.status = 302, .headers = {}, .body = {}}).result, Attempt::Result::Failed);
  EXPECT_EQ(answered({.status = 410, .headers = {}, .body = {}}).result, Attempt::Result::Gone);
  const Attempt busy = answered({.status = 429, .headers = {{"Retry-After", "120"}}, .body = {}});
  EXPECT_EQ(busy.wait, 120s);
  EXPECT_EQ(busy.status, 429U);
  EXPECT_EQ(answered({.status = 503, .headers = {{"retry-after", "999999"}}, .body = {}}).wait, 1h);
  EXPECT_EQ(answered({.status = 503, .headers = {{"retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"}}, .body = {}}).wait,
            0s);
}

TEST_F(SendingTest, TellsWhyNoAnswerCame) {
  outside_.reply = [](const OutgoingRequest&) -> OutgoingReply {
    throw OutgoingError(OutgoingError::Kind::Failed, "no reply in time");
  };
  const Attempt late = send_once();
  EXPECT_EQ(late.result, Attempt::Result::Failed);
  EXPECT_EQ(late.status, 0U);
  EXPECT_EQ(late.error, "no reply in time");
  outside_.reply = [](const OutgoingRequest&) -> OutgoingReply {
    throw OutgoingError(OutgoingError::Kind::Forbidden, "not public");
  };
  EXPECT_EQ(send_once().result, Attempt::Result::Forbidden);
}

TEST(Waiting, GrowsToAnHour) {
  constexpr unsigned char kMiddle = 127;
  EXPECT_NEAR(static_cast<double>(wait_after(1, kMiddle).count()), 5e6, 1e5);
  EXPECT_NEAR(static_cast<double>(wait_after(4, kMiddle).count()), 135e6, 1e6);
  EXPECT_NEAR(static_cast<double>(wait_after(1000, kMiddle).count()), 3600e6, 1e7);
  EXPECT_EQ(wait_after(1, 0), 4s);
  EXPECT_EQ(wait_after(1, 255), 6s);
}

}  // namespace
}  // namespace wenming::webhooks
