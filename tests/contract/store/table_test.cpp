#include "domain/table.h"

#include <gtest/gtest.h>

#include "ledger_fixture.h"

namespace wenming::store {
namespace {

using ledger::v1::Account;

const domain::Table<Account>& accounts() {
  static const domain::Table<Account> kAccounts("accounts", {"id", "unit_id", "user_id", "opened_at"},
                                                {"holder", "balance", "version"});
  return kAccounts;
}

Account account_of(std::string_view holder, std::int64_t balance) {
  Account account;
  account.set_id("a");
  account.set_unit_id("county");
  account.set_holder(std::string(holder));
  account.set_balance(balance);
  *account.mutable_opened_at() = domain::to_proto(at("2026-03-05T08:00:00.000001+08:00"));
  account.set_version(1);
  return account;
}

class TableTest : public LedgerFixture {};

TEST_P(TableTest, KeepsMessagesAsRows) {
  work([](domain::Tx& tx) {
    const Account account = account_of("李华", 12);
    accounts().insert(tx, account);
    EXPECT_EQ(accounts().find(tx, "a")->SerializeAsString(), account.SerializeAsString());
    EXPECT_FALSE(accounts().find(tx, "b"));
  });
}

TEST_P(TableTest, ChangesTheColumnsThatChangeAndNoOthers) {
  work([](domain::Tx& tx) {
    Account account = account_of("李华", 12);
    accounts().insert(tx, account);
    account.set_balance(15);
    account.set_unit_id("bureau");
    EXPECT_TRUE(accounts().update(tx, account));
    EXPECT_EQ(accounts().find(tx, "a")->balance(), 15);
    EXPECT_EQ(accounts().find(tx, "a")->unit_id(), "county");
    account.set_id("b");
    EXPECT_FALSE(accounts().update(tx, account));
  });
}

TEST_P(TableTest, TakesColumnsThatTheMessageDoesNotHold) {
  static const domain::Table<Account> kWithoutHolder("accounts",
                                                     {"id", "unit_id", "user_id", "opened_at", "balance", "version"});
  work([](domain::Tx& tx) {
    kWithoutHolder.insert(tx, account_of("", 1), {{"holder", domain::to_value("张三")}});
    EXPECT_EQ(accounts().find(tx, "a")->holder(), "张三");
  });
}

TEST_P(TableTest, StoresNothingWhereNothingIsStated) {
  static const domain::Table<Account> kAccounts("cells", {"id", "holder?", "opened_at"});
  work([](domain::Tx& tx) {
    tx.run("CREATE TABLE cells (id TEXT NOT NULL PRIMARY KEY, holder TEXT, opened_at BIGINT)");
    Account account;
    account.set_id("a");
    kAccounts.insert(tx, account);
    EXPECT_EQ(tx.value<std::int64_t>("SELECT COUNT(*) FROM cells WHERE holder IS NULL AND opened_at IS NULL"), 1);
  });
}

TEST_P(TableTest, TakesANameThatIsNoFieldForAMistake) {
  EXPECT_THROW(domain::Table<Account>("accounts", {"id", "colour"}), std::logic_error);
  EXPECT_THROW(domain::Table<Account>("accounts", {"id", "opened_at.colour"}), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Engines, TableTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
