#include "auth/secrets.h"

#include <gtest/gtest.h>

namespace wenming::auth {
namespace {

TEST(ApiKeyTest, HasAPrefixThatScannersFind) {
  const std::string key = api_key(std::string(kApiKeyBytes, '\x01'));
  EXPECT_EQ(key, "wmk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE");
  EXPECT_TRUE(is_api_key(key));
}

TEST(ApiKeyTest, IsNothingElse) {
  const std::string key = api_key(std::string(kApiKeyBytes, '\x01'));
  EXPECT_FALSE(is_api_key(key.substr(0, key.size() - 1)));
  EXPECT_FALSE(is_api_key(key + "A"));
  EXPECT_FALSE(is_api_key("wmk_"));
  EXPECT_FALSE(is_api_key("wmx" + key.substr(3)));
  EXPECT_FALSE(is_api_key(""));
}

TEST(SecretHashTest, IsSha256InHexadecimal) {
  EXPECT_EQ(hash_of_secret("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(RefreshTokenTest, ReadsWhatItWrites) {
  const RefreshToken token = RefreshToken::make(std::string(24, 'a'), std::string(24, 'b'));
  const auto read = RefreshToken::parse(token.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->session, token.session);
  EXPECT_EQ(read->turn, token.turn);
}

TEST(RefreshTokenTest, KeepsTheSessionAndChangesTheTurn) {
  const RefreshToken first = RefreshToken::make(std::string(24, 'a'), std::string(24, 'b'));
  const RefreshToken second = first.next(std::string(24, 'c'));
  EXPECT_EQ(second.session, first.session);
  EXPECT_NE(second.turn, first.turn);
}

TEST(RefreshTokenTest, RefusesWhatItWouldNotWrite) {
  const std::string text = RefreshToken::make(std::string(24, 'a'), std::string(24, 'b')).text();
  EXPECT_FALSE(RefreshToken::parse(""));
  EXPECT_FALSE(RefreshToken::parse(text.substr(4)));
  EXPECT_FALSE(RefreshToken::parse(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(RefreshToken::parse(text + "A"));
  EXPECT_FALSE(RefreshToken::parse(text.substr(0, text.size() - 1) + "="));
}

TEST(ReadablePasswordTest, IsFourGroupsOfFour) {
  const std::string password = readable_password(std::string(kReadablePasswordBytes, '\x5a'));
  EXPECT_EQ(password.size(), 19U);
  for (const std::size_t at : {4U, 9U, 14U}) EXPECT_EQ(password[at], '-');
  EXPECT_EQ(password.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz-"), std::string::npos);
}

}  // namespace
}  // namespace wenming::auth
