#include <gtest/gtest.h>

#include "ledger_fixture.h"
#include "store/audit.h"
#include "wenming/store/v1/journal.pb.h"

namespace wenming::store {
namespace {

class JournalTest : public LedgerFixture {
 protected:
  AuditReport verify_now() {
    const auto engine = GetParam().open(folder_);
    return verify(*engine->open_reader());
  }
  /// What somebody does who has the file and no scruples.
  void tamper(std::string_view sql) {
    const auto engine = GetParam().open(folder_);
    engine->open_writer()->execute(sql, {});
  }
  void make_rows(int deposits) {
    const std::string id = open_account().id();
    for (int i = 1; i <= deposits; ++i) outcome(deposit(id, i, "key-" + std::to_string(i)));
  }
};

TEST_P(JournalTest, RecordsWhoDidWhatFromWhereWithItsEvents) {
  const std::string id = open_account().id();
  Call call = deposit(id, 5, "key-1");
  call.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Outcome done = outcome(std::move(call));
  store_->read([&](domain::ReadTx& tx) {
    for (const domain::Row& row : tx.query("SELECT caller, origin, method, subject, traceparent, happened_at, events, "
                                           "answer_type FROM journal WHERE sequence = $1",
                                           done.sequence)) {
      EXPECT_EQ(row.text(0), "wang");
      EXPECT_EQ(row.text(1), "192.0.2.1");
      EXPECT_EQ(row.text(2), "wenming.ledger.v1.LedgerService.Deposit");
      EXPECT_EQ(row.text(3), id);
      EXPECT_EQ(row.text(4), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
      EXPECT_EQ(row.timestamp(5), clock_->now());
      v1::PublishedEvents published;
      ASSERT_TRUE(published.ParseFromString(std::string(row.blob(6))));
      ASSERT_EQ(published.events_size(), 1);
      EXPECT_EQ(published.events(0).type(), "wenming.ledger.v1.Deposited");
      EXPECT_EQ(published.events(0).key(), id);
      EXPECT_EQ(row.text(7), "wenming.ledger.v1.Account");
    }
  });
}

TEST_P(JournalTest, NamesTheNewResourceAsTheSubjectOfItsCreation) {
  const std::string id = open_account().id();
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal WHERE subject <> '' AND method LIKE '%OpenAccount'"), 1);
  store_->read([&](domain::ReadTx& tx) {
    EXPECT_EQ(tx.value<std::string>("SELECT subject FROM journal WHERE method LIKE '%OpenAccount'"), id);
  });
}

TEST_P(JournalTest, HoldsNoPersonalData) {
  open_account("欧阳建国");
  store_->read([&](domain::ReadTx& tx) {
    for (const domain::Row& row : tx.query("SELECT answer, events FROM journal WHERE answer IS NOT NULL")) {
      EXPECT_EQ(row.blob(0).find("建国"), std::string_view::npos);
    }
  });
}

TEST_P(JournalTest, NumbersRowsWithoutGapsInTheOrderOfAnswers) {
  const std::string id = open_account().id();
  std::vector<std::future<Outcome>> futures;
  for (int i = 0; i < 300; ++i) futures.push_back(submit(deposit(id, i % 7 == 0 ? ledger::kLimit + 1 : 1)));
  std::int64_t last = 0;
  std::int64_t balance = 0;
  for (auto& future : futures) {
    const Outcome outcome = wait(std::move(future));
    if (outcome.refusal) continue;
    EXPECT_GT(outcome.sequence, last);
    last = outcome.sequence;
    EXPECT_EQ(static_cast<const ledger::v1::Account&>(*outcome.answer).balance(), ++balance);
  }
  EXPECT_EQ(store_->journal_head(), last);
  EXPECT_EQ(count("SELECT COUNT(*) FROM journal"), last);
}

TEST_P(JournalTest, HoldsTogetherOverRestarts) {
  make_rows(3);
  restart();
  make_rows(3);
  const AuditReport report = verify_now();
  EXPECT_FALSE(report.broken);
  EXPECT_EQ(report.rows, store_->journal_head());
  EXPECT_EQ(report.head.size(), 64U);
}

TEST_P(JournalTest, IsSoundWhenEmpty) {
  const AuditReport report = verify_now();
  EXPECT_FALSE(report.broken);
  EXPECT_EQ(report.rows, 0);
}

TEST_P(JournalTest, ShowsTheFirstRowThatWasEdited) {
  make_rows(5);
  close();
  tamper("UPDATE journal SET caller = 'somebody' WHERE sequence = 3");
  const AuditReport report = verify_now();
  ASSERT_TRUE(report.broken);
  EXPECT_EQ(report.broken->sequence, 3);
  EXPECT_EQ(report.rows, 2);
}

TEST_P(JournalTest, ShowsARowThatWasEditedWithItsHash) {
  make_rows(5);
  close();
  tamper("UPDATE journal SET hash = (SELECT hash FROM journal WHERE sequence = 2) WHERE sequence = 3");
  EXPECT_EQ(verify_now().broken->sequence, 3);
}

TEST_P(JournalTest, ShowsWhereARowWasTakenOut) {
  make_rows(5);
  close();
  tamper("DELETE FROM journal WHERE sequence = 4");
  EXPECT_EQ(verify_now().broken->sequence, 4);
}

TEST_P(JournalTest, ShowsARowThatWasTakenOutWithTheOthersMovedUp) {
  make_rows(5);
  close();
  tamper("DELETE FROM journal WHERE sequence = 6");
  tamper("DELETE FROM journal WHERE sequence = 2");
  tamper("UPDATE journal SET sequence = sequence - 1 WHERE sequence = 3");
  EXPECT_EQ(verify_now().broken->sequence, 2);
}

TEST_P(JournalTest, ShowsARowThatWasPutIn) {
  make_rows(2);
  close();
  tamper(
      "INSERT INTO journal SELECT sequence + 1, happened_at, caller, origin, method, subject, traceparent, events, "
      "answer_type, "
      "answer, NULL, NULL, hash FROM journal WHERE sequence = 3");
  EXPECT_EQ(verify_now().broken->sequence, 4);
}

TEST_P(JournalTest, ShowsARowThatMovedATextFromOneColumnToTheNext) {
  make_rows(1);
  close();
  tamper("UPDATE journal SET caller = '', origin = caller || origin WHERE sequence = 2");
  EXPECT_EQ(verify_now().broken->sequence, 2);
}

INSTANTIATE_TEST_SUITE_P(Engines, JournalTest, ::testing::ValuesIn(engine_kinds()), name_of);

}  // namespace
}  // namespace wenming::store
