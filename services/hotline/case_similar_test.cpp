#include "hotline/case_similar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/case_search.pb.h"

namespace wenming::hotline {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SimilarCasesTest : public HotlineFixture {
 protected:
  SimilarCasesTest() { grant("auditor", contract::v1::ROLE_AUDITOR, "district"); }

  static v1::FindSimilarCasesRequest about(const std::string& subject) {
    v1::FindSimilarCasesRequest request;
    request.set_receiving_unit_id("district");
    request.set_subject(subject);
    return request;
  }
  template <class Request>
  static Request at_metres_north(Request request, double metres) {
    auto& position = *request.mutable_position();
    position.set_datum(contract::v1::DATUM_WGS84);
    position.set_longitude(105.7221);
    position.set_latitude(29.7066 + metres / 111'195.0);
    return request;
  }
  std::vector<v1::SimilarCase> similar(const v1::FindSimilarCasesRequest& request,
                                       const domain::Principal& by = agent()) {
    const auto answer = call<v1::SimilarCases>("FindSimilarCases", request, by);
    return {answer.cases().begin(), answer.cases().end()};
  }
  std::vector<std::string> found(const v1::FindSimilarCasesRequest& request) {
    std::vector<std::string> subjects;
    for (const v1::SimilarCase& one : similar(request)) subjects.push_back(one.case_().subject());
    return subjects;
  }
  void bring_in(const v1::CreateCaseRequest& request) {
    create(request);
    advance(seconds(1));
  }
};

TEST_F(SimilarCasesTest, FindsWhatIsNearEvenBeforeTheIndexKnowsIt) {
  create(at_metres_north(snapshot("甲"), 0));
  create(at_metres_north(snapshot("乙"), 240));
  create(at_metres_north(snapshot("丙"), 260));
  const auto request = at_metres_north(about("路灯不亮"), 0);
  EXPECT_THAT(found(request), ElementsAre("甲", "乙"));
  advance(seconds(1));
  EXPECT_THAT(found(request), ElementsAre("甲", "乙"));
  EXPECT_NEAR(similar(request)[1].metres(), 240, 1);
}

TEST_F(SimilarCasesTest, FindsWhatIsToldAlikeWhereThereIsNoPosition) {
  bring_in(snapshot("关于M市乡村医生档案托管问题的咨询"));
  bring_in(snapshot("咨询A市公积金新政的相关问题"));
  EXPECT_THAT(found(about("諮詢M市鄉村醫生個人檔案託管等問題")), ElementsAre("关于M市乡村医生档案托管问题的咨询"));
  EXPECT_THAT(found(about("夜间施工噪音")), IsEmpty());
}

TEST_F(SimilarCasesTest, DoesNotTakeTheSameWordsInTwoPlacesForTheSameMatter) {
  bring_in(at_metres_north(snapshot("路灯不亮"), 5000));
  EXPECT_THAT(found(at_metres_north(about("路灯不亮"), 0)), IsEmpty());
  EXPECT_THAT(found(about("路灯不亮")), ElementsAre("路灯不亮")) << "here it may be the same place";
}

TEST_F(SimilarCasesTest, PutsFirstWhatIsBothNearAndToldAlike) {
  bring_in(at_metres_north(snapshot("垃圾成堆"), 10));
  bring_in(at_metres_north(snapshot("路灯不亮"), 50));
  bring_in(snapshot("路灯不亮了"));
  EXPECT_THAT(found(at_metres_north(about("路灯不亮"), 0)), ElementsAre("路灯不亮", "垃圾成堆", "路灯不亮了"));
}

TEST_F(SimilarCasesTest, LooksNoFurtherThanFourteenDays) {
  bring_in(snapshot("路灯不亮"));
  advance(hours(13 * 24));
  const auto same = similar(about("路灯不亮"));
  ASSERT_EQ(same.size(), 1U);
  EXPECT_EQ(same[0].days(), 13);
  EXPECT_DOUBLE_EQ(same[0].likeness(), 1.0);
  advance(hours(2 * 24));
  EXPECT_THAT(found(about("路灯不亮")), IsEmpty());
}

TEST_F(SimilarCasesTest, LooksAtTheSameCategoryOrNone) {
  v1::CreateCaseRequest other = snapshot("路灯不亮");
  other.set_category("环境");
  bring_in(other);
  v1::FindSimilarCasesRequest request = about("路灯不亮");
  EXPECT_THAT(found(request), ElementsAre("路灯不亮"));
  request.set_category("城建");
  EXPECT_THAT(found(request), IsEmpty());
  request.set_category("环境");
  EXPECT_THAT(found(request), ElementsAre("路灯不亮"));
}

TEST_F(SimilarCasesTest, ShowsNothingToCitizensUnitsAndOtherOffices) {
  bring_in(snapshot("路灯不亮"));
  EXPECT_REFUSED("not_signed_in", similar(about("路灯不亮"), anonymous()));
  EXPECT_REFUSED("not_allowed", similar(about("路灯不亮"), liaison()));
  grant("of the neighbour", contract::v1::ROLE_OPERATOR, "neighbour");
  v1::FindSimilarCasesRequest of_another = about("路灯不亮");
  of_another.set_receiving_unit_id("neighbour");
  EXPECT_THAT(similar(of_another, as("of the neighbour")), IsEmpty());
}

TEST_F(SimilarCasesTest, FindsTheSimilarCasesOfOneThatIsThere) {
  bring_in(snapshot("路灯不亮"));
  bring_in(snapshot("路燈不亮"));
  bring_in(snapshot("夜间噪音"));
  const std::string id = value<std::string>("SELECT id FROM cases WHERE subject = '路灯不亮'").value();
  v1::ListSimilarCasesRequest request;
  request.set_case_id(id);
  const auto answer = call<v1::SimilarCases>("ListSimilarCases", request, as("auditor"));
  ASSERT_EQ(answer.cases_size(), 1);
  EXPECT_EQ(answer.cases(0).case_().subject(), "路燈不亮");
  EXPECT_REFUSED("not_allowed", call<v1::SimilarCases>("ListSimilarCases", request, liaison()));
}

}  // namespace
}  // namespace wenming::hotline
