// What every client of the API may rely on, whatever the method: repeated requests, versions, problems, lists.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "e2e/conventions_fixture.h"

namespace wenming::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

/// The pointers that a problem names, each with its code.
std::vector<std::string> offences(const Answer& answer) {
  std::vector<std::string> found;
  const auto errors = answer.json.FindMember("errors");
  if (errors == answer.json.MemberEnd()) return found;
  for (const auto& error : errors->value.GetArray())
    found.push_back(fmt::format("{} {}", runtime::text_of(error, "pointer"), runtime::text_of(error, "code")));
  return found;
}

TEST_F(ConventionsTest, JudgeSecretsEachTimeWhateverTheKey) {
  const auto user = [&](std::string_view password) {
    const std::string body = fmt::format(R"({{"account":"zhou","display_name":"周","password":"{}","unit_id":"{}"}})",
                                         password, county_.east);
    return county_.admin().send("POST", "/v1/users", json_with_key("secret-1"), body);
  };
  EXPECT_EQ(user("the first long password").status, 201U);
  EXPECT_TRUE(user("the first long password").headers.has("Idempotency-Replayed"));
  EXPECT_EQ(user("another long password").code(), "idempotency_key_reused");

  DirectClient nobody = county_.nobody();
  const auto sign_in = [&](std::string_view password) {
    return nobody.send("POST", "/v1/sessions", json_with_key("secret-2"),
                       fmt::format(R"({{"account":"zhou","password":"{}"}})", password));
  };
  EXPECT_EQ(sign_in("the first long password").status, 201U);
  EXPECT_EQ(sign_in("another long password").status, 401U);
}

TEST_F(ConventionsTest, AnswerARepeatedRequestWithTheFirstAnswer) {
  const std::string body = point_json("market", county_.east);
  const Answer first = office_.send("POST", "/v1/points", json_with_key("key-1"), body);
  const Answer second = office_.send("POST", "/v1/points", json_with_key("key-1"), body);
  const Answer quoted = office_.send("POST", "/v1/points", json_with_key("\"key-1\""), body);
  EXPECT_EQ(first.status, 201U);
  EXPECT_FALSE(first.headers.has("Idempotency-Replayed"));
  for (const Answer* again : {&second, &quoted}) {
    EXPECT_EQ(again->status, 201U);
    EXPECT_EQ(again->body, first.body);
    EXPECT_EQ(again->headers.get("Idempotency-Replayed"), "true");
  }
  EXPECT_EQ(total(office_, "/v1/points"), 1);
}

TEST_F(ConventionsTest, RefuseAKeyThatWasUsedForAnotherRequest) {
  expect_success(office_.send("POST", "/v1/points", json_with_key("key-1"), point_json("market", county_.east)));
  const Answer other = office_.send("POST", "/v1/points", json_with_key("key-1"), point_json("park", county_.east));
  EXPECT_EQ(other.status, 422U);
  EXPECT_EQ(other.code(), "idempotency_key_reused");
  EXPECT_EQ(total(office_, "/v1/points"), 1);
}

TEST_F(ConventionsTest, DoOnceWhatArrivesSeveralTimesTogether) {
  constexpr int kClients = 8;
  constexpr int kRounds = 10;
  std::vector<std::vector<Answer>> answers(kClients);
  {
    std::vector<std::jthread> clients;
    for (auto& mine : answers)
      clients.emplace_back([&] {
        DirectClient client(server_.url(), office_.token());
        for (int round = 0; round < kRounds; ++round)
          mine.push_back(client.send("POST", "/v1/points", json_with_key(fmt::format("round-{}", round)),
                                     point_json(fmt::format("point {}", round), county_.east)));
      });
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::set<std::string> bodies;
    int first = 0;
    for (const auto& mine : answers) {
      EXPECT_EQ(mine[round].status, 201U) << mine[round].body;
      bodies.insert(mine[round].body);
      if (!mine[round].headers.has("Idempotency-Replayed")) ++first;
    }
    EXPECT_EQ(bodies.size(), 1U);
    EXPECT_EQ(first, 1);
  }
  EXPECT_EQ(total(office_, "/v1/points"), kRounds);
}

TEST_F(ConventionsTest, AskForAKeyWhereARepetitionWouldDoHarm) {
  const Answer answer =
      office_.send("POST", "/v1/points", {{"Content-Type", "application/json"}}, point_json("p", county_.east));
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.code(), "idempotency_key_required");
}

