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

using contract::v1::Job;
using contract::v1::ROLE_OFFICE;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OrganisationImportTest : public IdentityFixture {
 protected:
  Job import_rows(const std::string& rows, bool dry_run = false) {
    v1::ImportOrganisationsRequest request;
    request.set_content("code,name,parent_code,level\n" + rows);
    request.set_dry_run(dry_run);
    return import(request);
  }
  Job import(const v1::ImportOrganisationsRequest& request, const domain::Principal& by) {
    return run_job("ImportOrganisations", request, by);
  }
  Job import(const v1::ImportOrganisationsRequest& request) { return import(request, root()); }
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
  const Job job = import_rows("3,village,2,community\n1,city,,city\n2,town,1,township\n");
  EXPECT_EQ(job.taken(), 3);
  EXPECT_EQ(parent_of("3"), "2");
  EXPECT_EQ(parent_of("2"), "1");
}

TEST_F(OrganisationImportTest, ChangesNothingByTheSameFileAgain) {
  import_rows("1,city,,city\n2,town,1,township\n");
  const auto again = import_rows("1,city,,city\n2,town,1,township\n");
  EXPECT_EQ(again.taken(), 0);
  EXPECT_EQ(again.unchanged(), 2);
  EXPECT_EQ(published<v1::OrganisationChanged>().size(), 2U);
}

TEST_F(OrganisationImportTest, RenamesAndMovesWhereTheFileDiffers) {
  import_rows("1,city,,city\n2,town,1,township\n3,village,1,community\n");
  const Job job = import_rows("2,borough,1,township\n3,village,2,community\n");
  EXPECT_EQ(job.taken(), 2);
  EXPECT_EQ(parent_of("3"), "2");
  EXPECT_EQ(organisation_count(), 3);
}

TEST_F(OrganisationImportTest, OnlySaysWhatWouldHappenOnADryRun) {
  const Job job = import_rows("1,city,,city\n", true);
  EXPECT_EQ(job.taken(), 1);
  EXPECT_EQ(organisation_count(), 0);
}

TEST_F(OrganisationImportTest, NamesEveryBadRowAndTakesNone) {
  const Job job = import_rows(
      "1,city,,city\n"
      ",nameless code,1,township\n"
      "3,,1,township\n"
      "4,lost,99,township\n"
      "5,odd,1,kingdom\n"
      "1,again,,city\n"
      "7,too,many,cells,here\n"
      "b@d,code,1,township\n");
  EXPECT_THAT(errors_of(job),
              ElementsAre("3/3 code BLANK", "4/4 name BLANK", "5/5 parent_code UNKNOWN_PARENT", "6/6 level NOT_VALID",
                          "7/7 code REPEATED", "8/8  CELL_COUNT", "9/9 code NOT_VALID"));
  EXPECT_EQ(organisation_count(), 0);
}

TEST_F(OrganisationImportTest, SaysWhyInBothLanguages) {
  const Job job = import_rows("1,town,99,township\n");
  EXPECT_EQ(job.refused(), 1);
  const std::string file = error_file_of(job);
  EXPECT_NE(file.find("there is no organisation with the code 99,不存在编码为 99 的组织"), std::string::npos) << file;
}

TEST_F(OrganisationImportTest, CountsRowsAsASpreadsheetAndLinesAsAnEditor) {
  const Job job = import_rows("1,\"two\nlines\",,city\n2,town,99,township\n");
  EXPECT_THAT(errors_of(job), ElementsAre("2/2 name CONTROL_CHARACTER", "3/4 parent_code UNKNOWN_PARENT"));
}

TEST_F(OrganisationImportTest, NamesEveryRowOfACircle) {
  const Job job = import_rows("1,a,3,unit\n2,b,1,unit\n3,c,2,unit\n4,d,1,unit\n5,e,5,unit\n");
  EXPECT_THAT(errors_of(job), ElementsAre("2/2 parent_code CYCLE", "3/3 parent_code CYCLE", "4/4 parent_code CYCLE",
                                          "6/6 parent_code CYCLE"));
}

TEST_F(OrganisationImportTest, NamesACircleThatClosesThroughTheTree) {
  import_rows("1,a,,unit\n2,b,1,unit\n3,c,2,unit\n");
  EXPECT_THAT(errors_of(import_rows("1,a,3,unit\n")), ElementsAre("2/2 parent_code CYCLE"));
}

