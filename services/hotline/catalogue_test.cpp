#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "hotline/categories.h"
#include "hotline/dispatch_catalogue.h"
#include "hotline/hotline_fixture.h"

namespace wenming::hotline {
namespace {

using namespace testing::literals;
using ::testing::ElementsAre;

class CatalogueTest : public HotlineFixture {
 protected:
  CatalogueTest() {
    organisation("town", "district");
    organisation("village", "town");
    grant("office", contract::v1::ROLE_OFFICE, "district");
  }

  v1::Category put(const v1::PutCategoryRequest& request) {
    return call<v1::Category>("PutCategory", request, admin());
  }
  v1::Category put(const std::string& code, const std::string& parent = {}) {
    v1::PutCategoryRequest request;
    request.set_code(code);
    request.set_name("分类" + code);
    request.set_parent_code(parent);
    return put(request);
  }
  v1::ImportCatalogueResponse import_categories(const std::string& csv, bool dry_run = false) {
    v1::ImportCategoriesRequest request;
    request.set_content(csv);
    request.set_dry_run(dry_run);
    return call<v1::ImportCatalogueResponse>("ImportCategories", request, admin());
  }
  static v1::CreateDispatchEntryRequest entry(const std::string& category, const std::string& unit,
                                              const std::string& area = {}) {
    v1::CreateDispatchEntryRequest request;
    request.set_receiving_unit_id("district");
    request.set_category(category);
    request.set_lead_unit_id(unit);
    request.set_area_id(area);
    return request;
  }
  v1::DispatchEntry create_entry(const v1::CreateDispatchEntryRequest& request) {
    return call<v1::DispatchEntry>("CreateDispatchEntry", request, as("office"));
  }
  v1::DispatchEntry suggest(const std::string& category, const std::string& area = {}) {
    v1::SuggestDispatchRequest request;
    request.set_receiving_unit_id("district");
    request.set_category(category);
    request.set_area_id(area);
    return call<v1::DispatchSuggestion>("SuggestDispatch", request, agent()).entry();
  }
  v1::ImportCatalogueResponse import_entries(const std::string& csv) {
    v1::ImportDispatchEntriesRequest request;
    request.set_receiving_unit_id("district");
    request.set_content(csv);
    return call<v1::ImportCatalogueResponse>("ImportDispatchEntries", request, as("office"));
  }
  static std::vector<std::string> cells(const v1::ImportCatalogueResponse& response) {
    std::vector<std::string> cells;
    for (const v1::RefusedCell& cell : response.refused())
      cells.push_back(std::to_string(cell.row()) + " " + cell.column() + ": " + cell.reason());
    return cells;
  }
};

TEST_F(CatalogueTest, MakesATreeOfPathsAndNumbersIt) {
  const auto first =
      import_categories("level1,level2,level3\n城乡建设,安全生产,事故处理\n城乡建设,安全生产,安全隐患\n环境保护,,\n");
  EXPECT_TRUE(first.applied());
  EXPECT_EQ(first.created(), 5);
  v1::GetCategoryRequest request;
  request.set_code("010102");
  const auto hazard = call<v1::Category>("GetCategory", request, anonymous());
  EXPECT_EQ(hazard.name(), "安全隐患");
  EXPECT_EQ(hazard.parent_code(), "0101");
  const auto again = import_categories("level1,level2,level3\n城乡建设,安全生产,安全隐患\n城乡建设,市政,\n");
  EXPECT_EQ(again.created(), 1);
  EXPECT_EQ(again.unchanged(), 1);
}

TEST_F(CatalogueTest, NamesEveryCellOfAFileOfCategoriesThatCannotBeTaken) {
  const auto refused =
      import_categories("code,level1,level2,level3\n,,安全生产,\nA B,城乡建设,,\nX,环境保护,,\nX,交通,,\n");
  EXPECT_FALSE(refused.applied());
  EXPECT_THAT(cells(refused),
              ElementsAre("2 level2: the level above is blank", "2 level1: the cell is blank",
                          "3 code: only letters, digits, . _ - are allowed", "5 code: another category has this code"));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM categories"), 0);
}

TEST_F(CatalogueTest, TakesTheRealTree) {
  const char* const samples = std::getenv("WENMING_SAMPLES");
  if (samples == nullptr) GTEST_SKIP() << "WENMING_SAMPLES names no folder of real records";
  std::ifstream in(std::string(samples) + "/hotline/case_categories.csv");
  std::stringstream text;
  text << in.rdbuf();
  const auto first = import_categories(text.str());
  EXPECT_THAT(cells(first), ElementsAre());
  EXPECT_TRUE(first.applied());
  EXPECT_GT(first.created(), 500);
  EXPECT_EQ(import_categories(text.str()).created(), 0);
}

TEST_F(CatalogueTest, RefusesATreeThatBitesItsTail) {
  put("A");
  put("B", "A");
  v1::PutCategoryRequest loop;
  loop.set_code("A");
  loop.set_name("分类");
  loop.set_parent_code("B");
  EXPECT_REFUSED("category_loop", put(loop));
  EXPECT_REFUSED("category_unknown", put("C", "nowhere"));
}

TEST_F(CatalogueTest, TakesOnlyCasesOfCategoriesThatAreThereAndNotRetired) {
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  request.set_category("whatever");
  EXPECT_EQ(create(request).category(), "whatever") << "without a tree nobody can say what belongs to it";
  v1::PutCategoryRequest retired;
  retired.set_code("old");
  retired.set_name("旧分类");
  retired.set_retired(true);
  put(retired);
  EXPECT_REFUSED("category_unknown", create(request));
  request.set_category("old");
  EXPECT_REFUSED("category_unknown", create(request));
}

/// A category that asks for the number of the pole and what is wrong with it.
v1::PutCategoryRequest street_lights() {
  v1::PutCategoryRequest request;
  request.set_code("lights");
  request.set_name("路灯");
  auto* const pole = request.add_attributes();
  pole->set_code("pole");
  pole->set_description("灯杆编号");
  pole->set_datatype(v1::ATTRIBUTE_TYPE_NUMBER);
  pole->set_required(true);
  auto* const fault = request.add_attributes();
  fault->set_code("fault");
  fault->set_description("故障");
  fault->set_datatype(v1::ATTRIBUTE_TYPE_SINGLEVALUELIST);
  auto* const dark = fault->add_choices();
  dark->set_key("dark");
  dark->set_name("不亮");
  return request;
}

TEST_F(CatalogueTest, AsksFurtherQuestionsAndKeepsTheAnswers) {
  put(street_lights());
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  request.set_category("lights");
  EXPECT_REFUSED("answer_missing", create(request));
  auto* const pole = request.add_attributes();
  pole->set_code("pole");
  pole->set_value("A-17");
  EXPECT_REFUSED("answer_invalid", create(request));
  pole->set_value("17");
  auto* const fault = request.add_attributes();
  fault->set_code("fault");
  fault->set_value("purple");
  EXPECT_REFUSED("answer_invalid", create(request));
  fault->set_value("dark");
  const v1::Case kept = get(create(request).id());
  ASSERT_EQ(kept.attributes_size(), 2);
  EXPECT_EQ(kept.attributes(1).value(), "dark");
  fault->set_code("colour");
  EXPECT_REFUSED("answer_unknown", create(request));
}

TEST_F(CatalogueTest, RefusesListsWithoutChoices) {
  v1::PutCategoryRequest request = street_lights();
  request.mutable_attributes(1)->clear_choices();
  EXPECT_REFUSED("choices", put(request));
}

TEST_F(CatalogueTest, SuggestsByTheMostParticularCategoryThenTheSmallestRegion) {
  put("A");
  put("AA", "A");
  create_entry(entry("A", "bureau"));
  EXPECT_EQ(suggest("AA", "village").lead_unit_id(), "bureau");
  create_entry(entry("AA", "school"));
  create_entry(entry("AA", "town", "town"));
  EXPECT_EQ(suggest("AA").lead_unit_id(), "school");
  EXPECT_EQ(suggest("AA", "village").lead_unit_id(), "town");
  EXPECT_EQ(suggest("A", "village").lead_unit_id(), "bureau");
  EXPECT_EQ(suggest("B").id(), "") << "nobody";
}

TEST_F(CatalogueTest, SaysWhoLeadsFromADayOn) {
  put("A");
  const v1::DispatchEntry old = create_entry(entry("A", "bureau"));
  v1::CreateDispatchEntryRequest next = entry("A", "school");
  next.set_valid_from("2026-04-01");
  create_entry(next);
  EXPECT_EQ(suggest("A").lead_unit_id(), "bureau");
  EXPECT_EQ(suggest("A").valid_to(), "2026-04-01");
  advance_to(at("2026-04-01T00:00:00+08:00"));
  EXPECT_EQ(suggest("A").lead_unit_id(), "school");
  next.set_valid_from("2026-03-31");
  EXPECT_REFUSED("past_day", create_entry(next));
  EXPECT_EQ(value<std::int64_t>("SELECT COUNT(*) FROM dispatch_entries"), 2) << "nothing is overwritten";
}

TEST_F(CatalogueTest, EndsAnEntryWithoutASuccessor) {
  put("A");
  v1::EndDispatchEntryRequest request;
  request.set_dispatch_entry_id(create_entry(entry("A", "bureau")).id());
  call<v1::DispatchEntry>("EndDispatchEntry", request, as("office"));
  EXPECT_EQ(suggest("A").id(), "");
  EXPECT_REFUSED("entry_ended", call<v1::DispatchEntry>("EndDispatchEntry", request, as("office")));
}

TEST_F(CatalogueTest, DispatchesByTheCatalogueWhereTheOfficeSaysNothing) {
  put("A");
  v1::CreateDispatchEntryRequest by_catalogue = entry("A", "bureau");
  by_catalogue.set_working_hours(7);
  by_catalogue.set_urgency(v1::URGENCY_URGENT);
  by_catalogue.add_co_unit_ids("school");
  create_entry(by_catalogue);
  v1::CreateCaseRequest request = snapshot("路灯不亮");
  request.set_category("A");
  const std::string id = create(request).id();
  EXPECT_EQ(get(id).suggested_unit_id(), "bureau");
  accept(id);
  const v1::Case dispatched = act<v1::DispatchCaseRequest>("DispatchCase", id, agent());
  EXPECT_EQ(dispatched.unit_id(), "bureau");
  EXPECT_EQ(dispatched.working_hours(), 7);
  EXPECT_EQ(dispatched.urgency(), v1::URGENCY_URGENT);
  EXPECT_EQ(get(id, {}, as("teacher")).id(), id) << "the co-unit takes part";
}

TEST_F(CatalogueTest, NeedsAUnitWhereTheCatalogueNamesNone) {
  const std::string id = create(snapshot("路灯不亮")).id();
  accept(id);
  EXPECT_REFUSED("unit_undecided", act<v1::DispatchCaseRequest>("DispatchCase", id, agent()));
}

TEST_F(CatalogueTest, TakesEntriesFromAFileAndNamesEveryBadCell) {
  put("A");
  put("B");
  const auto refused = import_entries(
      "category,area,lead_unit,co_units,working_hours,urgency\nA,,bureau,school,16,URGENT\nX,,bureau,,,\nB,,nowhere,"
      "bureau;bureau,0,HASTY\nB,neighbour,school,,,\n");
  EXPECT_FALSE(refused.applied());
  EXPECT_THAT(
      cells(refused),
      ElementsAre("3 category: no category has this code", "4 lead_unit: no organisation has this code",
                  "4 co_units: a unit stands here twice, or leads",
                  "4 working_hours: not a whole number from 1 to 2000", "4 urgency: not NORMAL, URGENT or EMERGENCY",
                  "5 area: not within the organisation that receives the cases"));
  const auto taken = import_entries("category,lead_unit,co_units,working_hours\nA,bureau,school,16\nB,school,,\n");
  EXPECT_TRUE(taken.applied());
  EXPECT_EQ(taken.created(), 2);
  EXPECT_EQ(suggest("A").working_hours(), 16);
  const auto again = import_entries("category,lead_unit,co_units,working_hours\nA,bureau,school,16\nB,bureau,,\n");
  EXPECT_EQ(again.unchanged(), 1);
  EXPECT_EQ(again.created(), 1);
  EXPECT_EQ(suggest("B").lead_unit_id(), "bureau");
}

TEST_F(CatalogueTest, StatesWhatACaseIsAboutLater) {
  put("A");
  create_entry(entry("A", "bureau", "town"));
  const std::string id = create(snapshot("路灯不亮")).id();
  const v1::Case classified = act<v1::ClassifyCaseRequest>("ClassifyCase", id, agent(), [](auto& r) {
    r.set_category("A");
    r.set_area_id("village");
    r.set_kind(v1::CASE_KIND_SUGGESTION);
  });
  EXPECT_EQ(classified.category(), "A");
  EXPECT_EQ(classified.kind(), v1::CASE_KIND_SUGGESTION);
  EXPECT_EQ(get(id).suggested_unit_id(), "bureau");
  EXPECT_REFUSED("unit_outside", act<v1::ClassifyCaseRequest>("ClassifyCase", id, agent(),
                                                              [](auto& r) { r.set_area_id("neighbour"); }));
}

}  // namespace
}  // namespace wenming::hotline
