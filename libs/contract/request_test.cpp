#include "contract/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/malformed.h"
#include "contract/testdata/lines.h"
#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::lines;
using ::testing::UnorderedElementsAre;
namespace trees = testing::v1;

class RequestTest : public ::testing::Test {
 protected:
  /// Reads a request as the server would; what is wrong with it lands in `errors_`.
  template <class Request>
  Request read(Verb verb, std::string_view path, std::string_view query = {}, std::string body = {}) {
    const Contract::Match match = contract_.match(verb, path);
    Request request;
    if (match.method == nullptr) throw std::logic_error("no such route");
    errors_ = lines(read_request(*match.method, {match.path_fields, query, std::move(body)}, request));
    return request;
  }

  const Contract contract_{{trees::TreeService::descriptor()}};
  std::vector<std::string> errors_;
};

TEST_F(RequestTest, TakesPathAndBodyOfACommand) {
  const auto request = read<trees::WaterTreeRequest>(Verb::Post, "/v1/trees/42:water", "", R"({"litres": 10})");
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_EQ(request.tree_id(), "42");
  EXPECT_EQ(request.litres(), 10);
}

TEST_F(RequestTest, TakesAnEmptyBodyForAnEmptyObject) {
  EXPECT_EQ(read<trees::WaterTreeRequest>(Verb::Post, "/v1/trees/42:water").tree_id(), "42");
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(RequestTest, TakesPathAndQueryOfAQuery) {
  const auto request =
      read<trees::ListTreesRequest>(Verb::Get, "/v1/trees",
                                    "page_size=20&include_total=true&health=POOR&health=DEAD&planted_since=2026-03-"
                                    "05T09:00:00%2B08:00&name=%E9%BB%84+%E8%91%9B&height_m=1.5");
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_EQ(request.page_size(), 20);
  EXPECT_TRUE(request.include_total());
  EXPECT_THAT(request.health(), ElementsAre(trees::HEALTH_POOR, trees::HEALTH_DEAD));
  EXPECT_EQ(request.planted_since().seconds(), 1'772'672'400);
  EXPECT_EQ(request.name(), "黄 葛");
  EXPECT_EQ(request.height_m(), 1.5);
}

TEST_F(RequestTest, TakesAnEmptyParameterForAbsent) {
  const auto request = read<trees::ListTreesRequest>(Verb::Get, "/v1/trees", "&page_size=&height_m&name=&&");
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_FALSE(request.has_height_m());
}

TEST_F(RequestTest, NamesEveryParameterThatIsWrong) {
  read<trees::ListTreesRequest>(
      Verb::Get, "/v1/trees",
      "page_size=ten&colour=red&health=GREEN&name=a&name=b&include_total=1&height_m=nan&planted_since=now&a/b=1");
  EXPECT_THAT(errors_, ElementsAre("/page_size type", "/colour unknown", "/health choice", "/name repeated",
                                   "/include_total type", "/height_m type", "/planted_since type", "/a~1b unknown"));
}

TEST_F(RequestTest, ChecksTheRulesOfParameters) {
  read<trees::ListTreesRequest>(Verb::Get, "/v1/trees", "page_size=501");
  EXPECT_THAT(errors_, ElementsAre("/page_size too_large"));
  read<trees::RemoveTreeRequest>(Verb::Delete, "/v1/trees/42");
  EXPECT_THAT(errors_, ElementsAre("/reason required"));
}

TEST_F(RequestTest, RefusesParametersThatBelongElsewhere) {
  read<trees::GetTreeRequest>(Verb::Get, "/v1/trees/42", "tree_id=43");
  EXPECT_THAT(errors_, ElementsAre("/tree_id unknown"));
  read<trees::WaterTreeRequest>(Verb::Post, "/v1/trees/42:water", "litres=1");
  EXPECT_THAT(errors_, ElementsAre("/litres unknown"));
  read<trees::WaterTreeRequest>(Verb::Post, "/v1/trees/42:water", "", R"({"tree_id": "43"})");
  EXPECT_THAT(errors_, ElementsAre("/tree_id unknown"));
  read<trees::ImportTreesRequest>(Verb::Post, "/v1/trees:import", "content=a", "b");
  EXPECT_THAT(errors_, ElementsAre("/content unknown"));
}

TEST_F(RequestTest, TakesAFileWholeAndTheRestFromTheQuery) {
  const auto request =
      read<trees::ImportTreesRequest>(Verb::Post, "/v1/trees:import", "dry_run=true", "name\n黄葛树\n");
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_EQ(request.content(), "name\n黄葛树\n");
  EXPECT_TRUE(request.dry_run());
  EXPECT_THROW(read<trees::ImportTreesRequest>(Verb::Post, "/v1/trees:import", "", "\xff"), Malformed);
}

TEST_F(RequestTest, NamesWrongTypesAndBrokenRulesTogetherAndEachFieldOnce) {
  read<trees::PlantTreeRequest>(
      Verb::Post, "/v1/trees", "",
      R"({"unit_id": "u1", "name": 5, "notes": [7, {"text": ""}], "position": [], "protected": true})");
  EXPECT_THAT(errors_, ElementsAre("/name type", "/notes/0 type", "/position type", "/health required",
                                   "/notes/1/text required"));
}

TEST_F(RequestTest, ReadsTheBodyOfAPatchAsAMergePatch) {
  const auto request = read<trees::UpdateTreeRequest>(Verb::Patch, "/v1/trees/42", "", R"({"phone": null})");
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("phone"));
  EXPECT_TRUE(request.has_phone());
}

TEST_F(RequestTest, DoesNotLetAPatchClearWhatMayNotBeEmpty) {
  read<trees::UpdateTreeRequest>(Verb::Patch, "/v1/trees/42", "", R"({"name": null})");
  EXPECT_THAT(errors_, ElementsAre("/name too_short"));
}

TEST_F(RequestTest, CannotReadABrokenQueryOrABodyWhereNoneBelongs) {
  EXPECT_THROW(read<trees::ListTreesRequest>(Verb::Get, "/v1/trees", "name=%"), Malformed);
  EXPECT_THROW(read<trees::ListTreesRequest>(Verb::Get, "/v1/trees", "name=%ff"), Malformed);
  EXPECT_THROW(read<trees::ListTreesRequest>(Verb::Get, "/v1/trees", "", "{}"), Malformed);
  std::string many;
  for (int i = 0; i <= 1'000; ++i) many += "a&";
  EXPECT_THROW(read<trees::ListTreesRequest>(Verb::Get, "/v1/trees", many), Malformed);
}

class EdgeRequestTest : public RequestTest {
 protected:
  trees::ReportTreeRequest report(std::string_view query, std::string form, std::string_view format = "json") {
    const Contract::Match match = contract_.match(Verb::Post, "/trees/v2/reports." + std::string(format));
    trees::ReportTreeRequest request;
    errors_ = lines(read_edge_request(*match.method, {match.path_fields, query, std::move(form)}, request));
    return request;
  }
};

TEST_F(EdgeRequestTest, TakesPathQueryAndFormAndLeavesTheRestToTheFunction) {
  const auto request = report("api_key=7&height_m=1.5", "description=%E9%BB%84+%E8%91%9B&attribute%5BA%5D=1");
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_EQ(request.format(), "json");
  EXPECT_EQ(request.description(), "黄 葛");
  EXPECT_EQ(request.height_m(), 1.5);
}

TEST_F(EdgeRequestTest, ChecksTheRulesOfItsFields) {
  report("", "height_m=tall", "JSON");
  EXPECT_THAT(errors_, UnorderedElementsAre("/height_m type", "/format pattern", "/description required"));
  EXPECT_THROW(report("", "description=%FF"), Malformed);
}

TEST(ParametersTest, ComeInOrderAndAsOftenAsTheyAreThere) {
  using Parameter = std::pair<std::string, std::string>;
  EXPECT_THAT(parse_parameters("attribute%5BA%5D=1&attribute%5BA%5D=2&&empty=&=&flag"),
              ElementsAre(Parameter("attribute[A]", "1"), Parameter("attribute[A]", "2"), Parameter("empty", ""),
                          Parameter("flag", "")));
}

TEST(SetFromTextTest, AppendsWhatIsWrong) {
  trees::ListTreesRequest request;
  std::vector<FieldError> errors;
  set_from_text(request, "page_size", "7", errors);
  set_from_text(request, "page_size", "7 ", errors);
  set_from_text(request, "height_m", "inf", errors);
  set_from_text(request, "name", "\xff", errors);
  set_from_text(request, "nothing", "", errors);
  EXPECT_EQ(request.page_size(), 7);
  EXPECT_THAT(lines(errors), ElementsAre("/page_size type", "/height_m type", "/name type", "/nothing unknown"));
}

}  // namespace
}  // namespace wenming::contract
