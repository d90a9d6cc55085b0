#include "hotline/complainants.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "hotline/hotline_fixture.h"
#include "wenming/hotline/v1/complainants.pb.h"
#include "wenming/hotline/v1/events.pb.h"

namespace wenming::hotline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ComplainantsTest : public HotlineFixture {
 protected:
  ComplainantsTest() {
    grant("office", contract::v1::ROLE_OFFICE, "district");
    grant("neighbours office", contract::v1::ROLE_OFFICE, "neighbour");
    grant("county", contract::v1::ROLE_ADMIN);
  }
  std::string complain(const std::string& subject, const std::string& name, const std::string& phone = {},
                       const std::string& unit = "district") {
    v1::CreateCaseRequest request = snapshot(subject);
    request.set_receiving_unit_id(unit);
    request.set_complainant_name(name);
    request.set_complainant_phone(phone);
    return create(request).id();
  }
  v1::Complainant reveal(const std::string& id, const domain::Principal& by = agent(),
                         const std::string& reason = "回访") {
    v1::RevealComplainantRequest request;
    request.set_case_id(id);
    request.set_reason(reason);
    return call<v1::Complainant>("RevealComplainant", request, by);
  }
  std::vector<std::string> found_by(const std::string& phone, const domain::Principal& by = agent()) {
    v1::FindCasesByPhoneRequest request;
    request.set_phone(phone);
    const auto found = call<v1::FindCasesByPhoneResponse>("FindCasesByPhone", request, by);
    std::vector<std::string> subjects;
    for (const v1::Case& subject : found.cases()) subjects.push_back(subject.subject());
    return subjects;
  }
  static v1::EraseComplainantRequest erasure(const std::string& phone, const std::string& case_id,
                                             const std::string& unit) {
    v1::EraseComplainantRequest request;
    request.set_receiving_unit_id(unit);
    if (!phone.empty()) request.set_phone(phone);
    if (!case_id.empty()) request.set_case_id(case_id);
    request.set_reason("本人申请");
    return request;
  }
  v1::EraseComplainantResponse erase(const std::string& phone, const std::string& case_id = {},
                                     const domain::Principal& by = as("office"), const std::string& unit = "district") {
    return call<v1::EraseComplainantResponse>("EraseComplainant", erasure(phone, case_id, unit), by);
  }
  /// Everything that the journal holds of a method: who, about what, and the bytes of its answers.
  std::string journal_of(const std::string& rpc) {
    std::string found;
    store().read([&](domain::ReadTx& tx) {
      for (const domain::Row& row : tx.query("SELECT method, caller, subject, answer FROM journal ORDER BY sequence"))
        if (row.text(0).ends_with("." + rpc))
          found.append(row.text(1)).append(" ").append(row.text(2)).append(" ").append(row.blob(3)).append("\n");
    });
    return found;
  }
};

TEST_F(ComplainantsTest, ShowsTheIntakeOfficeWhoACaseIsFrom) {
  const std::string id = complain("路灯", "李华", "13800005678");
  EXPECT_EQ(reveal(id).name(), "李华");
  EXPECT_EQ(reveal(id).phone(), "13800005678");
  EXPECT_EQ(reveal(complain("水管", "王芳")).phone(), "");
}

TEST_F(ComplainantsTest, AnswersInTheClearToThatCallOnlyAndMasksTheCase) {
  const std::string id = complain("路灯", "李华", "13800005678");
  v1::RevealComplainantRequest request;
  request.set_case_id(id);
  request.set_reason("回访");
  EXPECT_TRUE(outcome("RevealComplainant", request, agent(), {.idempotency_key = "key", .if_match = {}}).unmasked);
  const store::Outcome again =
      outcome("RevealComplainant", request, agent(), {.idempotency_key = "key", .if_match = {}});
  EXPECT_TRUE(again.replayed);
  EXPECT_FALSE(again.unmasked);
  EXPECT_EQ(static_cast<const v1::Complainant&>(*again.answer).phone(), "138****5678");
  v1::GetCaseRequest question;
  question.set_case_id(id);
  EXPECT_FALSE(outcome("GetCase", question, agent()).unmasked);
  EXPECT_EQ(get(id).complainant_name(), "李华") << "for the answer to mask";
}

TEST_F(ComplainantsTest, KeepsInTheJournalWhoAskedAndWhyAndNotWhatWasAnswered) {
  const std::string id = complain("路灯", "李华建国", "13800005678");
  reveal(id, agent(), "回访，对方来电13912345678");
  const std::string journal = journal_of("RevealComplainant");
  EXPECT_THAT(journal, HasSubstr("agent " + id));
  EXPECT_THAT(journal, HasSubstr("回访，对方来电139****5678"));
  EXPECT_THAT(journal, Not(HasSubstr("李华建")));
  EXPECT_THAT(journal, Not(HasSubstr("13800005678")));
}

TEST_F(ComplainantsTest, KeepsTheComplainantFromTheUnitThatHandlesTheCase) {
  grant("of the bureau", contract::v1::ROLE_OPERATOR, "bureau");
  const std::string id = complain("路灯", "李华");
  accept(id);
  dispatch(id, "bureau");
  EXPECT_EQ(get(id, {}, as("of the bureau")).id(), id);
  EXPECT_REFUSED("not_found", reveal(id, as("of the bureau")));
  EXPECT_REFUSED("not_allowed", reveal(id, liaison()));
  EXPECT_REFUSED("not_signed_in", reveal(id, anonymous()));
  EXPECT_EQ(reveal(id).name(), "李华");
}

