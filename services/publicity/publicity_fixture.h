#pragma once

#include <string_view>

#include "publicity/service.h"
#include "testing/service_fixture.h"

namespace wenming::publicity {

using namespace testing::literals;
using testing::at;

/// What the tests of this service share: a county with two townships, and one user for each role (named after it). It
/// is Thursday, 5 March 2026, ten in the morning.
class PublicityFixture : public testing::ServiceFixture {
 protected:
  explicit PublicityFixture(const Settings& settings = {}) : ServiceFixture(&publicity::service, settings) {
    organisation("county");
    organisation("town", "county");
    organisation("other-town", "county");
    grant("office", contract::v1::ROLE_OFFICE, "county");
    grant("publicist", contract::v1::ROLE_PUBLICIST, "town");
    grant("other-publicist", contract::v1::ROLE_PUBLICIST, "other-town");
    grant("inspector", contract::v1::ROLE_INSPECTOR, "county");
    grant("auditor", contract::v1::ROLE_AUDITOR, "county");
    advance_to(at("2026-03-05T10:00+08:00"));
  }
};

}  // namespace wenming::publicity
