#include "contract/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <span>

#include "contract/example.h"
#include "contract/request.h"
#include "contract/testdata/lines.h"
#include "contract/testdata/trees.pb.h"
#include "core/embedded_file.h"

namespace wenming::contract {
namespace testing {
std::span<const core::EmbeddedFile> descriptors();
}

namespace {

using ::testing::IsEmpty;

class OpenApiTest : public ::testing::Test {
 protected:
  OpenApiTest() { document_.Parse(text_.data(), text_.size()); }

  /// The value at a JSON pointer, as JSON; empty where there is none.
  std::string at(const char* pointer) const {
    const rapidjson::Value* value = rapidjson::Pointer(pointer).Get(document_);
    if (value == nullptr) return {};
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value->Accept(writer);
    return buffer.GetString();
  }

  const Contract contract_{{testing::v1::TreeService::descriptor()}};
  const std::string text_ = openapi(contract_, "1.2.3", testing::descriptors().front().text);
  rapidjson::Document document_;
};

TEST_F(OpenApiTest, IsJsonAndAlwaysTheSame) {
  ASSERT_FALSE(document_.HasParseError());
  EXPECT_EQ(text_, openapi(contract_, "1.2.3", testing::descriptors().front().text));
  EXPECT_EQ(at("/openapi"), "\"3.1.0\"");
  EXPECT_EQ(at("/info/version"), "\"1.2.3\"");
}

TEST_F(OpenApiTest, TakesItsTextsFromTheComments) {
  EXPECT_EQ(at("/tags/0"), R"({"name":"Tree","description":"Street trees of a town."})");
  EXPECT_EQ(at("/paths/~1v1~1trees/post/summary"), "\"Plants a tree\"");
  EXPECT_EQ(at("/components/schemas/contract.testing.Tree/properties/girth_cm/description"),
            "\"Around the stem, in centimetres; absent: not measured.\"");
}

TEST_F(OpenApiTest, HasEveryMethodUnderItsPathAndVerb) {
  std::size_t operations = 0;
  for (const auto& path : rapidjson::Pointer("/paths").Get(document_)->GetObject())
    operations += path.value.MemberCount();
  EXPECT_EQ(operations, contract_.methods().size());
  EXPECT_EQ(at("/paths/~1v1~1trees~1{tree_id}/patch/operationId"), "\"TreeService_UpdateTree\"");
}

TEST_F(OpenApiTest, SaysWhichHeadersAMethodTakes) {
  EXPECT_THAT(at("/paths/~1v1~1trees/post/parameters"), ::testing::HasSubstr("parameters/IdempotencyKey"));
  EXPECT_THAT(at("/paths/~1v1~1trees~1{tree_id}:water/post/parameters"),
              ::testing::HasSubstr("parameters/OptionalIdempotencyKey"));
  EXPECT_THAT(at("/paths/~1v1~1trees~1{tree_id}/patch/parameters"), ::testing::HasSubstr("parameters/IfMatch"));
  EXPECT_THAT(at("/paths/~1v1~1trees~1{tree_id}/get/parameters"), ::testing::HasSubstr("parameters/IfNoneMatch"));
}

TEST_F(OpenApiTest, TurnsRulesIntoKeywords) {
  const std::string properties = "/components/schemas/contract.testing.PlantTreeRequest/properties/";
  const auto property = [&](const char* name, const char* keyword) {
    return at((properties + name + "/" + keyword).c_str());
  };
  EXPECT_EQ(property("name", "minLength"), "2");
  EXPECT_EQ(property("name", "maxLength"), "8");
  EXPECT_EQ(property("height_m", "minimum"), "0.5");
  EXPECT_EQ(property("girth_cm", "maximum"), "3000");
  EXPECT_EQ(property("leaves", "maximum"), "9007199254740991");
  EXPECT_EQ(property("plate", "pattern"), R"("^[A-Z]{2}-\\d{4,6}$")");
  EXPECT_EQ(property("inspection_day", "format"), "\"date\"");
  EXPECT_EQ(property("planted_at", "format"), "\"date-time\"");
  EXPECT_EQ(property("tags", "maxItems"), "3");
  EXPECT_EQ(property("phone", "x-wenming-personal"), "\"PHONE\"");
  EXPECT_EQ(property("number", ""), "");
  EXPECT_EQ(at("/components/schemas/contract.testing.PlantTreeRequest/required"),
            R"(["unit_id","name","health","protected"])");
  EXPECT_EQ(at("/components/schemas/contract.testing.Note/properties/made_at/readOnly"), "true");
}

TEST_F(OpenApiTest, LeavesFieldsOfThePathOutOfTheBodyAndAllowsNullInAPatch) {
  EXPECT_EQ(at("/components/schemas/contract.testing.UpdateTreeRequest/properties/tree_id"), "");
  EXPECT_EQ(at("/components/schemas/contract.testing.UpdateTreeRequest/properties/update_mask"), "");
  EXPECT_EQ(at("/components/schemas/contract.testing.UpdateTreeRequest/properties/name/type"), R"(["string","null"])");
}

TEST_F(OpenApiTest, NamesTheProblemsOfAMethod) {
  EXPECT_EQ(at("/paths/~1v1~1trees/post/responses/409/$ref"), "\"#/components/responses/contract.testing.409\"");
  EXPECT_EQ(at("/components/responses/contract.testing.409/description"),
            "\"- `place_taken`: Another tree stands there.\"");
  EXPECT_EQ(at("/paths/~1v1~1trees~1tallest/get/responses/401"), "");
}

TEST_F(OpenApiTest, SaysWhoMayCall) {
  EXPECT_EQ(
      at("/paths/~1v1~1trees/post/x-wenming-allow"),
      R"([{"roles":["LIAISON"],"when":"WITHIN_UNIT"},{"roles":["LIAISON"],"when":"RELATED","related":["GUARANTOR"]},)"
      R"({"roles":["ADMIN","OFFICE"],"when":"ON_WHOLE_DEPLOYMENT"}])");
  EXPECT_EQ(at("/paths/~1v1~1trees~1tallest/get/security"), R"([{"access_token":[]},{"api_key":[]},{}])");
}

TEST_F(OpenApiTest, DescribesFilesAndStreams) {
  EXPECT_NE(at("/paths/~1v1~1trees:import/post/requestBody/content/text~1csv"), "");
  EXPECT_NE(at("/paths/~1v1~1trees~1stream/get/responses/200/content/text~1event-stream"), "");
  EXPECT_NE(at("/paths/~1v1~1trees/post/responses/201"), "");
}

TEST_F(OpenApiTest, DescribesEdgesByTheFormsThatTheyTakeAndTheTypesThatTheyAnswer) {
  const std::string report = "/paths/~1trees~1v2~1reports.{format}/post";
  EXPECT_EQ(at((report + "/requestBody/content/application~1x-www-form-urlencoded/schema/$ref").c_str()),
            R"("#/components/schemas/contract.testing.ReportTreeRequest")");
  EXPECT_NE(at((report + "/responses/201/content/application~1xml").c_str()), "");
  EXPECT_EQ(at("/components/schemas/contract.testing.ReportTreeAnswer"), "");
  EXPECT_EQ(at("/components/schemas/contract.testing.ReportTreeRequest/additionalProperties"), "true");
}

TEST_F(OpenApiTest, GivesExamplesThatPassTheirOwnRules) {
  for (const auto& method : contract_.methods()) {
    if (!method->takes_json()) continue;
    std::vector<std::pair<std::string, std::string>> path_fields;
    for (const auto* field : method->path_fields) path_fields.emplace_back(field->name(), "42");
    const std::unique_ptr<google::protobuf::Message> request(method->request->New());
    const std::string example = example_body(*method);
    EXPECT_THAT(testing::lines(read_request(*method, {path_fields, "", example}, *request)), IsEmpty()) << example;
  }
}

}  // namespace
}  // namespace wenming::contract