TEST_F(ComplainantsTest, HasNobodyToShowWhereNobodySaidWhoTheyAre) {
  EXPECT_REFUSED("not_found", reveal(create(snapshot("匿名")).id()));
}

TEST_F(ComplainantsTest, WantsAReason) {
  const std::string id = complain("路灯", "李华");
  EXPECT_REFUSED("invalid_fields", reveal(id, agent(), ""));
}

TEST_F(ComplainantsTest, TellsNobodyElseWhoTheyAre) {
  complain("路灯", "李华建国", "13800005678");
  for (const auto& event : published<v1::CaseChanged>())
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr("13800005678")));
}

TEST_F(ComplainantsTest, FindsTheCasesOfAPhoneHoweverItIsWritten) {
  complain("路灯", "李华", "138-0000-5678");
  advance(std::chrono::minutes(1));
  complain("水管", "李华", "+86 13800005678");
  complain("垃圾", "王芳", "13800005679");
  for (const std::string phone : {"13800005678", "138 0000 5678", "+8613800005678"})
    EXPECT_THAT(found_by(phone), ElementsAre("水管", "路灯")) << phone;
  EXPECT_THAT(found_by("1380000567"), IsEmpty());
}

TEST_F(ComplainantsTest, FindsCasesOnlyWhereTheCallerTakesThemIn) {
  complain("路灯", "李华", "13800005678");
  complain("水管", "李华", "13800005678", "neighbour");
  EXPECT_THAT(found_by("13800005678"), ElementsAre("路灯"));
  EXPECT_THAT(found_by("13800005678", as("neighbours office")), ElementsAre("水管"));
  EXPECT_REFUSED("not_allowed", found_by("13800005678", liaison()));
}

TEST_F(ComplainantsTest, ForgetsAPersonInAllTheirCases) {
  const std::string lamp = complain("路灯", "李华", "13800005678");
  const std::string pipe = complain("水管", "李先生", "13800005678");
  const std::string other = complain("垃圾", "王芳", "13800005679");
  const auto erased = erase("+86 138 0000 5678");
  EXPECT_EQ(erased.cases(), 2);
  for (const std::string& id : {lamp, pipe}) {
    EXPECT_REFUSED("not_found", reveal(id));
    EXPECT_FALSE(get(id).has_complainant_name());
    EXPECT_FALSE(get(id).has_complainant_phone());
  }
  EXPECT_EQ(get(lamp).subject(), "路灯") << "the case stays";
  EXPECT_THAT(found_by("13800005678"), IsEmpty());
  EXPECT_EQ(reveal(other).name(), "王芳");
  EXPECT_THAT(journal_of("EraseComplainant"), HasSubstr("office " + erased.id()));
  EXPECT_THAT(journal_of("EraseComplainant"), HasSubstr("本人申请"));
}

TEST_F(ComplainantsTest, ForgetsAPersonByACaseAndOnlyOnce) {
  const std::string named = complain("路灯", "李华");
  EXPECT_EQ(erase({}, named).cases(), 1);
  EXPECT_EQ(erase({}, named).cases(), 0);
  EXPECT_EQ(erase("13800005678").cases(), 0);
  EXPECT_EQ(erase({}, create(snapshot("匿名")).id()).cases(), 0);
  EXPECT_REFUSED("not_found", reveal(named));
}

TEST_F(ComplainantsTest, BeginsAnewWithAPersonWhoComesBackAfterBeingForgotten) {
  const std::string before = complain("路灯", "李华", "13800005678");
  erase("13800005678");
  const std::string after = complain("水管", "李华", "13800005678");
  EXPECT_EQ(reveal(after).phone(), "13800005678");
  EXPECT_REFUSED("not_found", reveal(before));
  EXPECT_THAT(found_by("13800005678"), ElementsAre("水管"));
}

TEST_F(ComplainantsTest, ForgetsNobodyWhoHasCasesOfOthers) {
  complain("路灯", "李华", "13800005678");
  const std::string elsewhere = complain("水管", "李华", "13800005678", "neighbour");
  EXPECT_REFUSED("person_elsewhere", erase("13800005678"));
  EXPECT_REFUSED("not_found", erase({}, elsewhere));
  EXPECT_REFUSED("not_allowed", erase("13800005678", {}, agent()));
  EXPECT_REFUSED("not_found", erase("13800005678", {}, as("neighbours office")));
  EXPECT_EQ(reveal(elsewhere, as("neighbours office")).name(), "李华");
}

TEST_F(ComplainantsTest, WantsToKnowWhoIsMeant) {
  const std::string id = complain("路灯", "李华", "13800005678");
  EXPECT_REFUSED("person_unclear", erase({}, {}));
  EXPECT_REFUSED("person_unclear", erase("13800005678", id));
}

TEST_F(ComplainantsTest, SealsWhatAnEarlierVersionKeptInTheClear) {
  const std::string id = create(snapshot("路灯")).id();
  const std::string nameless = create(snapshot("水管")).id();
  work([&](domain::Tx& tx) {
    tx.run(
        "INSERT INTO complainants (case_id, name, phone) VALUES ($1, '李华', '138 0000 5678'), ($2, NULL, "
        "'13800005678')",
        id, nameless);
  });
  std::int64_t sealed = 0;
  work([&](domain::Tx& tx) { sealed = complainants::seal_earlier(tx); });
  EXPECT_EQ(sealed, 2);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM complainants"), 0);
  EXPECT_EQ(reveal(id).name(), "李华");
  EXPECT_EQ(reveal(id).phone(), "138 0000 5678");
  EXPECT_EQ(erase("13800005678").cases(), 2);
}

}  // namespace
}  // namespace wenming::hotline
