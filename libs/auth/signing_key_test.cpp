#include "auth/signing_key.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "core/encoding.h"

namespace wenming::auth {
namespace {

std::string bytes(std::string_view hex) {
  return core::from_hex(hex).value();
}

// RFC 8032, section 7.1, test 2.
const std::string kSecret = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string kPublic = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string kSignature = bytes(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

TEST(SigningKeyTest, SignsAsTheStandardSays) {
  const SigningKey key(kSecret);
  EXPECT_EQ(key.public_key().bytes, kPublic);
  EXPECT_EQ(key.sign("\x72"), kSignature);
}

TEST(SigningKeyTest, ProvesASignatureAndRefusesEveryAlteredOne) {
  EXPECT_TRUE(is_signed_by(kPublic, "\x72", kSignature));
  EXPECT_FALSE(is_signed_by(kPublic, "\x73", kSignature));
  for (std::size_t i = 0; i < kSignature.size(); ++i) {
    std::string altered = kSignature;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(is_signed_by(kPublic, "\x72", altered)) << "byte " << i;
  }
}

TEST(SigningKeyTest, RefusesKeysAndSignaturesOfAnotherSize) {
  EXPECT_FALSE(is_signed_by(kPublic.substr(1), "\x72", kSignature));
  EXPECT_FALSE(is_signed_by(kPublic, "\x72", kSignature + '\0'));
  EXPECT_FALSE(is_signed_by(kPublic, "\x72", ""));
  EXPECT_THROW(SigningKey(kSecret.substr(1)), std::runtime_error);
}

TEST(SigningKeyTest, NamesAKeyByItsThumbprint) {
  // RFC 8037, appendix A.3.
  const std::string key = core::from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").value();
  EXPECT_EQ(thumbprint(key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

}  // namespace
}  // namespace wenming::auth
