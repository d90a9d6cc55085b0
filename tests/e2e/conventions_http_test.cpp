// What every client of the server may rely on as HTTP goes: verbs, encodings, limits, headers, and the pages that are
// no methods of the contract.
#include <gmock/gmock.h>

#include <string>

#include "e2e/conventions_fixture.h"

namespace wenming::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ConventionsTest, NameTheVerbsThatAnAddressTakes) {
  const Answer method = office_.send("DELETE", "/v1/points");
  EXPECT_EQ(method.status, 405U);
  EXPECT_EQ(method.headers.get("Allow"), "POST, GET, HEAD");
  const Answer page = office_.send("POST", "/livez");
  EXPECT_EQ(page.status, 405U);
  EXPECT_EQ(page.headers.get("Allow"), "GET, HEAD");
}

TEST_F(ConventionsTest, AnswerHeadLikeGetWithoutTheBody) {
  for (const char* target : {"/v1/organisations", "/docs"}) {
    const Answer get = office_.get(target);
    const Answer head = office_.send("HEAD", target);
    EXPECT_EQ(head.status, 200U);
    EXPECT_THAT(head.body, IsEmpty());
    EXPECT_EQ(head.headers.get("Content-Length"), std::to_string(get.body.size()));
    EXPECT_EQ(head.headers.get("Content-Type"), get.headers.get("Content-Type"));
  }
}

TEST_F(ConventionsTest, CompressLongAnswersForClientsThatTakeIt) {
  for (const char* code : {"E2", "E3", "E4", "E5"}) county_.organisation(code, county_.east, "COMMUNITY");
  for (const char* target : {"/v1/organisations", "/openapi.json"}) {
    const Answer plain = office_.get(target);
    const Answer zipped = office_.send("GET", target, {{"Accept-Encoding", "gzip"}});
    EXPECT_FALSE(plain.headers.has("Content-Encoding"));
    ASSERT_GT(plain.body.size(), 1024U) << target;
    EXPECT_EQ(zipped.headers.get("Content-Encoding"), "gzip");
    EXPECT_THAT(zipped.body, StartsWith("\x1f\x8b"));
    EXPECT_LT(zipped.body.size(), plain.body.size());
  }
  EXPECT_FALSE(office_.send("GET", "/livez", {{"Accept-Encoding", "gzip"}}).headers.has("Content-Encoding"));
}

TEST_F(ConventionsTest, RefuseBodiesThatAreTooLargeOrOfAnotherType) {
  const std::string megabytes(2 << 20, ' ');
  const Answer large = office_.send("POST", "/v1/points", json_with_key(fresh_key()), megabytes);
  EXPECT_EQ(large.status, 413U);
  EXPECT_EQ(large.code(), "too_large");

  const auto send = [&](const char* target, const char* type) {
    return office_.send("POST", target, {{"Content-Type", type}, {"Idempotency-Key", fresh_key()}}, "{}");
  };
  EXPECT_EQ(send("/v1/points", "text/plain").status, 415U);
  EXPECT_EQ(send("/v1/points", "text/plain").code(), "media_type");
  EXPECT_EQ(send("/v1/organisations:import", "application/json").status, 415U);
  EXPECT_NE(send("/v1/points", "application/json; charset=utf-8").status, 415U);
}

TEST_F(ConventionsTest, LetOnlyListedOriginsIn) {
  const auto preflight = [&](const char* origin) {
    return county_.nobody().send("OPTIONS", "/v1/points",
                                 {{"Origin", origin},
                                  {"Access-Control-Request-Method", "POST"},
                                  {"Access-Control-Request-Headers", "authorization, idempotency-key"}});
  };
  const Answer allowed = preflight("https://front.example");
  EXPECT_EQ(allowed.status, 204U);
  EXPECT_EQ(allowed.headers.get("Access-Control-Allow-Origin"), "https://front.example");
  EXPECT_THAT(std::string(allowed.headers.get("Access-Control-Allow-Methods")), HasSubstr("POST"));
  EXPECT_THAT(std::string(allowed.headers.get("Access-Control-Allow-Headers")), HasSubstr("idempotency-key"));
  EXPECT_FALSE(preflight("https://elsewhere.example").headers.has("Access-Control-Allow-Origin"));

  const auto get = [&](const char* origin) { return office_.send("GET", "/v1/points", {{"Origin", origin}}); };
  const Answer read = get("https://front.example");
  EXPECT_EQ(read.headers.get("Access-Control-Allow-Origin"), "https://front.example");
  EXPECT_THAT(std::string(read.headers.get("Access-Control-Expose-Headers")), HasSubstr("Idempotency-Replayed"));
  EXPECT_FALSE(get("https://elsewhere.example").headers.has("Access-Control-Allow-Origin"));
}

