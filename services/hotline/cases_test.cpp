#include "hotline/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/case_search.pb.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;

class CasesTest : public HotlineFixture {
 protected:
  std::vector<std::string> subjects_of(const v1::ListCasesRequest& request, const domain::Principal& by = agent()) {
    const auto response = call<v1::ListCasesResponse>("ListCases", request, by);
    std::vector<std::string> subjects;
    for (const v1::Case& subject : response.cases()) subjects.push_back(subject.subject());
    return subjects;
  }
};

TEST_F(CasesTest, KeepsACaseAsItWasStated) {
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  request.set_detail("第一行\n第二行");
  request.set_category("城乡建设");
  request.set_place("人民路 12 号");
  request.mutable_position()->set_datum(contract::v1::DATUM_BD09);
  request.mutable_position()->set_longitude(105.73);
  request.mutable_position()->set_latitude(29.71);
  request.set_complainant_name("李华");
  request.set_complainant_phone("13800005678");
  v1::Case created = create(request);
  created.clear_tracking_code();
  EXPECT_EQ(get(created.id()).DebugString(), created.DebugString());
  EXPECT_EQ(created.state(), v1::CASE_STATE_RECEIVED);
  EXPECT_EQ(created.unit_id(), "district");
  EXPECT_EQ(created.version(), 1);
}

TEST_F(CasesTest, AnswersThePositionInTheDatumAskedFor) {
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  request.mutable_position()->set_datum(contract::v1::DATUM_GCJ02);
  request.mutable_position()->set_longitude(105.73);
  request.mutable_position()->set_latitude(29.71);
  const std::string id = create(request).id();
  EXPECT_EQ(get(id).position().longitude(), 105.73);
  EXPECT_EQ(get(id, contract::v1::DATUM_WGS84).position().datum(), contract::v1::DATUM_WGS84);
  EXPECT_NE(get(id, contract::v1::DATUM_WGS84).position().longitude(), 105.73);
}

TEST_F(CasesTest, LetsOnlyAnIntakeOfficeRecordPhoneCallsAndLetters) {
  v1::CreateCaseRequest request = snapshot("来电");
  request.set_channel(v1::CHANNEL_PHONE);
  EXPECT_REFUSED("channel_not_open", create(request, anonymous()));
  EXPECT_REFUSED("channel_not_open", create(request, liaison()));
  grant("of the bureau", contract::v1::ROLE_OPERATOR, "bureau");
  EXPECT_REFUSED("channel_not_open", create(request, as("of the bureau")));
  EXPECT_EQ(create(request, agent()).channel(), v1::CHANNEL_PHONE);
}

TEST_F(CasesTest, RefusesAnAnonymousCaseWithAName) {
  v1::CreateCaseRequest request = snapshot("匿名");
  request.set_anonymous(true);
  EXPECT_TRUE(create(request).anonymous());
  request.set_complainant_phone("13800005678");
  EXPECT_REFUSED("anonymous_named", create(request));
}

TEST_F(CasesTest, KeepsNothingOfWhoBringsInAnAnonymousCase) {
  v1::CreateCaseRequest request = snapshot("举报");
  request.set_anonymous(true);
  const std::string id = create(request, as("teacher")).id();
  EXPECT_EQ(history_of(id).front().actor_id(), "");
  const auto told_of = [&](const std::string& subject) {
    return value<std::string>("SELECT caller || '/' || origin FROM journal WHERE subject = $1", subject).value();
  };
  EXPECT_EQ(told_of(id), "/");
  EXPECT_EQ(told_of(create(snapshot("投诉"), as("teacher")).id()), "teacher/test");
}

TEST_F(CasesTest, ListsACaseToTheUnitThatReceivedItAndToTheOneThatHandlesIt) {
  grant("of the neighbour", contract::v1::ROLE_LIAISON, "neighbour");
  const std::string id = create(snapshot("路灯")).id();
  accept(id);
  dispatch(id, "bureau");
  EXPECT_THAT(subjects_of({}, liaison()), ElementsAre("路灯"));
  EXPECT_THAT(subjects_of({}, as("teacher")), ::testing::IsEmpty());

  work([](domain::Tx& tx) {
    tx.run(
        "UPDATE organisation_ancestors SET ancestor_id = 'neighbour' "
        "WHERE unit_id = 'bureau' AND ancestor_id = 'district'");
  });
  EXPECT_THAT(subjects_of({}), ElementsAre("路灯"));
  EXPECT_EQ(get(id).id(), id);
  EXPECT_THAT(subjects_of({}, as("of the neighbour")), ElementsAre("路灯"));
}

TEST_F(CasesTest, RefusesAnOrganisationThatDoesNotExist) {
  v1::CreateCaseRequest request = snapshot("无处");
  request.set_receiving_unit_id("nowhere");
  EXPECT_REFUSED("unit_unknown", create(request));
}

