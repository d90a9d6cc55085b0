#include "core/encoding.h"

#include <gtest/gtest.h>

#include <random>

namespace wenming::core {
namespace {

TEST(EncodingTest, WritesHexInLowerCaseAndReadsBothCases) {
  EXPECT_EQ(hex(""), "");
  EXPECT_EQ(hex(std::string_view("\x00\xca\xfe", 3)), "00cafe");
  EXPECT_EQ(from_hex("00CAfe"), std::string("\x00\xca\xfe", 3));
  EXPECT_EQ(from_hex("abc"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(EncodingTest, WritesTheBase64OfTheStandard) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(EncodingTest, RefusesBase64ThatItWouldNotHaveWritten) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9", "Zm9=", "Zm-v", "Zm9v\n", "Z=g=", " Zg="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(EncodingTest, WritesBase64ForUrlsWithoutPadding) {
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
  for (const char* text : {"-_8=", "+/8", "A", "-_9"}) EXPECT_EQ(from_base64url(text), std::nullopt) << text;
}

TEST(EncodingTest, ForgivesWhatPeopleMistypeInACode) {
  const std::string code = crockford32("\x08\x42\x10\x84\x21\x08\x42\x10\x84\x21");
  EXPECT_EQ(code, "1111111111111111");
  EXPECT_EQ(normal_crockford32("1iIl-LI11 1111-1111"), code);
  EXPECT_EQ(normal_crockford32("o0O-abcz"), "000ABCZ");
  for (const char* typed : {"", " - ", "U1", "1*", "１１"}) EXPECT_EQ(normal_crockford32(typed), std::nullopt) << typed;
}

TEST(EncodingTest, ReadsBackWhatItWrites) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(from_hex(hex(bytes)), bytes);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    const std::string code = crockford32(bytes);
    EXPECT_EQ(code.size(), (size * 8 + 4) / 5);
    if (size > 0) {
      EXPECT_EQ(normal_crockford32(code), code);
    }
  }
}

}  // namespace
}  // namespace wenming::core
