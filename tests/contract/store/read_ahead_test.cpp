// What a database at the other end of a network is asked ahead, and when an answer that came ahead does not hold any
// more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger_fixture.h"
#include "store/postgres/answers_ahead.h"
#include "store/sql_text.h"

namespace wenming::store {
namespace {

using ::testing::ElementsAre;

TEST(SqlTextTest, NamesTheTableThatAStatementWritesTo) {
  EXPECT_EQ(written_table("SELECT a FROM b"), "");
  EXPECT_EQ(written_table("  select 'INSERT INTO b'"), "");
  EXPECT_EQ(written_table("INSERT INTO hours (id) SELECT id FROM other"), "hours");
  EXPECT_EQ(written_table("UPDATE hours SET a = 1 RETURNING a"), "hours");
  EXPECT_EQ(written_table("DELETE FROM hours WHERE id = $1"), "hours");
  EXPECT_EQ(written_table("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a"), "*");
  EXPECT_EQ(written_table(""), "*");
}

TEST(SqlTextTest, ListsItsWords) {
  EXPECT_THAT(words_of("SELECT b.x FROM b, a WHERE a.t = 'c' -- d"),
              ElementsAre("FROM", "SELECT", "WHERE", "a", "b", "t", "x"));
}

/// One answer to a query on `accounts` and `units`.
class AnswersAheadTest : public ::testing::Test {
 protected:
  AnswersAheadTest() { answers_.put("query", 1); }
  bool holds() {
    return answers_.find("query", [](std::string_view table) { return table == "accounts" || table == "units"; }) !=
           nullptr;
  }
  AnswersAhead<int> answers_;
};

TEST_F(AnswersAheadTest, HoldUntilATableIsWrittenThatTheQueryNames) {
  answers_.wrote("deposits");
  EXPECT_TRUE(holds());
  answers_.wrote("units");
  EXPECT_FALSE(holds());
  answers_.put("query", 2);
  EXPECT_TRUE(holds()) << "asked after the write";
  answers_.wrote("units");
  EXPECT_FALSE(holds());
}

TEST_F(AnswersAheadTest, HoldNoLongerAfterAWriteThatCannotBeTold) {
  answers_.wrote("*");
  EXPECT_FALSE(holds());
}

TEST_F(AnswersAheadTest, HoldAgainstWritesWithinAnotherAggregateOnly) {
  answers_.turn_to(1);
  answers_.wrote("accounts");
  answers_.turn_to(2);
  EXPECT_TRUE(holds());
  answers_.turn_to(1);
  EXPECT_FALSE(holds()) << "of its own";
  answers_.turn_to(std::nullopt);
  EXPECT_FALSE(holds()) << "whoever may depend on everything";
  answers_.clear();
  answers_.put("query", 1);
  answers_.wrote("accounts");
  answers_.turn_to(2);
  EXPECT_FALSE(holds()) << "written by somebody on whom everything may depend";
}

/// On both databases; one of them reads ahead.
class ReadAheadTest : public LedgerFixture {
 protected:
  std::vector<std::string> codes_of(const std::function<void(std::vector<std::future<Outcome>>&)>& hand_in) {
    std::vector<std::future<Outcome>> futures;
    {
      Gate gate(*store_);
      hand_in(futures);
    }
    std::vector<std::string> codes;
    for (auto& future : futures) codes.push_back(code_of(wait(std::move(future))));
    return codes;
  }
};

TEST_P(ReadAheadTest, SeesWhatTheSameBatchWrote) {
  const std::string one = open_account().id(), other = open_account().id();
  const auto codes = codes_of([&](auto& futures) {
    futures.push_back(submit(deposit(one, ledger::kLimit)));
    futures.push_back(submit(deposit(other, 5)));
    futures.push_back(submit(deposit(one, 1)));  // has read the account when it was empty
    futures.push_back(submit(deposit(other, 6)));
  });
  EXPECT_THAT(codes, ElementsAre("answered", "answered", "balance_limit", "answered"));
  EXPECT_EQ(get(one).balance(), ledger::kLimit);
  EXPECT_EQ(get(other).balance(), 11);
}

TEST_P(ReadAheadTest, SeesWhatTheSameBatchWroteWithinAnAggregate) {
  const std::string one = open_account().id(), other = open_account().id();
  const auto codes = codes_of([&](auto& futures) {
    futures.push_back(submit(collect(one, ledger::kLimit)));
    futures.push_back(submit(collect(other, 5)));
    futures.push_back(submit(collect(one, 1)));
    futures.push_back(submit(collect(other, 6)));
  });
  EXPECT_THAT(codes, ElementsAre("answered", "answered", "balance_limit", "answered"));
  EXPECT_EQ(get(one).balance(), ledger::kLimit);
  EXPECT_EQ(get(other).balance(), 11);
}

TEST_P(ReadAheadTest, SeesThatACallerLostTheRightInTheSameBatch) {
  const std::string id = open_account().id();
  std::future<void> revoked;
  const auto codes = codes_of([&](auto& futures) {
    futures.push_back(submit(deposit(id, 1)));
    revoked = submit_work([](domain::Tx& tx) { tx.run("DELETE FROM grants WHERE user_id = 'wang'"); });
    futures.push_back(submit(deposit(id, 2)));
  });
  wait(std::move(revoked));
  EXPECT_THAT(codes, ElementsAre("answered", "not_allowed"));
  EXPECT_EQ(paid_in(), 1);
}

TEST_P(ReadAheadTest, UndoesWhatAQueryWrote) {
  const std::string id = open_account().id();
  auto failed = submit_work([&](domain::Tx& tx) {
    tx.value<std::int64_t>("UPDATE accounts SET balance = 7 WHERE id = $1 RETURNING balance", id);
    throw std::runtime_error("after the write");
  });
  EXPECT_THROW(wait(std::move(failed)), std::runtime_error);
  EXPECT_EQ(get(id).balance(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, ReadAheadTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
