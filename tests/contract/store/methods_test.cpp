#include <gtest/gtest.h>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

class MethodsTest : public LedgerFixture {
 protected:
  void grant(std::string_view user, std::string_view role, std::string_view unit) {
    work([&](domain::Tx& tx) {
      tx.run("INSERT INTO grants (id, user_id, role, unit_id, starts_at, version) VALUES ($1, $2, $3, $4, 0, 1)",
             tx.new_id(), user, role, unit);
    });
  }
  Outcome deposit_as(const domain::Principal& who) {
    Call call = deposit(id_, 1);
    call.principal = who;
    return outcome(std::move(call));
  }
  Outcome get_as(const domain::Principal& who, std::string_view id) {
    ledger::v1::GetAccountRequest request;
    request.set_account_id(std::string(id));
    return outcome(make_call("GetAccount", request, who));
  }
  Outcome rename(std::optional<std::int64_t> version) {
    ledger::v1::RenameAccountRequest request;
    request.set_account_id(id_);
    request.set_holder("王");
    Call call = make_call("RenameAccount", request);
    call.if_match = version;
    return outcome(std::move(call));
  }
  Outcome appraise(std::string key = {}, const domain::Principal& who = as("wang")) {
    ledger::v1::AppraiseRequest request;
    request.set_account_id(id_);
    return outcome(make_call("Appraise", request, who, std::move(key)));
  }

  std::string id_ = open_account().id();
};

TEST_P(MethodsTest, AsksAnUnknownCallerToSignIn) {
  EXPECT_EQ(code_of(deposit_as({})), "not_signed_in");
}

TEST_P(MethodsTest, RefusesACallerWithoutTheRole) {
  EXPECT_EQ(code_of(deposit_as(as("nobody"))), "not_allowed");
  grant("nobody", "AUDITOR", "county");
  EXPECT_EQ(code_of(deposit_as(as("nobody"))), "not_allowed");
}

TEST_P(MethodsTest, DeniesToKnowAResourceOutsideTheCallersUnits) {
  grant("zhang", "OPERATOR", "bureau");
  EXPECT_EQ(code_of(deposit_as(as("zhang"))), "not_found");
}

TEST_P(MethodsTest, LetsARoleReachDownTheTreeAndTheWholeDeployment) {
  id_ = open_account("李华", "township").id();
  EXPECT_EQ(code_of(deposit_as(as("wang"))), "answered");
  grant("zhang", "OPERATOR", "");
  EXPECT_EQ(code_of(deposit_as(as("zhang"))), "answered");
}

TEST_P(MethodsTest, JudgesCreationByTheUnitThatTheRequestNames) {
  ledger::v1::OpenAccountRequest request;
  request.set_unit_id("bureau");
  request.set_holder("李华");
  EXPECT_EQ(code_of(outcome(make_call("OpenAccount", request))), "not_found");
}

TEST_P(MethodsTest, FollowsTheTreeOfTheDay) {
  work([](domain::Tx& tx) {
    tx.run("UPDATE organisation_ancestors SET valid_to = '2026-03-06' WHERE ancestor_id = 'county'");
  });
  EXPECT_EQ(code_of(deposit_as(as("wang"))), "answered");
  clock_->set(at("2026-03-06T00:00+08:00"));
  EXPECT_EQ(code_of(deposit_as(as("wang"))), "not_found");
}

TEST_P(MethodsTest, HeedsWhenAGrantBeginsAndEnds) {
  work([&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO grants (id, user_id, role, unit_id, starts_at, ends_at, version) VALUES ('x', 'zhang', "
        "'OPERATOR', '', $1, $2, 1)",
        tx.now() + 60_min, tx.now() + 120_min);
  });
  EXPECT_EQ(code_of(deposit_as(as("zhang"))), "not_allowed");
  clock_->advance(60_min);
  EXPECT_EQ(code_of(deposit_as(as("zhang"))), "answered");
  clock_->advance(60_min);
  EXPECT_EQ(code_of(deposit_as(as("zhang"))), "not_allowed");
}

TEST_P(MethodsTest, TurnsAwayEndedSessionsAndDisabledUsersAtOnce) {
  const domain::Principal in_session{"wang", "session-1", {}};
  EXPECT_EQ(code_of(deposit_as(in_session)), "answered");
  work([](domain::Tx& tx) { tx.run("INSERT INTO ended_sessions (session_id, ended_at) VALUES ('session-1', 0)"); });
  EXPECT_EQ(code_of(deposit_as(in_session)), "not_signed_in");
  EXPECT_EQ(code_of(deposit_as({"wang", "session-2", {}})), "answered");
  work([](domain::Tx& tx) {
    tx.run("INSERT INTO disabled_users (user_id, version, disabled) VALUES ('wang', 1, $1)", true);
  });
  EXPECT_EQ(code_of(deposit_as({"wang", "session-2", {}})), "not_signed_in");
  work([](domain::Tx& tx) { tx.run("UPDATE disabled_users SET disabled = $1", false); });
  EXPECT_EQ(code_of(deposit_as({"wang", "session-2", {}})), "answered");
}

