#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/working_calendar.h"
#include "ledger_fixture.h"

namespace wenming::store {
namespace {

using ledger::v1::Account;
using ::testing::ElementsAre;

class TxTest : public LedgerFixture {};

constexpr std::string_view kInsert =
    "INSERT INTO accounts (id, unit_id, user_id, holder, balance, opened_at, version) VALUES ($1, 'county', '', $2, "
    "$3, $4, 1)";

TEST_P(TxTest, FillsMessagesFromColumnsOfTheSameName) {
  work([](domain::Tx& tx) {
    tx.run(kInsert, "a", "李华", 12, at("2026-03-05T08:00:00.000001+08:00"));
    const auto account = tx.find<Account>("SELECT * FROM accounts WHERE id = $1", "a");
    ASSERT_TRUE(account);
    EXPECT_EQ(account->holder(), "李华");
    EXPECT_EQ(account->balance(), 12);
    EXPECT_EQ(domain::from_proto(account->opened_at()), at("2026-03-05T08:00:00.000001+08:00"));
    EXPECT_FALSE(tx.find<Account>("SELECT * FROM accounts WHERE id = $1", "b"));
  });
}

TEST_P(TxTest, LeavesFieldsOfNullColumnsAbsent) {
  work([](domain::Tx& tx) {
    const auto account = tx.find<Account>("SELECT 'a' AS id, NULL AS holder, NULL AS opened_at");
    EXPECT_EQ(account->id(), "a");
    EXPECT_FALSE(account->has_opened_at());
  });
}

TEST_P(TxTest, TakesAColumnThatNamesNoFieldForAMistake) {
  EXPECT_THROW(work([](domain::Tx& tx) { tx.find<Account>("SELECT 1 AS colour"); }), std::logic_error);
}

TEST_P(TxTest, PassesOverColumnsThatItDoesNotKnowWhereItAsksForAll) {
  work([](domain::Tx& tx) { tx.run(kInsert, "a", "李华", 12, tx.now()); });
  work([](domain::Tx& tx) {
    const auto account =
        tx.find<Account>("SELECT * FROM (SELECT accounts.*, 1 AS colour FROM accounts) AS wide WHERE id = $1", "a");
    EXPECT_EQ(account->balance(), 12);
  });
}

TEST_P(TxTest, TakesAskingForAnotherTypeForAMistake) {
  EXPECT_THROW(work([](domain::Tx& tx) {
                 for (const domain::Row& row : tx.query("SELECT 'a'")) (void)row.integer(0);
               }),
               std::logic_error);
  EXPECT_THROW(work([](domain::Tx& tx) {
                 for (const domain::Row& row : tx.query("SELECT 1")) (void)row.text(0);
               }),
               std::logic_error);
}

TEST_P(TxTest, AnswersNothingForNoRowAndForNull) {
  work([](domain::Tx& tx) {
    EXPECT_FALSE(tx.value<std::int64_t>("SELECT balance FROM accounts"));
    EXPECT_FALSE(tx.value<std::int64_t>("SELECT MAX(balance) FROM accounts"));
    EXPECT_EQ(tx.value<std::string>("SELECT 'a'"), "a");
  });
}

TEST_P(TxTest, GivesAllRowsInTheOrderAskedFor) {
  work([](domain::Tx& tx) {
    for (const std::string_view id : {"c", "a", "b"}) tx.run(kInsert, id, id, 1, tx.now());
    std::vector<std::string> ids;
    for (const Account& account : tx.all<Account>("SELECT id FROM accounts ORDER BY id")) ids.push_back(account.id());
    EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
  });
}

TEST_P(TxTest, KnowsOneMomentHoweverOftenItIsAsked) {
  work([this](domain::Tx& tx) {
    const core::Timestamp begin = tx.now();
    clock_->advance(5_min);
    EXPECT_EQ(tx.now(), begin);
    EXPECT_EQ(tx.today(), core::Date(2026, 3, 5));
    EXPECT_EQ(tx.calendar().add(at("2026-03-05T17:00+08:00"), 60_min), at("2026-03-06T09:30+08:00"));
  });
}

TEST_P(TxTest, GivesIdsThatGrow) {
  work([](domain::Tx& tx) {
    std::string last;
    for (int i = 0; i < 100; ++i) {
      const std::string next = tx.new_id();
      EXPECT_LT(last, next);
      last = next;
    }
    EXPECT_EQ(tx.random_bytes(16).size(), 16U);
    EXPECT_NE(tx.random_bytes(16), tx.random_bytes(16));
  });
}

TEST_P(TxTest, TakesPublishingWhatIsNoEventForAMistake) {
  EXPECT_THROW(work([](domain::Tx& tx) { tx.publish(Account()); }), std::logic_error);
  EXPECT_THROW(work([](domain::Tx& tx) { tx.publish(ledger::v1::Deposited()); }), std::logic_error)
      << "without its key";
}

TEST_P(TxTest, KeepsOneRowPerLiveKeyWithAGrowingPosition) {
  const auto position = [this](std::string_view key) {
    std::int64_t found = 0;
    store_->read([&](domain::ReadTx& tx) {
      found = tx.value<std::int64_t>("SELECT position FROM changed WHERE key = $1", key).value_or(0);
    });
    return found;
  };
  work([](domain::Tx& tx) {
    tx.changed("a");
    tx.changed("a");
  });
  work([](domain::Tx& tx) { tx.changed("b"); });
  EXPECT_GT(position("a"), 0);
  EXPECT_GT(position("b"), position("a"));
  restart();
  work([](domain::Tx& tx) { tx.changed("a"); });
  EXPECT_GT(position("a"), position("b"));
  EXPECT_EQ(count("SELECT COUNT(*) FROM changed"), 2);
}

INSTANTIATE_TEST_SUITE_P(Engines, TxTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
