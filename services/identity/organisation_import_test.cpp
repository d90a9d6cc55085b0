#include "identity/organisation_import.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "identity/identity_fixture.h"

namespace wenming::identity {
namespace {

using contract::v1::ROLE_OFFICE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OrganisationImportTest : public IdentityFixture {
 protected:
  v1::ImportOrganisationsResponse import_rows(const std::string& rows, bool dry_run = false) {
    v1::ImportOrganisationsRequest request;
    request.set_content("code,name,parent_code,level\n" + rows);
    request.set_dry_run(dry_run);
    return call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, root());
  }
  /// `3 parent_code UNKNOWN_PARENT`
  static std::vector<std::string> refusals(const v1::ImportOrganisationsResponse& response) {
    std::vector<std::string> texts;
    for (const v1::RefusedRow& row : response.refused()) {
      texts.push_back(std::to_string(row.row()) + ' ' + row.column() + ' ' +
                      std::string(domain::enum_text(*v1::RowProblem_descriptor(), row.problem())));
    }
    return texts;
  }
  std::string parent_of(const std::string& code) {
    return value<std::string>(
               "SELECT above.code FROM organisations AS it JOIN organisations AS above "
               "ON above.id = it.parent_id WHERE it.code = $1 AND it.valid_to = '9999-12-31'",
               code)
        .value_or("");
  }
  std::int64_t organisation_count() {
    return value<std::int64_t>("SELECT COUNT(DISTINCT id) FROM organisations").value();
  }
};

TEST_F(OrganisationImportTest, CreatesATreeFromRowsInAnyOrder) {
  const auto response = import_rows("3,village,2,community\n1,city,,city\n2,town,1,township\n");
  EXPECT_TRUE(response.applied());
  EXPECT_EQ(response.created(), 3);
  EXPECT_EQ(parent_of("3"), "2");
  EXPECT_EQ(parent_of("2"), "1");
}

TEST_F(OrganisationImportTest, ChangesNothingByTheSameFileAgain) {
  import_rows("1,city,,city\n2,town,1,township\n");
  const auto again = import_rows("1,city,,city\n2,town,1,township\n");
  EXPECT_TRUE(again.applied());
  EXPECT_EQ(again.created() + again.updated(), 0);
  EXPECT_EQ(again.unchanged(), 2);
  EXPECT_EQ(published<v1::OrganisationChanged>().size(), 2U);
}

TEST_F(OrganisationImportTest, RenamesAndMovesWhereTheFileDiffers) {
  import_rows("1,city,,city\n2,town,1,township\n3,village,1,community\n");
  const auto response = import_rows("2,borough,1,township\n3,village,2,community\n");
  EXPECT_EQ(response.updated(), 2);
  EXPECT_EQ(parent_of("3"), "2");
  EXPECT_EQ(organisation_count(), 3);
}

TEST_F(OrganisationImportTest, OnlySaysWhatWouldHappenOnADryRun) {
  const auto response = import_rows("1,city,,city\n", true);
  EXPECT_FALSE(response.applied());
  EXPECT_EQ(response.created(), 1);
  EXPECT_EQ(organisation_count(), 0);
}

TEST_F(OrganisationImportTest, NamesEveryBadRowAndTakesNone) {
  const auto response = import_rows(
      "1,city,,city\n"
      ",nameless code,1,township\n"
      "3,,1,township\n"
      "4,lost,99,township\n"
      "5,odd,1,kingdom\n"
      "1,again,,city\n"
      "7,too,many,cells,here\n"
      "b@d,code,1,township\n");
  EXPECT_FALSE(response.applied());
  EXPECT_THAT(refusals(response),
              ElementsAre("3 code BLANK", "4 name BLANK", "5 parent_code UNKNOWN_PARENT", "6 level NOT_VALID",
                          "7 code REPEATED", "8  UNREADABLE", "9 code NOT_VALID"));
  EXPECT_EQ(organisation_count(), 0);
}

TEST_F(OrganisationImportTest, SaysWhyInBothLanguages) {
  const auto response = import_rows("1,town,99,township\n");
  ASSERT_EQ(response.refused_size(), 1);
  EXPECT_EQ(response.refused(0).reason(), "there is no organisation with the code 99");
  EXPECT_EQ(response.refused(0).reason_zh(), "不存在编码为 99 的组织");
  EXPECT_EQ(response.refused(0).line(), 2);
}

TEST_F(OrganisationImportTest, CountsRowsAsASpreadsheetAndLinesAsAnEditor) {
  const auto response = import_rows("1,\"two\nlines\",,city\n2,town,99,township\n");
  ASSERT_EQ(response.refused_size(), 1);
  EXPECT_EQ(response.refused(0).row(), 3);
  EXPECT_EQ(response.refused(0).line(), 4);
}

TEST_F(OrganisationImportTest, NamesEveryRowOfACircle) {
  const auto response = import_rows("1,a,3,township\n2,b,1,township\n3,c,2,township\n4,d,1,township\n5,e,5,township\n");
  EXPECT_THAT(refusals(response),
              ElementsAre("2 parent_code CYCLE", "3 parent_code CYCLE", "4 parent_code CYCLE", "6 parent_code CYCLE"));
}

TEST_F(OrganisationImportTest, NamesACircleThatClosesThroughTheTree) {
  import_rows("1,a,,city\n2,b,1,district\n3,c,2,township\n");
  EXPECT_THAT(refusals(import_rows("1,a,3,city\n")), ElementsAre("2 parent_code CYCLE"));
}

TEST_F(OrganisationImportTest, TurnsATreeOnItsHead) {
  import_rows("1,a,,city\n2,b,1,district\n3,c,2,township\n");
  // 2 is not in the file: it stays below 1, which comes to stand below 3.
  const auto response = import_rows("1,a,3,city\n3,c,,township\n");
  EXPECT_THAT(refusals(response), IsEmpty());
  EXPECT_EQ(parent_of("3"), "");
  EXPECT_EQ(parent_of("1"), "3");
  EXPECT_EQ(parent_of("2"), "1");
}

TEST_F(OrganisationImportTest, RefusesAnotherLevelForAKnownOrganisation) {
  import_rows("1,a,,city\n");
  EXPECT_THAT(refusals(import_rows("1,a,,district\n")), ElementsAre("2 level OTHER_LEVEL"));
}

TEST_F(OrganisationImportTest, RefusesATreeThatIsTooDeep) {
  std::string rows = "1,top,,unit\n";
  for (int i = 2; i <= 22; ++i) rows += std::to_string(i) + ",n," + std::to_string(i - 1) + ",unit\n";
  EXPECT_THAT(refusals(import_rows(rows)), ElementsAre("22 parent_code TOO_DEEP", "23 parent_code TOO_DEEP"));
}

TEST_F(OrganisationImportTest, TakesColumnsInAnyOrderWithAByteOrderMarkAndSpaces) {
  v1::ImportOrganisationsRequest request;
  request.set_content("\xef\xbb\xbflevel, parent_code ,name,code\r\nCity,,  龙岗  ,1\r\n");
  EXPECT_EQ(call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, root()).created(), 1);
  EXPECT_EQ(value<std::string>("SELECT name FROM organisations WHERE code = '1'"), "龙岗");
}