TEST_F(ConventionsTest, JudgeARefusedRequestAnew) {
  const std::string unknown = organisation_json("E9", fresh_uuid());
  EXPECT_GE(county_.admin().send("POST", "/v1/organisations", json_with_key("key-1"), unknown).status, 400U);
  const Answer answer =
      county_.admin().send("POST", "/v1/organisations", json_with_key("key-1"), organisation_json("E9", county_.east));
  EXPECT_EQ(answer.status, 201U) << answer.body;
}

TEST_F(ConventionsTest, KeepTheKeysOfDifferentCallersApart) {
  DirectClient other = county_.caller("OFFICE", county_.east);
  county_.settle();
  expect_success(office_.send("POST", "/v1/points", json_with_key("key-1"), point_json("market", county_.east)));
  const Answer answer = other.send("POST", "/v1/points", json_with_key("key-1"), point_json("park", county_.east));
  EXPECT_EQ(answer.status, 201U) << answer.body;
}

TEST_F(ConventionsTest, ChangeOnlyWhatTheCallerHasSeen) {
  const Answer made = expect_success(office_.post("/v1/points", point_json("market", county_.east)));
  const std::string target = "/v1/points/" + made.text("/id");
  const std::string change = R"({"name":"big market"})";
  const auto patch = [&](const char* etag) {
    http::Headers headers{{"Content-Type", "application/merge-patch+json"}};
    if (etag != nullptr) headers.add("If-Match", etag);
    return office_.send("PATCH", target, headers, change);
  };
  EXPECT_EQ(made.headers.get("ETag"), "\"1\"");
  EXPECT_EQ(patch(nullptr).code(), "version_required");
  EXPECT_EQ(patch(nullptr).status, 428U);
  EXPECT_EQ(patch("\"7\"").code(), "version_mismatch");
  EXPECT_EQ(patch("\"7\"").status, 412U);
  const Answer changed = patch("\"1\"");
  EXPECT_EQ(changed.status, 200U);
  EXPECT_EQ(changed.headers.get("ETag"), "\"2\"");
  EXPECT_EQ(patch("\"1\"").status, 412U);
  EXPECT_EQ(office_.get(target).text("/name"), "big market");
}

TEST_F(ConventionsTest, TakeAVersionForActionsToo) {
  const std::string brief =
      expect_success(
          office_.post("/v1/briefs",
                       fmt::format(R"({{"unit_id":"{}","kind":"NEWS","title":"t","progress":"p"}})", county_.east)))
          .text("/id");
  http::Headers stale = json_with_key(fresh_key());
  stale.add("If-Match", "\"3\"");
  EXPECT_EQ(office_.send("POST", "/v1/briefs/" + brief + ":adopt", stale, R"({"level":"CITY"})").status, 412U);
  EXPECT_EQ(office_.post("/v1/briefs/" + brief + ":adopt", R"({"level":"CITY"})").status, 200U);
}

TEST_F(ConventionsTest, SendNothingAgainThatTheClientHas) {
  const std::string point = expect_success(office_.post("/v1/points", point_json("market", county_.east))).text("/id");
  for (const std::string& target : {"/v1/points/" + point, "/v1/dashboard/overview?unit_id=" + county_.east}) {
    county_.settle();
    const std::string etag(office_.get(target).headers.get("ETag"));
    ASSERT_THAT(etag, Not(IsEmpty())) << target;
    const Answer same = office_.send("GET", target, {{"If-None-Match", etag}});
    EXPECT_EQ(same.status, 304U) << target;
    EXPECT_THAT(same.body, IsEmpty());
    EXPECT_EQ(same.headers.get("ETag"), etag);
    EXPECT_EQ(office_.send("GET", target, {{"If-None-Match", "\"another\""}}).status, 200U);
  }
}

