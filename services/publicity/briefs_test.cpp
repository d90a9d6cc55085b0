#include "wenming/publicity/v1/briefs.pb.h"

#include <gmock/gmock.h>

#include "publicity/publicity_fixture.h"
#include "wenming/publicity/v1/events.pb.h"

namespace wenming::publicity {
namespace {

using ::testing::ElementsAre;

class BriefsTest : public PublicityFixture {
 protected:
  using PublicityFixture::PublicityFixture;

  static v1::SubmitBriefRequest news(std::string_view unit = "town") {
    v1::SubmitBriefRequest request;
    request.set_unit_id(std::string(unit));
    request.set_kind("NEWS");
    request.set_title("背街小巷环境整治");
    request.set_progress("完成十条小巷的清理。");
    request.set_results("居民反映良好。");
    request.set_problems("停车位不足。");
    request.set_next_steps("下月推进其余小巷。");
    return request;
  }
  v1::Brief submit(const v1::SubmitBriefRequest& request, std::string_view user = "publicist") {
    return call<v1::Brief>("SubmitBrief", request, as(user));
  }
  v1::Brief get(const v1::Brief& brief, std::string_view user = "auditor") {
    v1::GetBriefRequest request;
    request.set_brief_id(brief.id());
    return call<v1::Brief>("GetBrief", request, as(user));
  }
  v1::Brief adopt(const v1::Brief& brief, v1::BriefLevel level, std::string_view user = "office") {
    v1::AdoptBriefRequest request;
    request.set_brief_id(brief.id());
    request.set_level(level);
    return call<v1::Brief>("AdoptBrief", request, as(user));
  }
  v1::Brief decline(const v1::Brief& brief, std::string_view user = "office") {
    v1::DeclineBriefRequest request;
    request.set_brief_id(brief.id());
    request.set_reason("内容重复");
    return call<v1::Brief>("DeclineBrief", request, as(user));
  }
  std::vector<std::string> ids_in(const v1::ListBriefsRequest& request, std::string_view user = "office") {
    std::vector<std::string> ids;
    const auto page = call<v1::ListBriefsResponse>("ListBriefs", request, as(user));
    for (const auto& brief : page.briefs()) ids.push_back(brief.id());
    return ids;
  }
};

TEST_F(BriefsTest, KeepsAllFourPartsOfABrief) {
  const auto brief = submit(news());
  EXPECT_EQ(brief.status(), v1::BRIEF_STATUS_SUBMITTED);
  EXPECT_EQ(brief.points(), 0);
  EXPECT_FALSE(brief.has_level());
  EXPECT_EQ(brief.submitted_by(), "publicist");
  const auto read = get(brief);
  EXPECT_EQ(read.SerializeAsString(), brief.SerializeAsString());
  EXPECT_EQ(read.progress(), "完成十条小巷的清理。");
  EXPECT_EQ(read.results(), "居民反映良好。");
  EXPECT_EQ(read.problems(), "停车位不足。");
  EXPECT_EQ(read.next_steps(), "下月推进其余小巷。");
}

TEST_F(BriefsTest, RefusesAKindThatIsNotInTheCatalogueAndABriefWithoutTitleOrProgress) {
  auto request = news();
  request.set_kind("NOVEL");
  EXPECT_REFUSED("brief_kind_unknown", submit(request));
  request = news();
  request.clear_title();
  request.clear_progress();
  EXPECT_FIELD_REFUSED("/title", submit(request));
  EXPECT_FIELD_REFUSED("/progress", submit(request));
}

TEST_F(BriefsTest, RefusesAUnitThatIsNotInTheTreeOrNotTheCallers) {
  grant("province", contract::v1::ROLE_OFFICE);
  EXPECT_REFUSED("unit_unknown", submit(news("nowhere"), "province"));
  EXPECT_REFUSED("not_found", submit(news("other-town")));
  EXPECT_REFUSED("not_allowed", submit(news(), "inspector"));
}

TEST_F(BriefsTest, EarnsThePointsOfTheLevelThatAdoptedIt) {
  EXPECT_EQ(adopt(submit(news()), v1::BRIEF_LEVEL_COUNTY).points(), 1);
  EXPECT_EQ(adopt(submit(news()), v1::BRIEF_LEVEL_CITY).points(), 2);
  EXPECT_EQ(adopt(submit(news()), v1::BRIEF_LEVEL_PROVINCE).points(), 4);
  const auto brief = adopt(submit(news()), v1::BRIEF_LEVEL_NATIONAL);
  EXPECT_EQ(brief.points(), 8);
  EXPECT_EQ(brief.status(), v1::BRIEF_STATUS_ADOPTED);
  EXPECT_EQ(brief.level(), v1::BRIEF_LEVEL_NATIONAL);
  EXPECT_EQ(brief.decided_by(), "office");
  EXPECT_EQ(get(brief).SerializeAsString(), brief.SerializeAsString());
}

class BriefsWithOtherPointsTest : public BriefsTest {
 protected:
  BriefsWithOtherPointsTest() : BriefsTest({{"publicity.city_points", "5"}}) {}
};

TEST_F(BriefsWithOtherPointsTest, EarnsThePointsThatTheDeploymentSet) {
  EXPECT_EQ(adopt(submit(news()), v1::BRIEF_LEVEL_CITY).points(), 5);
}

TEST_F(BriefsTest, RefusesAnAdoptionWithoutALevel) {
  EXPECT_FIELD_REFUSED("/level", adopt(submit(news()), v1::BRIEF_LEVEL_UNSPECIFIED));
}

TEST_F(BriefsTest, IsDecidedOnce) {
  const auto adopted = adopt(submit(news()), v1::BRIEF_LEVEL_CITY);
  EXPECT_REFUSED("brief_decided", adopt(adopted, v1::BRIEF_LEVEL_NATIONAL));
  EXPECT_REFUSED("brief_decided", decline(adopted));
  const auto declined = decline(submit(news()));
  EXPECT_EQ(declined.decline_reason(), "内容重复");
  EXPECT_EQ(declined.points(), 0);
  EXPECT_REFUSED("brief_decided", adopt(declined, v1::BRIEF_LEVEL_CITY));
}

TEST_F(BriefsTest, LeavesTheDecisionToTheOffice) {
  const auto brief = submit(news());
  EXPECT_REFUSED("not_allowed", adopt(brief, v1::BRIEF_LEVEL_CITY, "publicist"));
  EXPECT_REFUSED("not_allowed", decline(brief, "auditor"));
  EXPECT_REFUSED("not_found", get(brief, "other-publicist"));
}

TEST_F(BriefsTest, ListsByUnitKindStatusLevelAndDayTheLatestFirst) {
  const auto first = adopt(submit(news()), v1::BRIEF_LEVEL_CITY);
  advance(24_h);
  auto picture = news();
  picture.set_kind("PICTURE");
  const auto second = submit(picture);
  advance(24_h);
  const auto third = submit(news("other-town"), "other-publicist");

  EXPECT_THAT(ids_in({}), ElementsAre(third.id(), second.id(), first.id()));
  EXPECT_THAT(ids_in({}, "publicist"), ElementsAre(second.id(), first.id()));
  const auto only = [&](const auto& narrow) {
    v1::ListBriefsRequest narrowed;
    narrow(narrowed);
    return ids_in(narrowed);
  };
  EXPECT_THAT(only([](auto& r) { r.set_unit_id("other-town"); }), ElementsAre(third.id()));
  EXPECT_THAT(only([](auto& r) { r.set_kind("PICTURE"); }), ElementsAre(second.id()));
  EXPECT_THAT(only([](auto& r) { r.set_status(v1::BRIEF_STATUS_SUBMITTED); }), ElementsAre(third.id(), second.id()));
  EXPECT_THAT(only([](auto& r) { r.set_level(v1::BRIEF_LEVEL_CITY); }), ElementsAre(first.id()));
  EXPECT_THAT(only([](auto& r) { r.set_from("2026-03-06"); }), ElementsAre(third.id(), second.id()));
  EXPECT_THAT(only([](auto& r) { r.set_to("2026-03-06"); }), ElementsAre(second.id(), first.id()));
}

TEST_F(BriefsTest, TellsTheOthersTheStateAfterEachChange) {
  const auto brief = submit(news());
  advance(24_h);
  adopt(brief, v1::BRIEF_LEVEL_PROVINCE);
  const auto events = published<v1::BriefChanged>();
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].status(), v1::BRIEF_STATUS_SUBMITTED);
  EXPECT_FALSE(events[0].has_decided_on());
  EXPECT_EQ(events[1].status(), v1::BRIEF_STATUS_ADOPTED);
  EXPECT_EQ(events[1].points(), 4);
  EXPECT_EQ(events[1].submitted_on(), "2026-03-05");
  EXPECT_EQ(events[1].decided_on(), "2026-03-06");
}

}  // namespace
}  // namespace wenming::publicity
