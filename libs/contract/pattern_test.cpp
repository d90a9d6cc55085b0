#include "contract/pattern.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace wenming::contract {
namespace {

TEST(PatternTest, MatchesTheWholeText) {
  const Pattern pattern("[A-Z]{2}-\\d{4,6}");
  EXPECT_TRUE(pattern.matches("AB-1234"));
  EXPECT_TRUE(pattern.matches("AB-123456"));
  EXPECT_FALSE(pattern.matches("AB-123"));
  EXPECT_FALSE(pattern.matches("AB-1234567"));
  EXPECT_FALSE(pattern.matches("xAB-1234"));
  EXPECT_FALSE(pattern.matches(""));
}

TEST(PatternTest, KnowsOptionalAndRepeatedSteps) {
  EXPECT_TRUE(Pattern("a?b*c+").matches("c"));
  EXPECT_TRUE(Pattern("a?b*c+").matches("abbbccc"));
  EXPECT_FALSE(Pattern("a?b*c+").matches("aab"));
  EXPECT_TRUE(Pattern("x{2,}").matches("xxxxx"));
  EXPECT_FALSE(Pattern("x{2,}").matches("x"));
  EXPECT_TRUE(Pattern("x{0,1}").matches(""));
  EXPECT_TRUE(Pattern("a*a*b").matches("aaab"));
}

TEST(PatternTest, KnowsClassesEscapesAndNegation) {
  EXPECT_TRUE(Pattern("[^/]+").matches("no slash"));
  EXPECT_FALSE(Pattern("[^/]+").matches("a/b"));
  EXPECT_TRUE(Pattern("[\\d_-]+").matches("12_-3"));
  EXPECT_TRUE(Pattern("\\w+\\.\\w+").matches("a_1.b"));
  EXPECT_TRUE(Pattern("..").matches("ab"));
}

TEST(PatternTest, CountsCodePointsAndTakesClassesOfThem) {
  EXPECT_TRUE(Pattern("[一-龥]{2,4}").matches("重庆大足"));
  EXPECT_FALSE(Pattern("[一-龥]{2,4}").matches("重庆 大足"));
  EXPECT_TRUE(Pattern(".").matches("😀"));
}

TEST(PatternTest, TakesTimeInProportionToTheTextWhateverItHolds) {
  const Pattern pattern("a*a*a*a*a*a*a*a*b");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(pattern.matches(std::string(20'000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(PatternTest, GivesAnExampleOfItself) {
  for (const char* text : {"[A-Z]{2}-\\d{4,6}", "[一-龥]{2}x?", "[^a]+", "é😀߿", "\\w*", "."}) {
    const Pattern pattern(text);
    EXPECT_TRUE(pattern.matches(pattern.example())) << text << ": " << pattern.example();
  }
}

TEST(PatternTest, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"(a|b)", "a|b", "^a", "a$", "[a", "[]", "[z-a]", "a{2", "a{3,2}", "a{x}", "*", "\\", "\\b", "a{256}", "\xff"}) {
    EXPECT_THROW((void)Pattern(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace wenming::contract