TEST_F(OrganisationImportTest, TurnsATreeOnItsHead) {
  import_rows("1,a,,unit\n2,b,1,unit\n3,c,2,unit\n");
  // 2 is not in the file: it stays below 1, which comes to stand below 3.
  const Job job = import_rows("1,a,3,unit\n3,c,,unit\n");
  EXPECT_THAT(errors_of(job), IsEmpty());
  EXPECT_EQ(parent_of("3"), "");
  EXPECT_EQ(parent_of("1"), "3");
  EXPECT_EQ(parent_of("2"), "1");
}

TEST_F(OrganisationImportTest, NamesRowsWhoseLevelHasNoBusinessWhereTheyStand) {
  import_rows("1,bureau,,unit\n");
  EXPECT_THAT(errors_of(import_rows("2,post,1,post\n3,below,2,post\n4,town,1,township\n5,lost,,section\n")),
              ElementsAre("3/3 level MISPLACED_LEVEL", "4/4 level MISPLACED_LEVEL", "5/5 level NOT_AT_THE_TOP"));
}

TEST_F(OrganisationImportTest, RefusesAnotherLevelForAKnownOrganisation) {
  import_rows("1,a,,city\n");
  EXPECT_THAT(errors_of(import_rows("1,a,,district\n")), ElementsAre("2/2 level OTHER_LEVEL"));
}

TEST_F(OrganisationImportTest, RefusesATreeThatIsTooDeep) {
  std::string rows = "1,top,,unit\n";
  for (int i = 2; i <= 22; ++i) rows += std::to_string(i) + ",n," + std::to_string(i - 1) + ",unit\n";
  EXPECT_THAT(errors_of(import_rows(rows)), ElementsAre("22/22 parent_code TOO_DEEP", "23/23 parent_code TOO_DEEP"));
}

TEST_F(OrganisationImportTest, TakesColumnsInAnyOrderWithAByteOrderMarkAndSpaces) {
  v1::ImportOrganisationsRequest request;
  request.set_content("\xef\xbb\xbflevel, parent_code ,name,code\r\nCity,,  龙岗  ,1\r\n");
  EXPECT_EQ(import(request).taken(), 1);
  EXPECT_EQ(value<std::string>("SELECT name FROM organisations WHERE code = '1'"), "龙岗");
}

TEST_F(OrganisationImportTest, RefusesAFileWithoutItsColumns) {
  v1::ImportOrganisationsRequest request;
  request.set_content("code,name\n1,a\n");
  EXPECT_EQ(import(request).problem(), "table_columns");
}

TEST_F(OrganisationImportTest, KeepsAnOfficeToItsOwnSubtree) {
  import_rows("1,city,,city\n2,group,1,unit\n3,other,1,unit\n");
  const std::string town = value<std::string>("SELECT id FROM organisations WHERE code = '2'").value();
  const domain::Principal office = user_with("office", ROLE_OFFICE, town);
  v1::ImportOrganisationsRequest request;
  request.set_unit_id(town);
  request.set_content("code,name,parent_code,level\n2,group,1,unit\n21,firm,2,unit\n22,part,21,section\n");
  const auto inside = import(request, office);
  EXPECT_EQ(inside.taken(), 2);
  EXPECT_EQ(inside.unchanged(), 1);

  request.set_content("code,name,parent_code,level\n2,empire,1,unit\n31,colony,3,unit\n3,stolen,2,unit\n4,top,,city\n");
  EXPECT_THAT(errors_of(import(request, office)),
              ElementsAre("2/2 code OUTSIDE", "3/3 code OUTSIDE", "4/4 code OUTSIDE", "5/5 code OUTSIDE"));
  request.clear_unit_id();
  EXPECT_REFUSED("not_found", import(request, office));
}

TEST_F(OrganisationImportTest, TakesTheRealTreeOfADistrict) {
  const char* samples = std::getenv("WENMING_SAMPLES");
  if (samples == nullptr) GTEST_SKIP() << "WENMING_SAMPLES is not set";
  std::ifstream file(std::string(samples) + "/org/dazu_divisions.csv");
  v1::ImportOrganisationsRequest request;
  request.set_content(std::string(std::istreambuf_iterator<char>(file), {}));
  const auto first = import(request);
  EXPECT_THAT(errors_of(first), IsEmpty());
  EXPECT_EQ(first.taken(), 338);
  EXPECT_EQ(import(request).unchanged(), 338);
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
  EXPECT_EQ(import_rows(join()).taken(), 60) << "seed " << seed;
  const auto first = edges();
  std::shuffle(rows.begin(), rows.end(), random);
  EXPECT_EQ(import_rows(join()).unchanged(), 60) << "seed " << seed;
  EXPECT_EQ(edges(), first) << "seed " << seed;
}

}  // namespace
}  // namespace wenming::identity
