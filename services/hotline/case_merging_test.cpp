#include "hotline/case_merging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"

namespace wenming::hotline {
namespace {

class CaseMergingTest : public HotlineFixture {
 protected:
  v1::Case unmerge(const std::string& id) {
    return act<v1::UnmergeCaseRequest>("UnmergeCase", id, agent(), [](auto& r) { r.set_reason("是另一盏灯"); });
  }
  v1::TrackedCase track(const std::string& code) {
    v1::TrackCaseRequest request;
    request.set_tracking_code(code);
    return call<v1::TrackedCase>("TrackCase", request, anonymous());
  }

  const v1::Case first_ = create(snapshot("路灯不亮"));
  const v1::Case second_ = create(snapshot("灯坏了"));
};

TEST_F(CaseMergingTest, SharesWhatBecomesOfTheOtherCase) {
  const v1::Case merged = merge(second_.id(), first_.id());
  EXPECT_EQ(merged.state(), v1::CASE_STATE_MERGED);
  EXPECT_EQ(merged.merged_into_id(), first_.id());
  EXPECT_EQ(get(first_.id()).duplicates(), 1);
  accept(first_.id());
  dispatch(first_.id(), "bureau", 7);
  sign(first_.id());
  reply(first_.id(), "已修复");
  const v1::TrackedCase tracked = track(second_.tracking_code());
  EXPECT_EQ(tracked.state(), v1::CASE_STATE_REPLIED);
  EXPECT_EQ(tracked.steps(tracked.steps_size() - 1).text(), "已修复");
}

TEST_F(CaseMergingTest, TakesNoOtherAction) {
  merge(second_.id(), first_.id());
  EXPECT_REFUSED("case_state", accept(second_.id()));
  EXPECT_REFUSED("case_state", merge(second_.id(), first_.id()));
}

TEST_F(CaseMergingTest, IsACaseOfItsOwnAgainWhenTakenOut) {
  merge(second_.id(), first_.id());
  const v1::Case again = unmerge(second_.id());
  EXPECT_EQ(again.state(), v1::CASE_STATE_ACCEPTED);
  EXPECT_EQ(again.merged_into_id(), "");
  EXPECT_EQ(get(first_.id()).duplicates(), 0);
  EXPECT_EQ(dispatch(second_.id(), "bureau", 7).state(), v1::CASE_STATE_DISPATCHED);
}

TEST_F(CaseMergingTest, TakesAlongWhatWasMergedIntoIt) {
  const v1::Case third = create(snapshot("还是不亮"));
  merge(third.id(), second_.id());
  merge(second_.id(), first_.id());
  EXPECT_EQ(get(third.id()).merged_into_id(), first_.id());
  EXPECT_EQ(get(first_.id()).duplicates(), 2);
  EXPECT_EQ(get(second_.id()).duplicates(), 0);
  EXPECT_EQ(track(third.tracking_code()).state(), v1::CASE_STATE_RECEIVED);
}

TEST_F(CaseMergingTest, RefusesCasesThatTakeNoDuplicates) {
  EXPECT_REFUSED("merge_target", merge(second_.id(), second_.id()));
  v1::CreateCaseRequest elsewhere = snapshot("路灯不亮");
  elsewhere.set_receiving_unit_id("neighbour");
  EXPECT_REFUSED("merge_target", merge(second_.id(), create(elsewhere).id()));
  decline(first_.id(), "不受理");
  EXPECT_REFUSED("merge_target", merge(second_.id(), first_.id()));
}

TEST_F(CaseMergingTest, RefusesWhatAUnitHasInHand) {
  accept(second_.id());
  dispatch(second_.id(), "bureau", 7);
  EXPECT_REFUSED("case_state", merge(second_.id(), first_.id()));
}

}  // namespace
}  // namespace wenming::hotline
