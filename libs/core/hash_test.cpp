#include "core/hash.h"

#include <gtest/gtest.h>

#include <string>

#include "core/encoding.h"

namespace wenming::core {
namespace {

constexpr auto kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr auto kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto kOfAMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256Test, GivesTheDigestsOfTheStandard) {
  EXPECT_EQ(hex(bytes_of(sha256(""))), kOfNothing);
  EXPECT_EQ(hex(bytes_of(sha256("abc"))), kOfAbc);
  EXPECT_EQ(hex(bytes_of(sha256(std::string(1'000'000, 'a')))), kOfAMillionA);
}

TEST(Sha256Test, IsReadyForTheNextTextAfterEachDigest) {
  Sha256 hasher;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(hex(bytes_of(hasher.finish())), kOfNothing);
    EXPECT_EQ(hex(bytes_of(hasher.add("a").add("").add("bc").finish())), kOfAbc);
  }
}

TEST(Sha256Test, CarriesItsStateWhenMoved) {
  Sha256 first;
  first.add("ab");
  Sha256 second(std::move(first));
  EXPECT_EQ(hex(bytes_of(second.add("c").finish())), kOfAbc);
}

TEST(HmacTest, GivesTheCodesOfRfc4231) {
  EXPECT_EQ(hex(bytes_of(hmac_sha256(std::string(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(bytes_of(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hex(bytes_of(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacTest, TakesAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(hex(bytes_of(hmac_sha256({}, {}))), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(SecretsTest, AreEqualOnlyByteForByte) {
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_TRUE(equal_secrets("open", "open"));
  EXPECT_FALSE(equal_secrets("open", "oPen"));
  EXPECT_FALSE(equal_secrets("open", "ope"));
}

}  // namespace
}  // namespace wenming::core
