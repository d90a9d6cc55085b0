#include "domain/visibility.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "domain/refusal.h"

namespace wenming::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What a caller's grants say by themselves needs no database; what needs one is tested where there is one
/// (libs/reference/relations_test.cpp).
class NoDatabase : public ReadTx {
 public:
  [[nodiscard]] core::Timestamp now() const override { throw std::logic_error("no clock"); }
  [[nodiscard]] core::UtcOffset offset() const override { throw std::logic_error("no clock"); }
  [[nodiscard]] const core::WorkingCalendar& calendar() const override { throw std::logic_error("no calendar"); }
  [[nodiscard]] Keys& keys() const override { throw std::logic_error("no keys"); }

 private:
  std::unique_ptr<Cursor> open(std::string_view, std::span<const Value>) override {
    throw std::logic_error("no database");
  }
};

NoDatabase none;

contract::Method method(const std::string& rules) {
  contract::Method method;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rules, &method.rule));
  return method;
}

Caller user(std::vector<Grant> grants) {
  return {"li", "li", std::move(grants)};
}

std::string refusal_of(const contract::Method& method, const Caller& caller) {
  try {
    Visibility::of(none, method, caller);
  } catch (const Refusal& refusal) {
    return refusal.code();
  }
  return "";
}

const std::string kByUnit = "allow { role: ROLE_OFFICE when: WHEN_WITHIN_UNIT unmasked: true } ";
const std::string kSelf = "allow { role: ROLE_USER when: WHEN_SELF } ";

TEST(VisibilityTest, ShowsTheSubtreesOfMatchingGrantsEachOnce) {
  const auto visible = Visibility::of(none, method(kByUnit),
                                      user({{contract::v1::ROLE_OFFICE, "b"},
                                            {contract::v1::ROLE_OFFICE, "a"},
                                            {contract::v1::ROLE_OFFICE, "b"},
                                            {contract::v1::ROLE_AUDITOR, "c"}}));
  EXPECT_FALSE(visible.all());
  EXPECT_THAT(visible.unit_roots(), ElementsAre("a", "b"));
  EXPECT_EQ(visible.user_id(), "");
}

TEST(VisibilityTest, ShowsEverythingToAGrantOnTheWholeDeployment) {
  EXPECT_TRUE(Visibility::of(none, method(kByUnit), user({{contract::v1::ROLE_OFFICE, ""}})).all());
}

TEST(VisibilityTest, ShowsTheirOwnToPeopleButNotToKeys) {
  EXPECT_EQ(Visibility::of(none, method(kSelf), user({})).user_id(), "li");
  EXPECT_EQ(refusal_of(method(kSelf), {"key:1", "", {}}), "not_allowed");
}

TEST(VisibilityTest, TellsTheUnitThatReceivedFromTheOneThatHandles) {
  const auto visible = Visibility::of(none,
                                      method("allow { role: ROLE_LIAISON when: WHEN_WITHIN_UNIT } "
                                             "allow { role: ROLE_OFFICE when: WHEN_WITHIN_RECEIVING_UNIT }"),
                                      user({{contract::v1::ROLE_LIAISON, "a"}, {contract::v1::ROLE_OFFICE, "b"}}));
  EXPECT_THAT(visible.unit_roots(), ElementsAre("a"));
  EXPECT_THAT(visible.receiving_unit_roots(), ElementsAre("b"));
}

TEST(VisibilityTest, ShowsWhatIsForTheWholeDeploymentToAGrantOnItOnly) {
  const auto whole = method("allow { role: ROLE_ADMIN when: WHEN_ON_WHOLE_DEPLOYMENT }");
  EXPECT_TRUE(Visibility::of(none, whole, user({{contract::v1::ROLE_ADMIN, ""}})).all());
  EXPECT_EQ(refusal_of(whole, user({{contract::v1::ROLE_ADMIN, "town"}})), "not_allowed");
  EXPECT_EQ(refusal_of(whole, user({{contract::v1::ROLE_AUDITOR, ""}})), "not_allowed");
}

TEST(VisibilityTest, ShowsWhatIsPublishedBesideWhatIsTheirs) {
  const auto visible = Visibility::of(none, method(kByUnit + "allow { role: ROLE_USER when: WHEN_PUBLISHED }"),
                                      user({{contract::v1::ROLE_OFFICE, "a"}}));
  EXPECT_TRUE(visible.published());
  EXPECT_FALSE(visible.all());
  EXPECT_THAT(visible.unit_roots(), ElementsAre("a"));
}

TEST(VisibilityTest, RefusesWhereNoRuleGivesAnything) {
  EXPECT_EQ(refusal_of(method(kByUnit), user({})), "not_allowed");
  EXPECT_EQ(refusal_of(method(kByUnit), {}), "not_signed_in");
  EXPECT_EQ(refusal_of(method(kSelf), {}), "not_signed_in");
}

TEST(VisibilityTest, ShowsPublicListsToAnybody) {
  EXPECT_TRUE(Visibility::of(none, method("allow { role: ROLE_CITIZEN when: WHEN_ALWAYS }"), {}).all());
}

TEST(VisibilityTest, UnmasksOnlyWhereEveryRowIsSeenByARuleThatUnmasks) {
  const Caller office = user({{contract::v1::ROLE_OFFICE, "county"}});
  EXPECT_TRUE(Visibility::of(none, method(kByUnit), office).unmasked());
  EXPECT_FALSE(Visibility::of(none, method(kByUnit + kSelf), office).unmasked());
  const Caller whole = user({{contract::v1::ROLE_OFFICE, ""}});
  EXPECT_TRUE(Visibility::of(none, method(kByUnit + kSelf), whole).unmasked());
}

}  // namespace
}  // namespace wenming::domain
