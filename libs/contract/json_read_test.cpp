#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "contract/json.h"
#include "contract/malformed.h"
#include "contract/testdata/lines.h"
#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines;
namespace trees = testing::v1;

trees::PlantTreeRequest read(std::string_view json) {
  trees::PlantTreeRequest request;
  EXPECT_THAT(lines(parse_json(json, request)), IsEmpty()) << json;
  return request;
}

std::vector<std::string> errors_of(std::string_view json) {
  trees::PlantTreeRequest request;
  return lines(parse_json(json, request));
}

std::string malformed(std::string_view json, const ReadOptions& options = {}) {
  trees::PlantTreeRequest request;
  try {
    parse_json(json, request, options);
    return "well-formed";
  } catch (const Malformed& error) {
    return error.what();
  }
}

TEST(JsonReadTest, ReadsEveryTypeOfField) {
  const auto request = read(R"({
    "name": "黄葛树", "health": "GOOD", "height_m": 12.5, "protected": true, "girth_cm": 120,
    "planted_at": "1970-01-01T08:00:01.000002+08:00", "leaves": 9007199254740991, "roots": 4294967295, "rings": 7,
    "picture": "AP8=", "tags": ["a", "b"], "history": ["POOR", "DEAD"],
    "visited_at": ["1970-01-01T00:00:05Z", "1969-12-31T23:59:59.5Z"],
    "position": {"datum": "WGS84", "longitude": 105.7221, "latitude": -1},
    "notes": [{"text": "first", "replies": [{"text": "inner"}]}, {"text": "second"}]})");
  EXPECT_EQ(request.name(), "黄葛树");
  EXPECT_EQ(request.health(), trees::HEALTH_GOOD);
  EXPECT_EQ(request.height_m(), 12.5);
  EXPECT_TRUE(request.protected_());
  EXPECT_EQ(request.girth_cm(), 120);
  EXPECT_EQ(request.planted_at().seconds(), 1);
  EXPECT_EQ(request.planted_at().nanos(), 2000);
  EXPECT_EQ(request.leaves(), 9007199254740991);
  EXPECT_EQ(request.roots(), 4294967295);
  EXPECT_EQ(request.rings(), 7U);
  EXPECT_EQ(request.picture(), std::string("\0\xff", 2));
  EXPECT_THAT(request.tags(), ElementsAre("a", "b"));
  EXPECT_THAT(request.history(), ElementsAre(trees::HEALTH_POOR, trees::HEALTH_DEAD));
  EXPECT_EQ(request.visited_at(1).seconds(), -1);
  EXPECT_EQ(request.visited_at(1).nanos(), 500'000'000);
  EXPECT_EQ(request.position().longitude(), 105.7221);
  EXPECT_EQ(request.position().latitude(), -1);
  EXPECT_EQ(request.notes(0).replies(0).text(), "inner");
  EXPECT_EQ(request.notes(1).text(), "second");
}

TEST(JsonReadTest, TellsZeroFromAbsentWhereTheFieldDoes) {
  EXPECT_FALSE(read("{}").has_girth_cm());
  EXPECT_TRUE(read(R"({"girth_cm": 0})").has_girth_cm());
  EXPECT_FALSE(read(R"({"girth_cm": null, "tags": null, "position": null})").has_girth_cm());
}

TEST(JsonReadTest, NamesAllOffendingFieldsAtOnce) {
  EXPECT_THAT(
      errors_of(
          R"({"name": 5, "colour": {"deep": [1, {}]}, "health": "GREEN", "notes": [{"text": "a"}, {"txt": "b"}, 7],
                            "tags": "oak", "height_m": "tall", "number": "n", "planted_at": "yesterday", "a/b~c": 1})"),
      ElementsAre("/name type", "/colour unknown", "/health choice", "/notes/1/txt unknown", "/notes/2 type",
                  "/tags type", "/height_m type", "/number output_only", "/planted_at type", "/a~1b~0c unknown"));
}

TEST(JsonReadTest, SaysWhatAFieldTakes) {
  trees::PlantTreeRequest request;
  const auto errors = parse_json(R"({"health": "GREEN", "leaves": "1", "roots": 4294967296})", request);
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(testing::detail(errors[0]), "is none of GOOD, POOR, DEAD");
  EXPECT_EQ(testing::detail(errors[1]), "must be of type integer");
  EXPECT_EQ(testing::detail(errors[2]), "is larger than 4294967295");
}

TEST(JsonReadTest, RefusesAFieldGivenTwice) {
  EXPECT_THAT(errors_of(R"({"name": "a", "name": "b"})"), ElementsAre("/name repeated"));
}

TEST(JsonReadTest, RefusesTwoFieldsOfWhichOneExcludesTheOther) {
  EXPECT_THAT(errors_of(R"({"nursery": "n", "moved_from": {}})"), ElementsAre("/moved_from exclusive"));
}

TEST(JsonReadTest, TakesWholeNumbersOnlyForIntegers) {
  EXPECT_THAT(errors_of(R"({"girth_cm": 1.0, "leaves": 1e3})"), ElementsAre("/girth_cm type", "/leaves type"));
}

TEST(JsonReadTest, TakesEveryWayOfWritingADouble) {
  EXPECT_EQ(read(R"({"height_m": 0e-72})").height_m(), 0);
  EXPECT_EQ(read(R"({"height_m": 1E2})").height_m(), 100);
  EXPECT_EQ(read(R"({"height_m": 18446744073709551616})").height_m(), 18446744073709551616.0);
  EXPECT_FALSE(std::signbit(read(R"({"height_m": -0.0})").height_m()));
}

