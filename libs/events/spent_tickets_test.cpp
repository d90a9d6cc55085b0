#include "events/spent_tickets.h"

#include <gtest/gtest.h>

#include "events/test_support.h"

namespace wenming::events::testing {
namespace {

using namespace std::chrono_literals;

class SpentTicketsTest : public ::testing::Test {
 protected:
  /// A process on the database.
  std::unique_ptr<store::Store> process() {
    store::StoreOptions options;
    options.clock = clock_;
    options.schemas.push_back({"events", {schema().begin(), schema().end()}});
    return store::open_store(wenming::testing::open_database(folder_), service_, contract_, std::move(options));
  }
  static bool spend(store::Store& store, const std::string& ticket) {
    bool spent = false;
    commit(store, "", [&](domain::Tx& tx) { spent = spend_ticket(tx, ticket); });
    return spent;
  }
  static std::int64_t kept(store::Store& store) {
    std::int64_t count = -1;
    store.read([&](domain::ReadTx& tx) { count = *tx.value<std::int64_t>("SELECT COUNT(*) FROM spent_tickets"); });
    return count;
  }

  wenming::testing::TemporaryFolder folder_;
  const domain::Service service_ = publisher();
  const contract::Contract contract_{{}};
  const std::shared_ptr<core::ManualClock> clock_ =
      std::make_shared<core::ManualClock>(core::Timestamp(1'760'000'000'000'000));
};

TEST_F(SpentTicketsTest, AreGoodOnce) {
  const auto store = process();
  EXPECT_TRUE(spend(*store, "one"));
  EXPECT_TRUE(spend(*store, "two"));
  EXPECT_FALSE(spend(*store, "one"));
  EXPECT_EQ(store->journal_head(), 0) << "nobody has to know of it";
}

TEST_F(SpentTicketsTest, StaySpentWhenTheProcessStartsAnew) {
  auto store = process();
  EXPECT_TRUE(spend(*store, "one"));
  store.reset();
  store = process();
  EXPECT_FALSE(spend(*store, "one"));
}

TEST_F(SpentTicketsTest, AreGoodOnceAmongProcesses) {
  if (!wenming::testing::open_database(folder_)->shared()) GTEST_SKIP() << "one process to a database";
  const auto store = process(), other = process();
  constexpr int kTickets = 50;
  std::atomic<int> spent = 0;
  const auto spend_all = [&](store::Store& at) {
    for (int i = 0; i < kTickets; ++i) spent += spend(at, "ticket " + std::to_string(i)) ? 1 : 0;
  };
  std::thread beside([&] { spend_all(*other); });
  spend_all(*store);
  beside.join();
  EXPECT_EQ(spent, kTickets);
}

TEST_F(SpentTicketsTest, AreForgottenOnceNobodyCanUseThemAnyMore) {
  const auto store = process();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(spend(*store, std::to_string(i)));
  clock_->advance(kTicketsKept - 1s);
  EXPECT_FALSE(spend(*store, "3"));
  clock_->advance(2s);
  EXPECT_TRUE(spend(*store, "another"));
  EXPECT_EQ(kept(*store), 1);
}

}  // namespace
}  // namespace wenming::events::testing