TEST_F(ConventionsTest, NameEveryOffendingFieldInBothLanguages) {
  const std::string body = R"({"display_name":"","phone":"none","unit_id":"?","nickname":"x"})";
  const auto register_in = [&](const char* language) {
    http::Headers headers = json_with_key(fresh_key());
    headers.add("Accept-Language", language);
    return office_.send("POST", "/v1/volunteers", headers, body);
  };
  const Answer english = register_in("en-GB, zh;q=0.5");
  const Answer chinese = register_in("zh-CN, en;q=0.5");
  for (const Answer* answer : {&english, &chinese}) {
    EXPECT_EQ(answer->status, 400U);
    EXPECT_EQ(answer->headers.get("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer->code(), "invalid_fields");
    EXPECT_EQ(answer->number("/status"), 400);
    EXPECT_EQ(answer->text("/instance"), "/v1/volunteers");
    EXPECT_THAT(answer->text("/type"), EndsWith("invalid_fields"));
    EXPECT_THAT(offences(*answer), UnorderedElementsAre("/display_name required", "/phone format", "/unit_id format",
                                                        "/nickname unknown"));
  }
  EXPECT_EQ(english.headers.get("Content-Language"), "en");
  EXPECT_EQ(english.text("/detail"), "Some fields are not valid.");
  EXPECT_EQ(chinese.headers.get("Content-Language"), "zh");
  EXPECT_EQ(chinese.text("/detail"), "部分字段无效。");
  EXPECT_NE(english.text("/title"), chinese.text("/title"));
  EXPECT_NE(english.text("/errors/0/detail"), chinese.text("/errors/0/detail"));
}

TEST_F(ConventionsTest, RefuseWhatTheyDoNotKnow) {
  const Answer body = office_.post("/v1/points", R"({"name":"p","colour":"red","position":{"height":3}})");
  EXPECT_EQ(body.status, 400U);
  EXPECT_THAT(offences(body), ::testing::IsSupersetOf({"/colour unknown", "/position/height unknown"}));
  const Answer query = office_.get("/v1/points?colour=red&page_size=many");
  EXPECT_EQ(query.status, 400U);
  EXPECT_THAT(offences(query), UnorderedElementsAre("/colour unknown", "/page_size type"));
  EXPECT_EQ(office_.post("/v1/points", R"({"name":)").code(), "malformed");
  EXPECT_EQ(office_.get("/v1/nothing").status, 404U);
}

TEST_F(ConventionsTest, TellAStrangerNothingAboutFields) {
  DirectClient stranger = county_.nobody();
  for (const Answer& answer : {stranger.post("/v1/points", "{}"), stranger.get("/v1/points?colour=red"),
                               stranger.send("POST", "/v1/points", {{"Content-Type", "application/json"}}, "{}")}) {
    EXPECT_EQ(answer.status, 401U);
    EXPECT_EQ(answer.code(), "not_signed_in");
    EXPECT_EQ(answer.headers.get("WWW-Authenticate"), "Bearer");
  }
}

TEST_F(ConventionsTest, GiveListsPageByPage) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i)
    made.push_back(
        expect_success(office_.post("/v1/points", point_json(fmt::format("point {}", i), county_.east))).text("/id"));

  std::vector<std::string> listed;
  std::string token;
  int pages = 0;
  do {
    const Answer page =
        expect_success(office_.get(fmt::format("/v1/points?page_size=2&include_total=true&page_token={}", token)));
    EXPECT_EQ(page.number("/total"), 5);
    EXPECT_LE(page.json["points"].Size(), 2U);
    for (const auto& point : page.json["points"].GetArray()) listed.emplace_back(runtime::text_of(point, "id"));
    token = page.text("/next_page_token");
    ++pages;
  } while (!token.empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(listed, ::testing::UnorderedElementsAreArray(made));
  EXPECT_FALSE(office_.get("/v1/points?page_size=2").json.HasMember("total")) << "only where it is asked for";
}

TEST_F(ConventionsTest, RefuseAPageTokenOfAnotherQuery) {
  for (int i = 0; i < 3; ++i) expect_success(office_.post("/v1/points", point_json("p", county_.east)));
  const std::string token = office_.get("/v1/points?page_size=2").text("/next_page_token");
  ASSERT_THAT(token, Not(IsEmpty()));
  for (const std::string& target :
       {"/v1/points?page_size=2&type=x&page_token=" + token, "/v1/inspections?page_token=" + token,
        std::string("/v1/points?page_token=made-up")}) {
    const Answer answer = office_.get(target);
    EXPECT_EQ(answer.status, 400U) << target;
    EXPECT_EQ(answer.code(), "page_token") << target;
  }
  EXPECT_THAT(offences(office_.get("/v1/points?page_size=501")), UnorderedElementsAre("/page_size too_large"));
}

TEST_F(ConventionsTest, WriteMomentsInTheDeploymentsOffset) {
  const Answer made = expect_success(office_.post("/v1/points", point_json("p", county_.east)));
  EXPECT_THAT(made.text("/created_at"), EndsWith("+08:00"));
  const Answer inspection = expect_success(office_.send(
      "PUT", "/v1/inspections/" + fresh_uuid(), {{"Content-Type", "application/json"}},
      fmt::format(R"({{"point_id":"{}","kind":"ROUTINE","inspected_at":"2026-03-05T20:30:00Z"}})", made.text("/id"))));
  EXPECT_EQ(inspection.text("/inspected_at"), "2026-03-06T04:30:00+08:00");
}

}  // namespace
}  // namespace wenming::e2e