TEST(JsonReadTest, RefusesIntegersBeyondTheirTypeAndBeyondWhatJavaScriptHolds) {
  EXPECT_THAT(
      errors_of(R"({"girth_cm": 2147483648, "leaves": 9007199254740992, "rings": 18446744073709551615, "roots": -1})"),
      ElementsAre("/girth_cm too_large", "/leaves too_large", "/rings too_large", "/roots too_small"));
  EXPECT_THAT(errors_of(R"({"leaves": -9007199254740992, "rings": 99999999999999999999})"),
              ElementsAre("/leaves too_small", "/rings too_large"));
}

TEST(JsonReadTest, RefusesEnumWordsWithPrefixAndNumbers) {
  EXPECT_THAT(errors_of(R"({"health": "HEALTH_GOOD", "history": [1, "POOR", null]})"),
              ElementsAre("/health choice", "/history/0 type", "/history/2 type"));
}

TEST(JsonReadTest, RefusesBytesThatAreNotPaddedBase64) {
  EXPECT_THAT(errors_of(R"({"picture": "AP8"})"), ElementsAre("/picture type"));
  EXPECT_THAT(errors_of(R"({"picture": "A_8="})"), ElementsAre("/picture type"));
}

TEST(JsonReadTest, RefusesArraysInArraysAndObjectsInTheirPlace) {
  EXPECT_THAT(errors_of(R"({"tags": [["a"], {"b": 1}, "c"], "position": [1], "notes": {"text": "a"}})"),
              ElementsAre("/tags/0 type", "/tags/1 type", "/position type", "/notes type"));
}

TEST(JsonReadTest, RefusesWhatIsNoObject) {
  EXPECT_THAT(errors_of("[{}]"), ElementsAre(" type"));
  EXPECT_THAT(errors_of("7"), ElementsAre(" type"));
  EXPECT_THAT(errors_of("null"), ElementsAre(" type"));
}

TEST(JsonReadTest, RefusesTextThatIsNotJson) {
  for (const char* json :
       {"", "{", "{\"a\"}", "{} {}", "{\"name\": 'a'}", "{\"name\": \"a\",}", "{\"height_m\": 1e999}", "// {}"}) {
    EXPECT_NE(malformed(json), "well-formed") << json;
  }
  EXPECT_EQ(malformed(std::string_view("{}\0{}", 5)), "text after the end of the JSON value");
}

TEST(JsonReadTest, RefusesInvalidUtf8EverywhereEvenInWhatItPassesOver) {
  EXPECT_THAT(malformed("{\"name\": \"\xff\"}"), HasSubstr("UTF-8"));
  EXPECT_THAT(malformed("{\"\xc0\xaf\": 1}"), HasSubstr("UTF-8"));
  EXPECT_THAT(malformed("{\"unknown\": [\"\xed\xa0\x80\"]}"), HasSubstr("UTF-8"));
  EXPECT_NE(malformed(R"({"name": "\ud800"})"), "well-formed");
  EXPECT_NE(malformed(R"({"name": "\udc00"})"), "well-formed");
}

TEST(JsonReadTest, ReadsEscapes) {
  EXPECT_EQ(read(R"({"name": "\u674e\ud83d\ude00\n\/"})").name(), "李😀\n/");
}

TEST(JsonReadTest, BoundsDepthAlsoOfWhatItPassesOver) {
  const std::string deep(17, '[');
  EXPECT_EQ(malformed("{\"unknown\": " + deep), "nested deeper than 16");
  EXPECT_EQ(malformed(R"({"notes": [{"replies": [{"replies": []}]}]})", {.depth = 5}), "nested deeper than 5");
}

TEST(JsonReadTest, BoundsTheNumberOfValues) {
  EXPECT_EQ(malformed(R"({"tags": ["a", "b", "c"]})", {.elements = 3}), "more than 3 values");
  EXPECT_EQ(malformed(R"({"unknown": [1, 2, [3]]})", {.elements = 4}), "more than 4 values");
  EXPECT_EQ(malformed(R"({"tags": ["a", "b", "c"]})", {.elements = 4}), "well-formed");
}

TEST(JsonReadTest, BoundsTheNumberOfErrors) {
  trees::PlantTreeRequest request;
  EXPECT_EQ(parse_json(R"({"a": 1, "b": 2, "c": 3, "tags": [1, 2]})", request, {.errors = 2}).size(), 2U);
}

TEST(MergePatchTest, FillsTheUpdateMaskWithTheKeysOfTheBody) {
  trees::UpdateTreeRequest request;
  const auto errors =
      parse_json(R"({"phone": null, "name": "银杏", "position": {"longitude": 1}})", request, {.merge_patch = true});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("name", "phone", "position"));
}

TEST(MergePatchTest, TakesNullForPresentAndCleared) {
  trees::UpdateTreeRequest request;
  parse_json(R"({"phone": null, "girth_cm": null})", request, {.merge_patch = true});
  EXPECT_TRUE(request.has_phone());
  EXPECT_EQ(request.phone(), "");
  EXPECT_TRUE(request.has_girth_cm());
  EXPECT_FALSE(request.has_name());
  EXPECT_FALSE(request.has_position());
}

TEST(MergePatchTest, DoesNotLetTheBodyGiveTheMask) {
  trees::UpdateTreeRequest request;
  EXPECT_THAT(lines(parse_json(R"({"update_mask": {"paths": ["name"]}})", request, {.merge_patch = true})),
              ElementsAre("/update_mask unknown"));
}

}  // namespace
}  // namespace wenming::contract
