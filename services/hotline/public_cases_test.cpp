#include "hotline/public_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/public_cases.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PublicCasesTest : public HotlineFixture {
 protected:
  v1::Case publish(const std::string& id, const domain::Principal& by = agent()) {
    return act<v1::PublishCaseRequest>("PublishCase", id, by);
  }
  v1::Case withdraw(const std::string& id) {
    return act<v1::WithdrawCaseRequest>("WithdrawCase", id, agent(), [](auto& r) { r.set_reason("涉及隐私"); });
  }
  v1::PublicCase read(const std::string& id) {
    v1::GetPublicCaseRequest request;
    request.set_case_id(id);
    return call<v1::PublicCase>("GetPublicCase", request, anonymous());
  }
  std::vector<std::string> listed(const v1::ListPublicCasesRequest& request = {}) {
    const auto response = call<v1::ListPublicCasesResponse>("ListPublicCases", request, anonymous());
    std::vector<std::string> subjects;
    for (const v1::PublicCase& subject : response.cases()) subjects.push_back(subject.subject());
    return subjects;
  }
};

TEST_F(PublicCasesTest, ShowsNothingUntilTheOfficePublishesIt) {
  const std::string id = create(snapshot("路灯不亮")).id();
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_REFUSED("not_found", read(id));
  EXPECT_REFUSED("not_allowed", publish(id, liaison()));
  EXPECT_TRUE(publish(id).has_published_at());
  EXPECT_THAT(listed(), ElementsAre("路灯不亮"));
  EXPECT_EQ(read(id).state(), v1::CASE_STATE_RECEIVED);
}

TEST_F(PublicCasesTest, PublishesOnceAndWithdrawsOnce) {
  const std::string id = create(snapshot("路灯不亮")).id();
  EXPECT_EQ(publish(id).version(), publish(id).version());
  EXPECT_FALSE(withdraw(id).has_published_at());
  EXPECT_EQ(withdraw(id).version(), 3);
  EXPECT_REFUSED("not_found", read(id));
  EXPECT_THAT(history_of(id), SizeIs(3));
}

TEST_F(PublicCasesTest, MasksNumbersInAllTexts) {
  v1::CreateCaseRequest request = snapshot("请打13812345678");
  request.set_detail("身份证11010519491231002X，电话 010-12345678");
  request.set_place("门口找13812345678");
  request.set_complainant_name("李华");
  request.set_complainant_phone("13812345678");
  const std::string id = create(request).id();
  publish(id);
  accept(id);
  dispatch(id, "bureau");
  sign(id);
  reply(id, "已联系13812345678处理");
  const v1::PublicCase shown = read(id);
  EXPECT_THAT(shown.ShortDebugString(), ::testing::Not(::testing::HasSubstr("13812345678")));
  EXPECT_EQ(shown.subject(), "请打138****5678");
  EXPECT_EQ(shown.reply(), "已联系138****5678处理");
  EXPECT_EQ(shown.steps(shown.steps_size() - 1).text(), "已联系138****5678处理");
  EXPECT_THAT(listed(), ElementsAre("请打138****5678"));
}

TEST_F(PublicCasesTest, TellsOfACaseItWasMergedIntoOnlyWhereThatIsPublic) {
  const std::string kept = create(snapshot("路灯不亮")).id();
  const std::string duplicate = create(snapshot("路灯坏了")).id();
  accept(kept);
  merge(duplicate, kept);
  publish(duplicate);
  EXPECT_EQ(read(duplicate).merged_into_id(), "");
  publish(kept);
  EXPECT_EQ(read(duplicate).merged_into_id(), kept);
}

TEST_F(PublicCasesTest, FiltersAndPages) {
  for (const char* subject : {"一", "二", "三"}) publish(create(snapshot(subject)).id());
  v1::ListPublicCasesRequest request;
  request.set_page_size(2);
  request.set_include_total(true);
  const auto first = call<v1::ListPublicCasesResponse>("ListPublicCases", request, anonymous());
  EXPECT_EQ(first.total(), 3);
  request.set_page_token(first.next_page_token());
  EXPECT_THAT(listed(request), ElementsAre("一"));

  v1::ListPublicCasesRequest elsewhere;
  elsewhere.set_receiving_unit_id("neighbour");
  EXPECT_THAT(listed(elsewhere), IsEmpty());
  v1::ListPublicCasesRequest earlier;
  earlier.set_to("2026-03-04");
  EXPECT_THAT(listed(earlier), IsEmpty());
}

TEST_F(PublicCasesTest, NotesWhatTheCitizenAddsForTheUnitAndNotForThePublic) {
  const std::string id = create(snapshot("路灯不亮")).id();
  publish(id);
  act<v1::SupplementCaseRequest>("SupplementCase", id, agent(), [](auto& r) { r.set_text("灯杆编号 A-17"); });
  EXPECT_EQ(history_of(id).back().text(), "灯杆编号 A-17");
  EXPECT_THAT(read(id).steps(), SizeIs(1));
}

}  // namespace
}  // namespace wenming::hotline
