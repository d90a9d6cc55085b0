#include "contract/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

const google::protobuf::EnumValueDescriptor& place_taken() {
  return *testing::v1::Problem_descriptor()->FindValueByNumber(testing::v1::PROBLEM_PLACE_TAKEN);
}
const google::protobuf::EnumValueDescriptor& invalid_fields() {
  return *v1::Problem_descriptor()->FindValueByNumber(v1::PROBLEM_INVALID_FIELDS);
}

TEST(ProblemTest, HasAStableCodeAndTheDeclaredStatus) {
  EXPECT_EQ(code_of(place_taken()), "place_taken");
  EXPECT_EQ(status_of(place_taken()), 409U);
}

TEST(ProblemTest, HasItsArgumentsInItsText) {
  EXPECT_EQ(text_of(place_taken(), Language::English, {{"tree", "42"}}), "Tree 42 stands there.");
  EXPECT_EQ(text_of(place_taken(), Language::Chinese, {{"tree", "42"}}), "该位置已有树木 42。");
}

TEST(ProblemTest, KeepsTheNameOfAnArgumentThatWasNotGiven) {
  EXPECT_EQ(text_of(place_taken(), Language::English, {}), "Tree {tree} stands there.");
}

TEST(ProblemTest, DoesNotReadArgumentsAsText) {
  EXPECT_EQ(text_of(place_taken(), Language::English, {{"tree", "{tree}"}}), "Tree {tree} stands there.");
}

TEST(ProblemTest, IsAnRfc9457Document) {
  EXPECT_EQ(
      problem_json(place_taken(), Language::English, {{"tree", "\"42\""}}, {}, "/v1/trees"),
      R"({"type":"/docs#problem-place_taken","title":"Conflict","status":409,"detail":"Tree \"42\" stands there.",)"
      R"("instance":"/v1/trees","code":"place_taken"})");
}

TEST(ProblemTest, NamesEveryOffendingFieldInTheLanguageAsked) {
  const std::vector<FieldError> errors{{"/name", v1::FIELD_PROBLEM_TOO_LONG, {{"limit", "8"}}},
                                       {"/notes/0/text", v1::FIELD_PROBLEM_REQUIRED, {}}};
  EXPECT_EQ(problem_json(invalid_fields(), Language::Chinese, {}, errors, ""),
            R"({"type":"/docs#problem-invalid_fields","title":"请求无效","status":400,"detail":"部分字段无效。",)"
            R"("code":"invalid_fields","errors":[{"pointer":"/name","code":"too_long","detail":"长度超过 8"},)"
            R"({"pointer":"/notes/0/text","code":"required","detail":"必填"}]})");
}

TEST(LanguageTest, IsChineseUnlessAskedOtherwise) {
  EXPECT_EQ(choose_language(""), Language::Chinese);
  EXPECT_EQ(choose_language("fr, de;q=0.9"), Language::Chinese);
  EXPECT_EQ(choose_language("*"), Language::Chinese);
  EXPECT_EQ(choose_language("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
}

TEST(LanguageTest, IsEnglishWhereThatIsPreferred) {
  EXPECT_EQ(choose_language("en"), Language::English);
  EXPECT_EQ(choose_language("EN-gb"), Language::English);
  EXPECT_EQ(choose_language("fr, en;q=0.3"), Language::English);
  EXPECT_EQ(choose_language("zh;q=0.5, en-US;q=0.7"), Language::English);
  EXPECT_EQ(choose_language("zh;q=0, *;q=0.1"), Language::English);
}

TEST(LanguageTest, DoesNotStumbleOverNonsense) {
  EXPECT_EQ(choose_language(";;,,q=,en;q=x,zh;q=1.5"), Language::Chinese);
  EXPECT_EQ(choose_language("english"), Language::Chinese);
}

TEST(ProblemTest, IsUtf8WhateverThePathWas) {
  EXPECT_THAT(problem_json(place_taken(), Language::English, {{"tree", "\xff"}}, {}, "/v1/\xff"),
              ::testing::AllOf(::testing::HasSubstr("/v1/\uFFFD"), ::testing::Not(::testing::HasSubstr("\xff"))));
}

}  // namespace
}  // namespace wenming::contract
