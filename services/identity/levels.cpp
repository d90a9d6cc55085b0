#include "identity/levels.h"

#include "domain/value.h"

namespace wenming::identity::levels {
namespace {

constexpr v1::OrganisationLevel kTop = v1::ORGANISATION_LEVEL_UNSPECIFIED;

/// One bit for every level, the top of the tree among them.
constexpr unsigned bit(v1::OrganisationLevel level) {
  return 1U << static_cast<unsigned>(level);
}

/// Regions nest from the large to the small, and a level may be left out: some prefectures have towns but no counties.
/// A single unit or community may run a deployment of its own, so all but sections and posts may stand at the top.
/// Units have units below them: a company's subsidiaries, a bureau's schools. Sections and posts lie inside of whatever
/// has staff: units, and the offices of sub-districts and communities. Nothing stands below a post.
unsigned parents_of(v1::OrganisationLevel level) {
  constexpr unsigned kProvince = bit(v1::ORGANISATION_LEVEL_PROVINCE);
  constexpr unsigned kCity = bit(v1::ORGANISATION_LEVEL_CITY);
  constexpr unsigned kDistrict = bit(v1::ORGANISATION_LEVEL_DISTRICT);
  constexpr unsigned kTownship = bit(v1::ORGANISATION_LEVEL_TOWNSHIP);
  constexpr unsigned kCommunity = bit(v1::ORGANISATION_LEVEL_COMMUNITY);
  constexpr unsigned kUnit = bit(v1::ORGANISATION_LEVEL_UNIT);
  switch (level) {
    case v1::ORGANISATION_LEVEL_PROVINCE:
      return bit(kTop);
    case v1::ORGANISATION_LEVEL_CITY:
      return bit(kTop) | kProvince;
    case v1::ORGANISATION_LEVEL_DISTRICT:
      return bit(kTop) | kProvince | kCity;
    case v1::ORGANISATION_LEVEL_TOWNSHIP:
      return bit(kTop) | kProvince | kCity | kDistrict;
    case v1::ORGANISATION_LEVEL_COMMUNITY:
      return bit(kTop) | kCity | kDistrict | kTownship;
    case v1::ORGANISATION_LEVEL_UNIT:
      return bit(kTop) | kProvince | kCity | kDistrict | kTownship | kCommunity | kUnit;
    case v1::ORGANISATION_LEVEL_SECTION:
    case v1::ORGANISATION_LEVEL_POST:
      return kTownship | kCommunity | kUnit | bit(v1::ORGANISATION_LEVEL_SECTION);
    default:
      return 0;
  }
}

}  // namespace

bool may_stand_below(v1::OrganisationLevel level, v1::OrganisationLevel parent) {
  return (parents_of(level) & bit(parent)) != 0;
}

std::string word(v1::OrganisationLevel level) {
  return std::string(domain::enum_text(*v1::OrganisationLevel_descriptor(), level));
}

}  // namespace wenming::identity::levels