TEST_P(MethodsTest, TakesAnApiKeyUntilItExpiresOrIsRevoked) {
  const domain::Principal key{{}, {}, "cafe"};
  EXPECT_EQ(code_of(deposit_as(key)), "not_signed_in");
  work([](domain::Tx& tx) {
    tx.run(
        "INSERT INTO api_keys (id, key_hash, role, unit_id, expires_at, version) VALUES ('k1', 'cafe', 'OPERATOR', "
        "'county', $1, 1)",
        tx.now() + 60_min);
  });
  EXPECT_EQ(code_of(deposit_as(key)), "answered");
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE caller = 'key:k1'"), 1);
  clock_->advance(60_min);
  EXPECT_EQ(code_of(deposit_as(key)), "not_signed_in");
  work([](domain::Tx& tx) { tx.run("UPDATE api_keys SET expires_at = expires_at * 2, revoked_at = $1", tx.now()); });
  EXPECT_EQ(code_of(deposit_as(key)), "not_signed_in");
}

TEST_P(MethodsTest, ShowsTheirOwnToThoseWhoMaySeeTheirOwn) {
  ledger::v1::OpenAccountRequest request;
  request.set_unit_id("county");
  request.set_user_id("li");
  request.set_holder("李华");
  const std::string own = account(make_call("OpenAccount", request)).id();
  EXPECT_EQ(code_of(get_as(as("li"), own)), "answered");
  EXPECT_EQ(code_of(get_as(as("li"), id_)), "not_found");
  EXPECT_FALSE(get_as(as("li"), own).unmasked);
  EXPECT_TRUE(get_as(as("wang"), own).unmasked);
}

TEST_P(MethodsTest, SaysNotFoundForWhatDoesNotExistOnlyToThoseWhoMayAsk) {
  EXPECT_EQ(code_of(get_as(as("wang"), "no such")), "not_found");
  EXPECT_EQ(code_of(get_as({}, "no such")), "not_signed_in");
}

TEST_P(MethodsTest, WantsTheVersionThatAMergeIsBasedOn) {
  EXPECT_EQ(code_of(rename(std::nullopt)), "version_required");
  EXPECT_EQ(code_of(rename(2)), "version_mismatch");
  EXPECT_EQ(code_of(rename(1)), "answered");
  EXPECT_EQ(code_of(rename(1)), "version_mismatch");
}

TEST_P(MethodsTest, HeedsAVersionWithAnActionWithoutWantingOne) {
  Call stale = deposit(id_, 1);
  stale.if_match = 9;
  EXPECT_EQ(code_of(outcome(std::move(stale))), "version_mismatch");
  EXPECT_EQ(code_of(outcome(deposit(id_, 1))), "answered");
}

TEST_P(MethodsTest, PreparesOutsideTheWriterAndCommitsInside) {
  outcome(deposit(id_, 5));
  appraisal_->slow = [this] { work([](domain::Tx&) {}); };  // would wait for ever on the writer's thread
  EXPECT_EQ(static_cast<const ledger::v1::Account&>(*appraise().answer).balance(), 10);
}

TEST_P(MethodsTest, PreparesNothingForThoseWhoMayNotOrForAKeyThatWasAnswered) {
  EXPECT_EQ(code_of(appraise({}, as("nobody"))), "not_allowed");
  EXPECT_EQ(appraisal_->runs, 0);
  EXPECT_EQ(code_of(appraise("key-1")), "answered");
  EXPECT_TRUE(appraise("key-1").replayed);
  EXPECT_EQ(appraisal_->runs, 1);
}

TEST_P(MethodsTest, CommitsOnceWhatIsPreparedTwiceUnderOneKey) {
  outcome(deposit(id_, 5));
  ledger::v1::AppraiseRequest request;
  request.set_account_id(id_);
  std::mutex mutex;
  std::condition_variable both;
  int inside = 0;
  appraisal_->slow = [&] {
    std::unique_lock lock(mutex);
    ++inside;
    both.notify_all();
    both.wait_for(lock, std::chrono::seconds(30), [&] { return inside == 2; });
  };
  auto first = submit(make_call("Appraise", request, as("wang"), "key-1"));
  auto second = submit(make_call("Appraise", request, as("wang"), "key-1"));
  EXPECT_NE(wait(std::move(first)).replayed, wait(std::move(second)).replayed);
  EXPECT_EQ(paid_in(), 10);
}

TEST_P(MethodsTest, AnswersPreparedMethodsBeforeItStops) {
  appraisal_->slow = [] { std::this_thread::yield(); };
  std::vector<std::future<Outcome>> futures;
  ledger::v1::AppraiseRequest request;
  request.set_account_id(id_);
  for (int i = 0; i < 50; ++i) futures.push_back(submit(make_call("Appraise", request)));
  close();
  for (auto& future : futures) {
    ASSERT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_EQ(code_of(future.get()), "answered");
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, MethodsTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
