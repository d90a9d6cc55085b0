#include "identity/levels.h"

#include <gmock/gmock.h>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

class LevelsTest : public IdentityFixture {
 protected:
  v1::Organisation found(std::string_view code, v1::OrganisationLevel level, std::string_view parent_id = {}) {
    v1::CreateOrganisationRequest request;
    request.set_code(std::string(code));
    request.set_name(std::string(code));
    request.set_level(level);
    request.set_parent_id(std::string(parent_id));
    return call<v1::Organisation>("CreateOrganisation", request, root());
  }
};

TEST_F(LevelsTest, NestSectionsAndPostsInsideOfUnits) {
  const std::string county = found("county", v1::ORGANISATION_LEVEL_DISTRICT).id();
  const std::string bureau = found("bureau", v1::ORGANISATION_LEVEL_UNIT, county).id();
  const std::string section = found("section", v1::ORGANISATION_LEVEL_SECTION, bureau).id();
  const std::string post = found("post", v1::ORGANISATION_LEVEL_POST, section).id();
  EXPECT_REFUSED("misplaced_level", found("below-a-post", v1::ORGANISATION_LEVEL_POST, post));
  EXPECT_REFUSED("misplaced_level", found("in-a-county", v1::ORGANISATION_LEVEL_SECTION, county));
  EXPECT_REFUSED("not_at_the_top", found("at-the-top", v1::ORGANISATION_LEVEL_SECTION));
  EXPECT_REFUSED("misplaced_level", found("unit-in-a-section", v1::ORGANISATION_LEVEL_UNIT, section));
  EXPECT_REFUSED("misplaced_level", found("town-in-a-unit", v1::ORGANISATION_LEVEL_TOWNSHIP, bureau));
}

TEST_F(LevelsTest, NestRegionsFromTheLargeToTheSmall) {
  const std::string city = found("city", v1::ORGANISATION_LEVEL_CITY).id();
  const std::string town = found("town-without-a-county", v1::ORGANISATION_LEVEL_TOWNSHIP, city).id();
  found("community", v1::ORGANISATION_LEVEL_COMMUNITY, town);
  EXPECT_REFUSED("misplaced_level", found("county-in-a-town", v1::ORGANISATION_LEVEL_DISTRICT, town));
}

TEST_F(LevelsTest, HoldForMovesToo) {
  const std::string bureau = found("bureau", v1::ORGANISATION_LEVEL_UNIT).id();
  const std::string post = found("post", v1::ORGANISATION_LEVEL_POST, bureau).id();
  const std::string other = found("other", v1::ORGANISATION_LEVEL_POST, bureau).id();
  v1::MoveOrganisationRequest request;
  request.set_organisation_id(other);
  request.set_parent_id(post);
  EXPECT_REFUSED("misplaced_level", call<v1::Organisation>("MoveOrganisation", request, root()));
  request.clear_parent_id();
  EXPECT_REFUSED("not_at_the_top", call<v1::Organisation>("MoveOrganisation", request, root()));
}

}  // namespace
}  // namespace wenming::identity
