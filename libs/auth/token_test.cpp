#include "auth/token.h"

#include <gtest/gtest.h>

#include <random>

#include "core/encoding.h"

namespace wenming::auth {
namespace {

using namespace std::chrono_literals;

const core::Timestamp kNow(1'772'672'400'000'000);
const SigningKey kKey("0123456789abcdef0123456789abcdef");

Claims claims() {
  return {"user-1", "session-1", kNow, kNow + 10min, ""};
}

std::optional<Claims> read(std::string_view json) {
  return read_claims(TokenUse::Access, core::base64url(json));
}

TEST(TokenTest, CarriesItsClaims) {
  const std::string token = make_token(kKey, TokenUse::Access, claims());
  const auto parts = take_apart(token);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->header, token_header(TokenUse::Access, kKey.public_key().key_id));
  EXPECT_TRUE(is_signed_by(kKey.public_key().bytes, parts->signed_text, parts->signature));
  const auto found = read_claims(TokenUse::Access, parts->payload);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user_id, "user-1");
  EXPECT_EQ(found->session_id, "session-1");
  EXPECT_EQ(found->issued_at, kNow);
  EXPECT_EQ(found->expires_at, kNow + 10min);
}

TEST(TokenTest, HeaderIsThatOfAnEd25519Token) {
  EXPECT_EQ(core::from_base64url(token_header(TokenUse::Access, "k1")), R"({"alg":"EdDSA","kid":"k1","typ":"at+jwt"})");
  EXPECT_EQ(core::from_base64url(token_header(TokenUse::StreamTicket, "k1")),
            R"({"alg":"EdDSA","kid":"k1","typ":"ticket+jwt"})");
}

TEST(TokenTest, TakesApartNothingButThreePartsOfBoundedSize) {
  EXPECT_FALSE(take_apart(""));
  EXPECT_FALSE(take_apart("a.b"));
  EXPECT_FALSE(take_apart("a.b.c.d"));
  EXPECT_FALSE(take_apart("a.b.=="));
  EXPECT_FALSE(take_apart("a.b." + std::string(2000, 'A')));
}

TEST(TokenTest, ReadsExactlyTheClaimsOfItsUse) {
  EXPECT_TRUE(read(R"({"iss":"wenming","sub":"u","sid":"s","iat":1,"exp":2})"));
  EXPECT_TRUE(read(R"({"exp":2,"iat":1,"sid":"s","sub":"u","iss":"wenming"})"));
  EXPECT_FALSE(read(R"({"iss":"another","sub":"u","sid":"s","iat":1,"exp":2})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"","sid":"s","iat":1,"exp":2})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"u","sid":"s","iat":1})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"u","sid":"s","iat":1,"exp":2,"jti":"t"})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"u","sub":"v","sid":"s","iat":1,"exp":2})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":1,"sid":"s","iat":1,"exp":2})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"u","sid":"s","iat":1.5,"exp":2})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"u","sid":"s","iat":-1,"exp":2})"));
  EXPECT_FALSE(read(R"({"iss":"wenming","sub":"u","sid":"s","iat":1,"exp":99999999999999})"));
  EXPECT_FALSE(read(R"(["iss"])"));
  EXPECT_FALSE(read("{\"iss\":\"wenming\",\"sub\":\"\xff\",\"sid\":\"s\",\"iat\":1,\"exp\":2}"));
  EXPECT_FALSE(read(""));
}

TEST(TokenTest, HoldsFromIssueUntilExpiry) {
  EXPECT_TRUE(hold_at(claims(), TokenUse::Access, kNow));
  EXPECT_TRUE(hold_at(claims(), TokenUse::Access, kNow + 10min - 1us));
  EXPECT_FALSE(hold_at(claims(), TokenUse::Access, kNow + 10min));
}

TEST(TokenTest, AllowsForClocksThatDifferALittleAndNoMore) {
  EXPECT_TRUE(hold_at(claims(), TokenUse::Access, kNow - 30s));
  EXPECT_FALSE(hold_at(claims(), TokenUse::Access, kNow - 31s));
}

TEST(TokenTest, RefusesALongerLifeThanTheUseAllows) {
  Claims longer = claims();
  longer.expires_at = kNow + 10min + 1s;
  EXPECT_FALSE(hold_at(longer, TokenUse::Access, kNow));
  EXPECT_FALSE(hold_at(claims(), TokenUse::StreamTicket, kNow));
  Claims backwards = claims();
  backwards.expires_at = kNow - 1s;
  EXPECT_FALSE(hold_at(backwards, TokenUse::Access, kNow - 2s));
}

TEST(TokenTest, SurvivesRandomBytesAndRandomlyDamagedPayloads) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::string sound = R"({"iss":"wenming","sub":"u","sid":"s","iat":1,"exp":2})";
  for (int round = 0; round < 20'000; ++round) {
    std::string json = sound;
    for (std::size_t i = 0; i <= below(4); ++i) {
      const std::size_t at = below(json.size());
      switch (below(3)) {
        case 0:
          json[at] = static_cast<char>(below(256));
          break;
        case 1:
          json.erase(at, below(5) + 1);
          break;
        default:
          json.insert(at, 1, "{}[]\",:0e\\"[below(10)]);
          break;
      }
      if (json.empty()) json = "{";
    }
    const auto found = read(json);
    if (found) {
      EXPECT_FALSE(found->user_id.empty() || found->session_id.empty()) << json << " seed " << seed;
    }
    (void)take_apart(json);
  }
}

}  // namespace
}  // namespace wenming::auth
