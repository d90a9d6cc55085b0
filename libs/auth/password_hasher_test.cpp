#include "auth/password_hasher.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace wenming::auth {
namespace {

const PasswordHasher kCheap({.memory_kib = 64, .iterations = 1, .lanes = 1});
const std::string kSalt = "sixteen bytes...";

TEST(PasswordHasherTest, KnowsThePasswordAgain) {
  const std::string hash = kCheap.hash("correct horse", kSalt);
  EXPECT_TRUE(kCheap.matches("correct horse", hash));
  EXPECT_FALSE(kCheap.matches("correct horsf", hash));
  EXPECT_FALSE(kCheap.matches("", hash));
}

TEST(PasswordHasherTest, KeepsCostAndSaltInTheHash) {
  const std::string hash = kCheap.hash("correct horse", kSalt);
  EXPECT_EQ(hash.substr(0, 29), "$argon2id$v=19$m=64,t=1,p=1$c");
  EXPECT_NE(hash, kCheap.hash("correct horse", "another 16 bytes"));
  const PasswordHasher dearer({.memory_kib = 128, .iterations = 2, .lanes = 1});
  EXPECT_TRUE(dearer.matches("correct horse", hash));
}

TEST(PasswordHasherTest, MatchesNothingWhereThereIsNoHash) {
  EXPECT_FALSE(kCheap.matches("anything", std::nullopt));
}

TEST(PasswordHasherTest, ThrowsOnAHashThatIsNone) {
  EXPECT_THROW((void)kCheap.matches("anything", "not a hash"), std::runtime_error);
}

}  // namespace
}  // namespace wenming::auth