TEST_F(OrganisationImportTest, RefusesAFileWithoutItsColumns) {
  v1::ImportOrganisationsRequest request;
  request.set_content("code,name\n1,a\n");
  EXPECT_REFUSED("unreadable_file", call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, root()));
}

TEST_F(OrganisationImportTest, KeepsAnOfficeToItsOwnSubtree) {
  import_rows("1,city,,city\n2,town,1,township\n3,other,1,township\n");
  const std::string town = value<std::string>("SELECT id FROM organisations WHERE code = '2'").value();
  const domain::Principal office = user_with("office", ROLE_OFFICE, town);
  v1::ImportOrganisationsRequest request;
  request.set_unit_id(town);
  request.set_content("code,name,parent_code,level\n2,town,1,township\n21,village,2,community\n22,part,21,unit\n");
  const auto inside = call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, office);
  EXPECT_EQ(inside.created(), 2);
  EXPECT_EQ(inside.unchanged(), 1);

  request.set_content(
      "code,name,parent_code,level\n2,empire,1,township\n31,colony,3,community\n3,stolen,2,township\n4,top,,city\n");
  EXPECT_THAT(refusals(call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, office)),
              ElementsAre("2 code OUTSIDE", "3 code OUTSIDE", "4 code OUTSIDE", "5 code OUTSIDE"));
  request.clear_unit_id();
  EXPECT_REFUSED("not_found", call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, office));
}

TEST_F(OrganisationImportTest, TakesTheRealTreeOfADistrict) {
  const char* samples = std::getenv("WENMING_SAMPLES");
  if (samples == nullptr) GTEST_SKIP() << "WENMING_SAMPLES is not set";
  std::ifstream file(std::string(samples) + "/org/dazu_divisions.csv");
  v1::ImportOrganisationsRequest request;
  request.set_content(std::string(std::istreambuf_iterator<char>(file), {}));
  const auto first = call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, root());
  EXPECT_THAT(refusals(first), IsEmpty());
  EXPECT_EQ(first.created(), 338);
  EXPECT_EQ(call<v1::ImportOrganisationsResponse>("ImportOrganisations", request, root()).unchanged(), 338);
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM organisations WHERE level = 'TOWNSHIP'"), 27);
}

TEST_F(OrganisationImportTest, GivesTheSameTreeForEveryOrderOfRows) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<std::string> rows;
  for (int i = 0; i < 60; ++i) {
    rows.push_back(std::to_string(i) + ",n" + std::to_string(i) + ',' +
                   (i == 0 ? "" : std::to_string(random() % static_cast<unsigned>(i))) + ",unit\n");
  }
  const auto edges = [this] {
    std::map<std::string, std::string> found;
    for (int i = 0; i < 60; ++i) found[std::to_string(i)] = parent_of(std::to_string(i));
    return found;
  };
  const auto join = [&rows] {
    std::string text;
    for (const std::string& row : rows) text += row;
    return text;
  };
  std::shuffle(rows.begin(), rows.end(), random);
  EXPECT_EQ(import_rows(join()).created(), 60) << "seed " << seed;
  const auto first = edges();
  std::shuffle(rows.begin(), rows.end(), random);
  EXPECT_EQ(import_rows(join()).unchanged(), 60) << "seed " << seed;
  EXPECT_EQ(edges(), first) << "seed " << seed;
}

}  // namespace
}  // namespace wenming::identity
