#include "search/terms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace wenming::search {
namespace {

/// Whether a text is found by a question: it has all terms that the question asks for.
bool finds(std::string_view question, std::string_view text) {
  const auto asked = terms_asked_for(question), terms = terms_of(text);
  return !asked.empty() && std::includes(terms.begin(), terms.end(), asked.begin(), asked.end());
}

TEST(TermsTest, FindsChineseTextByAnyPartOfTwoCharactersOrMore) {
  const std::string text = "人民路12号门前路灯不亮，已有一周。";
  EXPECT_TRUE(finds("路灯", text));
  EXPECT_TRUE(finds("路燈不亮", text));
  EXPECT_TRUE(finds("人民路 １２ 路灯", text));
  EXPECT_FALSE(finds("灯亮", text));
  EXPECT_FALSE(finds("亮已", text)) << "a comma stands between them";
}

TEST(TermsTest, FindsWordsAndNumbersAsAWhole) {
  const std::string text = "小区WiFi断网, 牌号ZZ-1234";
  EXPECT_TRUE(finds("wifi", text));
  EXPECT_TRUE(finds("1234", text));
  EXPECT_FALSE(finds("123", text));
  EXPECT_FALSE(finds("wi", text));
}

TEST(TermsTest, LeavesOutASingleCharacterThatStandsBesideANumber) {
  EXPECT_TRUE(finds("3栋", "幸福里3栋电梯"));
  EXPECT_TRUE(terms_asked_for("灯").empty());
  EXPECT_TRUE(terms_asked_for("，。 !").empty());
}

TEST(TermsTest, NamesEachTermOnce) {
  EXPECT_EQ(terms_of("天天天天").size(), 1U);
  EXPECT_EQ(terms_of("路灯 路灯"), terms_of("路灯"));
}

TEST(TermsTest, SaysHowAlikeTextsAre) {
  const auto likeness_of = [](std::string_view a, std::string_view b) { return likeness(terms_of(a), terms_of(b)); };
  EXPECT_DOUBLE_EQ(likeness_of("路灯不亮", "路燈不亮"), 1.0);
  EXPECT_DOUBLE_EQ(likeness_of("路灯不亮", "噪音扰民"), 0.0);
  EXPECT_DOUBLE_EQ(likeness_of("路灯不亮", "路灯不好"), 0.5) << "two terms of four";
  EXPECT_DOUBLE_EQ(likeness_of("", ""), 0.0);
}

}  // namespace
}  // namespace wenming::search
