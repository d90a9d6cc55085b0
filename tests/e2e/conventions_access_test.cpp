// Signing in and out, and how soon every service knows what identity has decided.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <string>

#include "e2e/conventions_fixture.h"

namespace wenming::e2e {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Waits until the condition holds and prints how long that took. Services learn from identity by events, which come a
/// few milliseconds later by design.
template <class Condition>
bool soon(const char* what, Condition condition) {
  const auto begin = Clock::now();
  const bool held = eventually(condition, 10s);
  fmt::print("{}: {:.1f} ms\n", what, std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  return held;
}

TEST_F(ConventionsTest, MakeWhoeverGuessesPasswordsWait) {
  county_.user("somebody", county_.east);
  DirectClient client = county_.nobody();
  const auto sign_in = [&](std::string_view password) {
    return client.post("/v1/sessions", credentials_json("somebody", password));
  };
  const Answer wrong = sign_in("a wrong password");
  EXPECT_EQ(wrong.status, 401U);
  EXPECT_EQ(wrong.code(), "sign_in_failed");
  const Answer early = sign_in(SmallCounty::kPassword);
  EXPECT_EQ(early.status, 429U) << "even the right one has to wait";
  EXPECT_EQ(early.code(), "too_many");
  EXPECT_EQ(early.headers.get("Retry-After"), "1");
  EXPECT_TRUE(soon("sign-in delay", [&] { return sign_in(SmallCounty::kPassword).status == 201; }));
}

TEST_F(ConventionsTest, SayNothingAboutWhichAccountsThereAre) {
  const Answer unknown = county_.nobody().post("/v1/sessions", credentials_json("who-is-this", "a wrong password"));
  EXPECT_EQ(unknown.status, 401U);
  EXPECT_EQ(unknown.code(), "sign_in_failed");
}

TEST_F(ConventionsTest, EndASessionWhoseRefreshTokenIsUsedTwice) {
  county_.user("somebody", county_.east);
  const Answer first = county_.sign_in("somebody");
  const auto refresh = [&](const Answer& tokens) {
    return county_.nobody().post("/v1/sessions:refresh",
                                 fmt::format(R"({{"refresh_token":"{}"}})", tokens.text("/refresh_token")));
  };
  const Answer second = expect_success(refresh(first));
  EXPECT_NE(second.text("/refresh_token"), first.text("/refresh_token"));
  DirectClient client(server_.url(), second.text("/access_token"));
  EXPECT_EQ(client.get("/v1/me").status, 200U);

  const Answer stolen = refresh(first);
  EXPECT_EQ(stolen.status, 401U);
  EXPECT_EQ(stolen.code(), "refresh_token_reused");
  EXPECT_EQ(refresh(second).code(), "session_ended");
  EXPECT_EQ(client.get("/v1/me").status, 401U) << "identity knows at once";
  EXPECT_TRUE(soon("ended session in another service", [&] { return client.get("/v1/activities").status == 401; }));
}

TEST_F(ConventionsTest, LetNobodyInWithARevokedKey) {
  const Answer made = expect_success(county_.admin().post(
      "/v1/api-keys",
      fmt::format(R"({{"name":"k","role":"OFFICE","unit_id":"{}","expires_at":"{}"}})", county_.east, moment(1h))));
  DirectClient client(server_.url(), made.text("/secret"));
  const std::string overview = "/v1/dashboard/overview?unit_id=" + county_.east;
  EXPECT_TRUE(soon("new key in another service", [&] { return client.get("/v1/points").status == 200; }));
  EXPECT_TRUE(soon("new key on the dashboard", [&] { return client.get(overview).status == 200; }));
  EXPECT_EQ(client.get("/v1/organisations").status, 200U);

  expect_success(county_.admin().post(fmt::format("/v1/api-keys/{}:revoke", made.text("/api_key/id"))));
  EXPECT_EQ(client.get("/v1/organisations").status, 401U) << "identity knows at once";
  EXPECT_TRUE(soon("revoked key in another service", [&] { return client.get("/v1/points").status == 401; }));
  EXPECT_TRUE(soon("revoked key on the dashboard", [&] { return client.get(overview).status == 401; }))
      << "answers that are kept are not given to whoever lost their key";
}

TEST_F(ConventionsTest, FollowAnOrganisationThatMoves) {
  DirectClient west = county_.caller("OFFICE", county_.west);
  county_.settle();
  const std::string point =
      "/v1/points/" + expect_success(office_.post("/v1/points", point_json("p", county_.east_community))).text("/id");
  EXPECT_EQ(office_.get(point).status, 200U);
  EXPECT_EQ(west.get(point).status, 404U);

  expect_success(county_.admin().post(fmt::format("/v1/organisations/{}:move", county_.east_community),
                                      fmt::format(R"({{"parent_id":"{}"}})", county_.west)));
  EXPECT_TRUE(soon("moved organisation in another service", [&] { return west.get(point).status == 200; }));
  EXPECT_EQ(office_.get(point).status, 404U);
  EXPECT_EQ(total(west, "/v1/points"), 1);
  EXPECT_EQ(total(office_, "/v1/points"), 0);
}

TEST_F(ConventionsTest, KnowAFreshOrganisationEverywhere) {
  const std::string unit = county_.organisation("E7", county_.east, "COMMUNITY");
  EXPECT_TRUE(soon("fresh organisation in another service",
                   [&] { return office_.post("/v1/points", point_json("p", unit)).status == 201; }));
  EXPECT_TRUE(soon("fresh organisation on the dashboard",
                   [&] { return office_.get("/v1/dashboard/overview?unit_id=" + unit).status == 200; }));
}

}  // namespace
}  // namespace wenming::e2e