TEST_F(CasesTest, LeavesNoNamePhoneOrTrackingCodeInTheJournal) {
  v1::CreateCaseRequest request = snapshot("路灯");
  request.set_complainant_name("李华");
  request.set_complainant_phone("13800005678");
  const std::string code = create(request).tracking_code();
  std::string journal;
  store().read([&](domain::ReadTx& tx) {
    for (const domain::Row& row : tx.query("SELECT answer, events FROM journal")) {
      journal.append(row.blob(0)).append(row.blob(1));
    }
  });
  EXPECT_FALSE(journal.empty());
  for (const std::string& secret : {std::string("李华"), std::string("13800005678"), code}) {
    EXPECT_EQ(journal.find(secret), std::string::npos) << secret;
  }
}

TEST_F(CasesTest, AnswersARepeatedRequestWithTheSameCaseButNotWithItsCode) {
  const testing::CallOptions options{.idempotency_key = "key-1", .if_match = {}};
  const v1::CreateCaseRequest request = snapshot("路灯");
  const v1::Case first = call<v1::Case>("CreateCase", request, anonymous(), options);
  const v1::Case again = call<v1::Case>("CreateCase", request, anonymous(), options);
  EXPECT_EQ(again.id(), first.id());
  EXPECT_TRUE(first.has_tracking_code());
  EXPECT_FALSE(again.has_tracking_code());
}

TEST_F(CasesTest, TellsThatACaseCameIn) {
  create(snapshot("路灯"));
  const auto event = published<v1::CaseChanged>().back();
  EXPECT_EQ(event.action(), v1::CASE_ACTION_RECEIVE);
  EXPECT_EQ(event.state(), v1::CASE_STATE_RECEIVED);
  EXPECT_EQ(event.received_day(), "2026-03-05");
  EXPECT_EQ(event.receiving_unit_id(), "district");
  EXPECT_EQ(event.unit_id(), "district");
  EXPECT_EQ(event.version(), 1);
}

TEST_F(CasesTest, ListsTheLatestFirstByStateKindChannelCategoryUnitAndDay) {
  v1::CreateCaseRequest praise = snapshot("表扬");
  praise.set_kind(v1::CASE_KIND_PRAISE);
  create(praise);
  advance_to(at("2026-03-06T10:00:00+08:00"));
  v1::CreateCaseRequest letter = snapshot("来信");
  letter.set_channel(v1::CHANNEL_LETTER);
  letter.set_category("环境");
  const std::string id = create(letter, agent()).id();
  accept(id);
  dispatch(id, "bureau");

  using Request = v1::ListCasesRequest;
  const auto listed = [&](auto set) {
    Request request;
    set(request);
    return subjects_of(request);
  };
  EXPECT_THAT(listed([](Request&) {}), ElementsAre("来信", "表扬"));
  EXPECT_THAT(listed([](Request& r) { r.set_state(v1::CASE_STATE_DISPATCHED); }), ElementsAre("来信"));
  EXPECT_THAT(listed([](Request& r) { r.set_kind(v1::CASE_KIND_PRAISE); }), ElementsAre("表扬"));
  EXPECT_THAT(listed([](Request& r) { r.set_channel(v1::CHANNEL_LETTER); }), ElementsAre("来信"));
  EXPECT_THAT(listed([](Request& r) { r.set_category("环境"); }), ElementsAre("来信"));
  EXPECT_THAT(listed([](Request& r) { r.set_unit_id("bureau"); }), ElementsAre("来信"));
  EXPECT_THAT(listed([](Request& r) { r.set_unit_id("district"); }), ElementsAre("来信", "表扬"));
  EXPECT_THAT(listed([](Request& r) { r.set_to("2026-03-05"); }), ElementsAre("表扬"));
  EXPECT_THAT(listed([](Request& r) { r.set_from("2026-03-06"); }), ElementsAre("来信"));
  EXPECT_THAT(listed([](Request& r) { r.set_overdue(true); }), ElementsAre());
}

TEST_F(CasesTest, ShowsACaseToTheUnitItWasDispatchedToAndNoOther) {
  const std::string id = create(snapshot("路灯")).id();
  v1::GetCaseRequest request;
  request.set_case_id(id);
  EXPECT_REFUSED("not_found", call<v1::Case>("GetCase", request, liaison()));
  EXPECT_REFUSED("not_signed_in", call<v1::Case>("GetCase", request, anonymous()));
  accept(id);
  dispatch(id, "bureau");
  EXPECT_EQ(call<v1::Case>("GetCase", request, liaison()).id(), id);
  EXPECT_REFUSED("not_found", call<v1::Case>("GetCase", request, as("teacher")));
  EXPECT_THAT(subjects_of({}, liaison()), ElementsAre("路灯"));
  EXPECT_THAT(subjects_of({}, as("teacher")), ElementsAre());
  EXPECT_THAT(subjects_of({}), ElementsAre("路灯")) << "the office that received it keeps sight of it";
}

}  // namespace
}  // namespace wenming::hotline
