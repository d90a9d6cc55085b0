#include "events/kafka/shelf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace wenming::events::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Put = Shelf::Put;
using State = Shelf::Reading::State;

const TopicPartition kFirst{"topic", 0}, kOther{"topic", 1};
/// More than is kept of one partition.
constexpr int kMany = 5'000;

class ShelfTest : public ::testing::Test {
 protected:
  /// The partition is ours and received from this offset on.
  void begin(const TopicPartition& partition, std::int64_t offset) {
    shelf_.assign({partition});
    shelf_.go_to(partition, offset, shelf_.tenure(partition));
    ASSERT_TRUE(shelf_.arrived(partition, offset));
  }
  Put put(std::int64_t offset) {
    Record record;
    record.position = offset;
    return shelf_.put(kFirst, offset, std::move(record));
  }
  /// How many it takes until the partition is full; the first has offset 0.
  int fill() {
    for (int offset = 0; offset < kMany; ++offset) {
      if (put(offset) == Put::Full) return offset + 1;
    }
    return 0;
  }
  std::vector<std::int64_t> offsets_from(std::int64_t offset) {
    std::vector<std::int64_t> offsets;
    for (const Record& record : shelf_.read(kFirst, offset, 10).records) offsets.push_back(record.position);
    return offsets;
  }

  Shelf shelf_{{kFirst, kOther}};
};

TEST_F(ShelfTest, GivesOutWhatWasPutInItsOrder) {
  begin(kFirst, 7);
  for (const int offset : {7, 8, 12}) EXPECT_EQ(put(offset), Put::Kept);  // what a compacted log may leave out
  EXPECT_EQ(shelf_.put(kFirst, 13, std::nullopt), Put::Kept);             // none of ours
  const auto two = shelf_.read(kFirst, 7, 2);
  EXPECT_EQ(two.state, State::Here);
  EXPECT_EQ(two.records.size(), 2U);
  EXPECT_EQ(two.next, 9);
  const auto rest = shelf_.read(kFirst, 9, 10);
  ASSERT_EQ(rest.records.size(), 1U);
  EXPECT_EQ(rest.records[0].position, 12);
  EXPECT_EQ(rest.next, 14) << "behind what was passed over";
  EXPECT_EQ(shelf_.read(kFirst, 14, 10).state, State::Here);
}

TEST_F(ShelfTest, TakesNothingThatItDoesNotExpect) {
  EXPECT_EQ(put(0), Put::Unexpected) << "not ours";
  shelf_.assign({kFirst});
  EXPECT_EQ(put(0), Put::Unexpected) << "nobody has said where to begin";
  begin(kFirst, 7);
  EXPECT_EQ(put(6), Put::Unexpected) << "from before";
  EXPECT_EQ(put(7), Put::Kept);
  EXPECT_EQ(put(7), Put::Unexpected) << "twice";
  shelf_.lose_place(kFirst);
  EXPECT_EQ(put(8), Put::Unexpected) << "the place is lost";
}

TEST_F(ShelfTest, SendsReceivingWhereReadersAre) {
  EXPECT_EQ(shelf_.read(kFirst, 3, 10).state, State::Underway) << "not ours";
  shelf_.assign({kFirst, kOther});
  const auto reading = shelf_.read(kFirst, 3, 10);
  EXPECT_EQ(reading.state, State::Elsewhere);
  shelf_.go_to(kFirst, 3, reading.tenure);
  EXPECT_THAT(shelf_.wanted(), ElementsAre(Pair(kFirst, 3)));
  EXPECT_EQ(shelf_.read(kFirst, 3, 10).state, State::Underway);
  shelf_.go_to(kFirst, 5, reading.tenure);
  EXPECT_FALSE(shelf_.arrived(kFirst, 3)) << "by now it is to go elsewhere";
  EXPECT_TRUE(shelf_.arrived(kFirst, 5));
  EXPECT_THAT(shelf_.wanted(), IsEmpty());
  EXPECT_EQ(put(5), Put::Kept);
  EXPECT_EQ(shelf_.read(kFirst, 4, 10).state, State::Elsewhere);
  EXPECT_THAT(offsets_from(5), ElementsAre(5));
}

TEST_F(ShelfTest, BeginsAnewWithEachTenure) {
  begin(kFirst, 0);
  EXPECT_EQ(put(0), Put::Kept);
  const std::int64_t first = shelf_.tenure(kFirst);
  shelf_.revoke({kFirst});
  EXPECT_EQ(shelf_.tenure(kFirst), 0);
  EXPECT_EQ(shelf_.read(kFirst, 0, 10).state, State::Underway);
  shelf_.assign({kFirst});
  EXPECT_NE(shelf_.tenure(kFirst), first);
  shelf_.go_to(kFirst, 0, first);
  EXPECT_THAT(shelf_.wanted(), IsEmpty()) << "asked in the time before";
  EXPECT_EQ(shelf_.read(kFirst, 0, 10).state, State::Elsewhere) << "what was kept is gone";
  shelf_.revoke_all();
  EXPECT_EQ(shelf_.tenure(kFirst), 0);
}

TEST_F(ShelfTest, IsFullWhereNobodyReadsAndGoesOnWhenThereIsRoom) {
  begin(kFirst, 0);
  const int kept = fill();
  ASSERT_GT(kept, 0);
  EXPECT_THAT(shelf_.refreshed(), IsEmpty());
  ASSERT_EQ(shelf_.read(kFirst, 0, static_cast<std::size_t>(kept) - 1).records.size(), kept - 1U);
  EXPECT_THAT(shelf_.refreshed(), ElementsAre(kFirst));
  EXPECT_THAT(shelf_.refreshed(), IsEmpty()) << "said once";
}

TEST_F(ShelfTest, LeavesAFullPartitionToItsArrivalElsewhere) {
  begin(kFirst, 0);
  ASSERT_GT(fill(), 0);
  shelf_.go_to(kFirst, kMany, shelf_.tenure(kFirst));
  EXPECT_THAT(shelf_.refreshed(), IsEmpty());
  EXPECT_TRUE(shelf_.arrived(kFirst, kMany));
  EXPECT_THAT(shelf_.refreshed(), IsEmpty()) << "whoever arrived goes on anyway";
  EXPECT_EQ(put(kMany), Put::Kept);
}

TEST_F(ShelfTest, WaitsForReadersThatAreBusy) {
  begin(kFirst, 0);
  std::jthread reader([this](const std::stop_token& stop) {
    for (std::int64_t next = 0; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(1)))
      next = shelf_.read(kFirst, next, 100).next;
  });
  for (int offset = 0; offset < 4 * kMany; ++offset) ASSERT_EQ(put(offset), Put::Kept) << offset;
}

}  // namespace
}  // namespace wenming::events::kafka
