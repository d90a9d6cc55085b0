#include "contract/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class RoutesTest : public ::testing::Test {
 protected:
  std::string found(Verb verb, std::string_view path) const {
    const Contract::Match match = contract_.match(verb, path);
    return match.method == nullptr ? "" : match.method->name();
  }

  const Contract contract_{{testing::v1::TreeService::descriptor()}};
};

TEST_F(RoutesTest, FindTheMethodOfVerbAndPath) {
  EXPECT_EQ(found(Verb::Get, "/v1/trees"), "ListTrees");
  EXPECT_EQ(found(Verb::Post, "/v1/trees"), "PlantTree");
  EXPECT_EQ(found(Verb::Get, "/v1/trees/42"), "GetTree");
  EXPECT_EQ(found(Verb::Patch, "/v1/trees/42"), "UpdateTree");
  EXPECT_EQ(found(Verb::Post, "/v1/trees/42:water"), "WaterTree");
  EXPECT_EQ(found(Verb::Post, "/v1/trees:import"), "ImportTrees");
}

TEST_F(RoutesTest, PreferAWordToAField) {
  EXPECT_EQ(found(Verb::Get, "/v1/trees/tallest"), "GetTallestTree");
}

TEST_F(RoutesTest, GiveHeadWhatGetHas) {
  EXPECT_EQ(found(Verb::Head, "/v1/trees/42"), "GetTree");
}

TEST_F(RoutesTest, GiveTheFieldsOfThePathInItsOrder) {
  EXPECT_THAT(contract_.match(Verb::Put, "/v1/trees/42/notes/7").path_fields,
              ElementsAre(Pair("tree_id", "42"), Pair("note_id", "7")));
}

TEST_F(RoutesTest, TakeTheEndingOfTheLastSegmentForAField) {
  EXPECT_EQ(found(Verb::Post, "/trees/v2/reports.json"), "ReportTree");
  EXPECT_THAT(contract_.match(Verb::Post, "/trees/v2/reports.json").path_fields, ElementsAre(Pair("format", "json")));
  EXPECT_THAT(contract_.match(Verb::Get, "/trees/v2/reports/a.b%2E1.xml").path_fields,
              ElementsAre(Pair("report_id", "a.b.1"), Pair("format", "xml")));
  for (const char* path : {"/trees/v2/reports", "/trees/v2/reports.", "/trees/v2/.json", "/trees/v2/report.json",
                           "/trees/v2/reports/.xml", "/trees/v2/reports/7", "/trees/v2/reports.json/7"})
    EXPECT_THAT(contract_.match(Verb::Post, path).allowed, IsEmpty()) << path;
}

TEST_F(RoutesTest, DecodePercentSigns) {
  EXPECT_THAT(contract_.match(Verb::Get, "/v1/trees/%E6%9D%8E%3a%2F+").path_fields,
              ElementsAre(Pair("tree_id", "李:/+")));
}

TEST_F(RoutesTest, FindNothingWhereAPathIsBroken) {
  for (const char* path :
       {"/v1/trees/%", "/v1/trees/%4", "/v1/trees/%zz", "/v1/trees/%ff", "/v1/trees/", "/v1//trees", "/", "",
        "v1/trees", "/v1/trees/42:", "/v1/trees/42:fly", "/v1/trees/:water", "/v2/trees", "/v1/trees/1/notes"}) {
    const Contract::Match match = contract_.match(Verb::Get, path);
    EXPECT_EQ(match.method, nullptr) << path;
    EXPECT_THAT(match.allowed, IsEmpty()) << path;
  }
}

TEST_F(RoutesTest, NameTheVerbsThatAPathHas) {
  EXPECT_THAT(contract_.match(Verb::Delete, "/v1/trees").allowed,
              UnorderedElementsAre(Verb::Get, Verb::Head, Verb::Post));
  EXPECT_THAT(contract_.match(Verb::Get, "/v1/trees/42:water").allowed, UnorderedElementsAre(Verb::Post));
}

TEST(VerbTest, ReadsAndWritesItsName) {
  EXPECT_EQ(parse_verb("PATCH"), Verb::Patch);
  EXPECT_EQ(parse_verb("patch"), Verb::Other);
  EXPECT_EQ(parse_verb("BREW"), Verb::Other);
  EXPECT_EQ(to_text(Verb::Delete), "DELETE");
}

}  // namespace
}  // namespace wenming::contract
