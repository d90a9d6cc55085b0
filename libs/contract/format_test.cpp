#include "contract/format.h"

#include <gtest/gtest.h>

#include <string>

namespace wenming::contract {
namespace {

TEST(FormatTest, KnowsDaysAndMonths) {
  EXPECT_TRUE(is_of_format("2026-03-05", v1::FORMAT_DATE));
  EXPECT_FALSE(is_of_format("2026-02-29", v1::FORMAT_DATE));
  EXPECT_FALSE(is_of_format("2026-3-5", v1::FORMAT_DATE));
  EXPECT_TRUE(is_of_format("2026-03", v1::FORMAT_MONTH));
  EXPECT_FALSE(is_of_format("2026-13", v1::FORMAT_MONTH));
}

TEST(FormatTest, LeavesRoomBeforeTheFirstAndBehindTheLastYear) {
  EXPECT_TRUE(is_of_format("1900-01-01", v1::FORMAT_DATE));
  EXPECT_TRUE(is_of_format("2999-12-31", v1::FORMAT_DATE));
  for (const char* day : {"0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"})
    EXPECT_FALSE(is_of_format(day, v1::FORMAT_DATE)) << day;
  EXPECT_TRUE(is_of_format("2999-12", v1::FORMAT_MONTH));
  EXPECT_FALSE(is_of_format("1899-12", v1::FORMAT_MONTH));
  EXPECT_FALSE(is_of_format("9999-12", v1::FORMAT_MONTH));
}

TEST(FormatTest, TakesUuidsOfVersionFourAndSevenInLowerCase) {
  EXPECT_TRUE(is_of_format("0190b5a8-7c3d-7e1f-8a2b-3c4d5e6f7081", v1::FORMAT_UUID));
  EXPECT_TRUE(is_of_format("9b2f6a1e-0c4d-4e1f-aa2b-3c4d5e6f7081", v1::FORMAT_UUID));
  EXPECT_FALSE(is_of_format("0190B5A8-7C3D-7E1F-8A2B-3C4D5E6F7081", v1::FORMAT_UUID));
  EXPECT_FALSE(is_of_format("0190b5a8-7c3d-1e1f-8a2b-3c4d5e6f7081", v1::FORMAT_UUID));
  EXPECT_FALSE(is_of_format("0190b5a8-7c3d-7e1f-ca2b-3c4d5e6f7081", v1::FORMAT_UUID));
  EXPECT_FALSE(is_of_format("0190b5a87c3d7e1f8a2b3c4d5e6f7081", v1::FORMAT_UUID));
}

TEST(FormatTest, TakesIdsOfThisSystem) {
  EXPECT_TRUE(is_of_format("0190b5a8-7c3d-7e1f-8a2b-3c4d5e6f7081", v1::FORMAT_ID));
  EXPECT_FALSE(is_of_format("a b", v1::FORMAT_ID));
  EXPECT_FALSE(is_of_format("a/b", v1::FORMAT_ID));
  EXPECT_FALSE(is_of_format("", v1::FORMAT_ID));
  EXPECT_FALSE(is_of_format(std::string(65, 'a'), v1::FORMAT_ID));
}

TEST(FormatTest, TakesPhoneNumbersAsPeopleWriteThem) {
  for (const char* phone : {"13812345678", "+86 138 1234 5678", "023-43720000", "12345", "110"}) {
    EXPECT_TRUE(is_of_format(phone, v1::FORMAT_PHONE)) << phone;
  }
  for (const char* phone : {"", "+", "1-", "138x", "--", "12", "138+1234567", "123456789012345678901"}) {
    EXPECT_FALSE(is_of_format(phone, v1::FORMAT_PHONE)) << phone;
  }
}

TEST(FormatTest, TakesWebAddresses) {
  EXPECT_TRUE(is_of_format("https://www.dazu.gov.cn/a?b=c#d", v1::FORMAT_URL));
  EXPECT_TRUE(is_of_format("http://127.0.0.1:8080", v1::FORMAT_URL));
  for (const char* url :
       {"ftp://a", "https://", "https:///x", "javascript:alert(1)", "https://a b", "www.dazu.gov.cn"}) {
    EXPECT_FALSE(is_of_format(url, v1::FORMAT_URL)) << url;
  }
}

TEST(FormatTest, FindsControlCharacters) {
  using namespace std::string_literals;
  EXPECT_FALSE(has_control_character("李 a😀é", false));
  EXPECT_TRUE(has_control_character("a\nb", false));
  EXPECT_FALSE(has_control_character("a\r\n\tb", true));
  EXPECT_TRUE(has_control_character("a\0b"s, true));
  EXPECT_TRUE(has_control_character("a\x7f", true));
  EXPECT_TRUE(has_control_character("a\u0085b", true));
}

}  // namespace
}  // namespace wenming::contract