TEST_F(ConventionsTest, TellRequestsApartByTheirIds) {
  EXPECT_EQ(office_.send("GET", "/v1/points", {{"X-Request-Id", "front-42"}}).headers.get("X-Request-Id"), "front-42");
  EXPECT_EQ(office_.send("GET", "/v1/nothing", {{"X-Request-Id", "front-43"}}).headers.get("X-Request-Id"), "front-43");
  const std::string first(office_.get("/v1/points").headers.get("X-Request-Id"));
  const std::string second(office_.get("/v1/points").headers.get("X-Request-Id"));
  EXPECT_THAT(first, Not(IsEmpty()));
  EXPECT_NE(first, second);
}

TEST_F(ConventionsTest, SayWhetherTheServerIsWell) {
  DirectClient anybody = county_.nobody();
  EXPECT_EQ(anybody.get("/livez").status, 200U);
  EXPECT_EQ(anybody.get("/readyz").body, "ok\n");
  const std::string verbose = anybody.get("/readyz?verbose").body;
  for (const char* service : {"identity", "volunteer", "inspection", "hotline", "publicity", "dashboard"})
    EXPECT_THAT(verbose, HasSubstr(std::string(service) + ": store ok"));
  EXPECT_THAT(verbose, HasSubstr("dashboard: from hotline running, lag "));
}

TEST_F(ConventionsTest, TagASharedAnswerByWhatItSays) {
  for (int i = 0; i < 5; ++i) expect_success(office_.post("/v1/points", point_json("p", county_.east)));
  county_.settle();
  const std::string target = "/v1/dashboard/overview?unit_id=" + county_.east;
  const std::string tag(office_.get(target).headers.get("ETag"));
  EXPECT_EQ(office_.send("GET", target, {{"If-None-Match", tag}}).status, 304U);

  // Counters of the process begin anew; they must not make an old answer pass for a new one, nor the other way round.
  EXPECT_EQ(server_.stop(), 0);
  server_.start();
  DirectClient again(server_.url(), office_.token());
  EXPECT_EQ(again.send("GET", target, {{"If-None-Match", tag}}).status, 304U) << "nothing has changed";
  EXPECT_EQ(again.send("GET", target, {{"If-None-Match", tag}}).status, 304U) << "from the cache, too";
  expect_success(again.post("/v1/points", point_json("p", county_.east)));
  county_.settle();
  const Answer changed = again.send("GET", target, {{"If-None-Match", tag}});
  EXPECT_EQ(changed.status, 200U);
  EXPECT_NE(changed.headers.get("ETag"), tag);
}

TEST_F(ConventionsTest, MeasureWhatOperatorsAskFor) {
  expect_success(office_.post("/v1/points", point_json("p", county_.east)));
  const Answer answer = county_.nobody().get("/metrics");
  EXPECT_THAT(std::string(answer.headers.get("Content-Type")), StartsWith("text/plain; version=0.0.4"));
  const std::string metrics = server_.metrics();
  for (const char* sample :
       {"http_server_request_duration_seconds_count{route=\"CreatePoint\",status=\"201\"}",
        "http_server_open_connections", "http_server_refused_connections_total",
        "wenming_queue_length{service=\"inspection\"}", "wenming_batch_size_bucket{service=\"inspection\"",
        "wenming_commit_duration_seconds_count{service=\"inspection\"}", "wenming_failed_batches_total",
        "wenming_timer_lateness_seconds", "wenming_live_streams{service=\"dashboard\"}",
        "wenming_journal_lag{service=\"dashboard\",source=\"inspection\",partition=\"0\"}",
        "wenming_dead_letters{service=\"dashboard\"}"})
    EXPECT_THAT(metrics, HasSubstr(sample));
}

TEST_F(ConventionsTest, ShowTheContractToEverybody) {
  DirectClient anybody = county_.nobody();
  const Answer document = anybody.get("/openapi.json");
  EXPECT_THAT(document.text("/openapi"), StartsWith("3.1"));
  EXPECT_TRUE(document.json["paths"].HasMember("/v1/points"));
  const Answer docs = anybody.get("/docs");
  EXPECT_THAT(std::string(docs.headers.get("Content-Type")), StartsWith("text/html"));
  EXPECT_THAT(docs.body, Not(HasSubstr("https://cdn"))) << "works without the internet";
  EXPECT_EQ(anybody.get("/.well-known/jwks.json").text("/keys/0/crv"), "Ed25519");
  EXPECT_THAT(anybody.get("/").body, HasSubstr("<html"));
}

}  // namespace
}  // namespace wenming::e2e
