#include "core/text.h"

#include <gtest/gtest.h>

#include <string>

namespace wenming::core {
namespace {

/// UTF-8 of a code point by the definition, surrogates and what lies beyond included.
std::string encoded(unsigned code_point) {
  const auto continuation = [&](unsigned shift) { return static_cast<char>(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  if (code_point < 0x800) return {static_cast<char>(0xc0 | code_point >> 6), continuation(0)};
  if (code_point < 0x10000) return {static_cast<char>(0xe0 | code_point >> 12), continuation(6), continuation(0)};
  return {static_cast<char>(0xf0 | code_point >> 18), continuation(12), continuation(6), continuation(0)};
}

TEST(Utf8Test, TakesEveryCodePointAndNoSurrogate) {
  for (unsigned code_point = 0; code_point < 0x11'2000; ++code_point) {
    const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    const bool expected = !surrogate && code_point <= 0x10'ffff;
    ASSERT_EQ(is_utf8(encoded(code_point)), expected) << std::hex << code_point;
  }
}

TEST(Utf8Test, TakesLongTextsOfEveryAlignment) {
  for (std::size_t ascii = 0; ascii < 20; ++ascii) {
    const std::string text = std::string(ascii, 'a') + "文明" + std::string(ascii, 'b') + "😀";
    EXPECT_TRUE(is_utf8(text));
    EXPECT_FALSE(is_utf8(text.substr(0, text.size() - 1)));
    EXPECT_FALSE(is_utf8(text.substr(0, ascii + 2) + "aaaaaaaa"));
  }
  EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8Test, RefusesIllFormedBytes) {
  for (const char* bytes : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80\x80", "\xe0\x9f\xbf",
                            "\xe6\x96", "\xe6\x96\x41", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80",
                            "\xff", "\xce\xc4\xc3\xf7" /* GBK */}) {
    EXPECT_FALSE(is_utf8(bytes)) << testing::PrintToString(bytes);
  }
}

TEST(Utf8Test, IsMadeWellFormedByReplacementCharacters) {
  EXPECT_EQ(with_replacements("文明 abc"), "文明 abc");
  EXPECT_EQ(with_replacements("a\xffz\xe6\x96"), "a\ufffdz\ufffd\ufffd");
}

TEST(CodePointsTest, AreCountedAndCutByCharactersNotBytes) {
  EXPECT_EQ(code_points(""), 0U);
  EXPECT_EQ(code_points("abc"), 3U);
  EXPECT_EQ(code_points("欧阳雪a😀"), 5U);
  EXPECT_EQ(first_code_points("欧阳雪", 1), "欧");
  EXPECT_EQ(first_code_points("欧阳雪", 0), "");
  EXPECT_EQ(first_code_points("欧阳雪", 3), "欧阳雪");
  EXPECT_EQ(first_code_points("欧阳雪", 9), "欧阳雪");
}

TEST(TrimTest, TakesOffWhiteSpaceOfChineseInputToo) {
  EXPECT_EQ(trim(" \t龙岗街道　 \r\n"), "龙岗街道");
  EXPECT_EQ(trim("\u00a0龙岗 街道\u00a0"), "龙岗 街道");
  EXPECT_EQ(trim("龙岗街道"), "龙岗街道");
  EXPECT_EQ(trim(" 　 "), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace wenming::core
