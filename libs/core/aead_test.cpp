#include "core/aead.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "core/encoding.h"

namespace wenming::core {
namespace {

const std::string kKey(aead::kKeySize, 'k');
const std::string kNonce(aead::kNonceSize, 'n');

std::string unhex(std::string_view text) {
  return from_hex(text).value();
}

TEST(AeadTest, GivesWhatTheSpecificationOfGcmGives) {
  // Test case 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega).
  const std::string key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const std::string nonce = unhex("cafebabefacedbaddecaf888");
  const std::string text = unhex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  const std::string context = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  EXPECT_EQ(
      hex(aead::seal(key, nonce, text, context)),
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(AeadTest, OpensWhatItSealed) {
  for (const std::string& text : {std::string(), std::string("李华"), std::string(100'000, 'x')})
    EXPECT_EQ(aead::open(kKey, kNonce, aead::seal(kKey, kNonce, text, "here"), "here"), text);
}

TEST(AeadTest, OpensNothingElsewhereOrWithAnotherKeyOrAfterAChange) {
  const std::string sealed = aead::seal(kKey, kNonce, "李华", "here");
  EXPECT_EQ(aead::open(kKey, kNonce, sealed, "there"), std::nullopt);
  EXPECT_EQ(aead::open(std::string(aead::kKeySize, 'K'), kNonce, sealed, "here"), std::nullopt);
  EXPECT_EQ(aead::open(kKey, std::string(aead::kNonceSize, 'N'), sealed, "here"), std::nullopt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(aead::open(kKey, kNonce, changed, "here"), std::nullopt) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(aead::open(kKey, kNonce, sealed.substr(0, size), "here"), std::nullopt) << size;
}

TEST(AeadTest, TakesNoKeyOrNonceOfAnotherSize) {
  EXPECT_THROW(aead::seal("short", kNonce, "x", ""), std::invalid_argument);
  EXPECT_THROW(aead::seal(kKey, "short", "x", ""), std::invalid_argument);
}

}  // namespace
}  // namespace wenming::core
