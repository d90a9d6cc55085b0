#include "identity/responsible_persons.h"

#include <gmock/gmock.h>

#include <chrono>

#include "identity/identity_fixture.h"
#include "wenming/identity/v1/responsible_persons.pb.h"

namespace wenming::identity {
namespace {

using contract::v1::ROLE_LIAISON;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ResponsiblePersonsTest : public IdentityFixture {
 protected:
  ResponsiblePersonsTest() : county(create("county").id()), bureau(create("bureau", county).id()) {}

  v1::ResponsiblePerson put_in_charge(const std::string& staff_id, std::string_view valid_from,
                                      v1::Responsibility responsibility = v1::RESPONSIBILITY_FIRST) {
    v1::AppointResponsiblePersonRequest request;
    request.set_unit_id(bureau);
    request.set_staff_id(staff_id);
    request.set_responsibility(responsibility);
    request.set_valid_from(std::string(valid_from));
    return call<v1::ResponsiblePerson>("AppointResponsiblePerson", request, root());
  }
  std::vector<std::string> in_charge_on(std::string_view day) {
    v1::ListResponsiblePersonsRequest request;
    request.set_within(county);
    request.set_on(std::string(day));
    std::vector<std::string> texts;
    const auto response = call<v1::ListResponsiblePersonsResponse>("ListResponsiblePersons", request, root());
    for (const v1::ResponsiblePerson& person : response.responsible_persons())
      texts.push_back(person.name() + ' ' +
                      std::string(domain::enum_text(*v1::Responsibility_descriptor(), person.responsibility())));
    return texts;
  }

  const std::string county, bureau;
};

TEST_F(ResponsiblePersonsTest, SucceedEachOtherWithoutAGap) {
  const v1::ResponsiblePerson first = put_in_charge(add_staff(bureau, "wang").id(), "2026-01-01");
  put_in_charge(add_staff(county, "li").id(), "2026-01-01", v1::RESPONSIBILITY_LEADER_IN_CHARGE);
  put_in_charge(add_staff(bureau, "zhao").id(), "2026-04-01");
  EXPECT_THAT(in_charge_on("2026-03-31"),
              ::testing::UnorderedElementsAre("name of wang FIRST", "name of li LEADER_IN_CHARGE"));
  EXPECT_THAT(in_charge_on("2026-04-01"),
              ::testing::UnorderedElementsAre("name of zhao FIRST", "name of li LEADER_IN_CHARGE"));
  EXPECT_THAT(in_charge_on("2025-12-31"), IsEmpty());
  EXPECT_EQ(statements_about(first.id()).size(), 2U);
}

TEST_F(ResponsiblePersonsTest, DoNotStandBesideEachOther) {
  const std::string wang = add_staff(bureau, "wang").id();
  put_in_charge(wang, "2026-04-01");
  EXPECT_REFUSED("fact_overlaps", put_in_charge(add_staff(bureau, "zhao").id(), "2026-03-01"));
}

TEST_F(ResponsiblePersonsTest, CorrectTheDaysWithAReason) {
  v1::CorrectResponsiblePersonRequest request;
  request.set_responsible_person_id(put_in_charge(add_staff(bureau, "wang").id(), "2026-01-01").id());
  request.set_valid_from("2026-02-01");
  request.set_reason("mistyped");
  call<v1::ResponsiblePerson>("CorrectResponsiblePerson", request, root());
  EXPECT_THAT(in_charge_on("2026-01-31"), IsEmpty());
  EXPECT_THAT(statements_about(request.responsible_person_id()),
              ElementsAre("2 CORRECTED 2026-02-01..9999-12-31 mistyped", "1 BEGAN 2026-01-01..9999-12-31 "));
}

TEST_F(ResponsiblePersonsTest, TellOtherServicesNoNames) {
  put_in_charge(add_staff(bureau, "wang").id(), "2026-01-01");
  for (const auto& event : published<v1::ResponsiblePersonChanged>())
    EXPECT_EQ(event.SerializeAsString().find("name of"), std::string::npos);
  for (const auto& event : published<v1::StaffMemberChanged>())
    EXPECT_EQ(event.SerializeAsString().find("name of"), std::string::npos);
}

}  // namespace
}  // namespace wenming::identity
