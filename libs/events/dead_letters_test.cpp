#include "events/dead_letters.h"

#include <gmock/gmock.h>

#include <atomic>

#include "domain/refusal.h"
#include "events/test_support.h"

namespace wenming::events::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kSeen = "SELECT event FROM seen ORDER BY number";

/// A listener that refuses key b from `refused_from` to `refused_to`, and three versions of two keys.
class DeadLettersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    volunteer_.publish_one_by_one({change("a", 1), change("b", 1), change("b", 2), change("a", 2), change("b", 3)});
    consume(database_, {volunteer_.source});
  }

  std::atomic<std::int64_t> refused_from_ = 1, refused_to_ = 3;
  Database volunteer_{publisher()};
  Database database_{listener([this](domain::Tx& tx, const VolunteerChanged& event) {
    write_down(tx, event);
    if (event.volunteer_id() == "b" && event.version() >= refused_from_ && event.version() <= refused_to_)
      throw domain::not_found("unit");
  })};
  static store::WorkName act() {
    store::WorkName act("ReplayDeadLetter");
    act.caller = "somebody";
    act.origin = "192.0.2.1";
    return act;
  }
  const store::WorkName act_ = act();
  DeadLetters letters_{database_.shared_store(), handlers_of(database_)};
};

TEST_F(DeadLettersTest, ListsWhatIsOpenWithItsReason) {
  const auto letters = letters_.list();
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(letters[0].reason, "not_found");
  EXPECT_EQ(letters[0].source, "volunteer");
  EXPECT_EQ(letters[0].sequence, 2);
  EXPECT_EQ(letters_.open_count(), 3);
  EXPECT_EQ(letters_.list(letters[0].number, 1).at(0).number, letters[1].number);
}

TEST_F(DeadLettersTest, ShowsThePayloadAsJson) {
  EXPECT_THAT(letters_.payload_text(letters_.list().at(0)), HasSubstr("\"volunteer_id\":\"b\""));
}

TEST_F(DeadLettersTest, ReplaysALetterAndThoseParkedBehindItInOrder) {
  refused_to_ = 0;
  const auto replayed = letters_.replay(letters_.list().at(0).number, act_);
  EXPECT_EQ(replayed.applied, 3);
  EXPECT_FALSE(replayed.stuck);
  EXPECT_THAT(database_.column(kSeen), ElementsAre("a1", "a2", "b1", "b2", "b3"));
  EXPECT_EQ(letters_.open_count(), 0);
}

TEST_F(DeadLettersTest, StopsAReplayAtTheLetterThatFailsAgain) {
  refused_from_ = 2;
  const auto numbers = letters_.list();
  const auto replayed = letters_.replay(numbers.at(0).number, act_);
  EXPECT_EQ(replayed.applied, 1);
  EXPECT_EQ(replayed.stuck, numbers.at(1).number);
  EXPECT_EQ(replayed.reason, "not_found");
  const auto open = letters_.list();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_FALSE(open[0].parked);
  EXPECT_EQ(open[0].attempts, 1);
  EXPECT_TRUE(open[1].parked);
  EXPECT_THAT(database_.column(kSeen), ElementsAre("a1", "a2", "b1"));
}

TEST_F(DeadLettersTest, AppliesNewEventsOfAKeyOnlyWhenItsLettersAreSettled) {
  volunteer_.publish({change("b", 4)});
  consume(database_, {volunteer_.source});
  EXPECT_EQ(letters_.open_count(), 4);
  refused_to_ = 0;
  EXPECT_EQ(letters_.replay(letters_.list().at(0).number, act_).applied, 4);
  volunteer_.publish({change("b", 5)});
  consume(database_, {volunteer_.source});
  EXPECT_THAT(database_.column(kSeen), ElementsAre("a1", "a2", "b1", "b2", "b3", "b4", "b5"));
}

TEST_F(DeadLettersTest, GivesALetterUpWithAReasonAndKeepsThoseBehindIt) {
  refused_to_ = 1;
  const auto first = letters_.list().at(0).number;
  EXPECT_TRUE(letters_.discard(first, "entered by mistake", act_));
  EXPECT_FALSE(letters_.discard(first, "again", act_));
  EXPECT_FALSE(letters_.find(first));
  EXPECT_EQ(letters_.open_count(), 2);
  EXPECT_EQ(letters_.replay(letters_.list().at(0).number, act_).applied, 2);
  EXPECT_THAT(database_.column(kSeen), ElementsAre("a1", "a2", "b2", "b3"));
  EXPECT_THAT(database_.column("SELECT settled_because FROM dead_letters WHERE settled_as = 'DISCARDED'"),
              ElementsAre("entered by mistake"));
}

TEST_F(DeadLettersTest, LeavesARowInTheJournalForEachLetterThatAnOperatorSettles) {
  constexpr std::string_view kRows =
      "SELECT caller || ' ' || origin || ' ' || method || ' ' || subject FROM journal ORDER BY sequence";
  refused_to_ = 0;
  const auto letters = letters_.list();
  EXPECT_TRUE(letters_.discard(letters[0].number, "entered by mistake", act_));
  EXPECT_FALSE(letters_.discard(letters[0].number, "again", act_));
  letters_.replay(letters[1].number, act_);
  letters_.replay(4711, act_);
  const auto row = [](const DeadLetter& letter) {
    return "somebody 192.0.2.1 ReplayDeadLetter " + std::to_string(letter.number);
  };
  EXPECT_THAT(database_.column(kRows), ElementsAre(row(letters[0]), row(letters[1]), row(letters[2])));
}

TEST_F(DeadLettersTest, ReplaysNothingForANumberThatIsNotOpen) {
  EXPECT_EQ(letters_.replay(4711, act_).applied, 0);
}

}  // namespace
}  // namespace wenming::events::testing
