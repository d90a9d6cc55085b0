#include "contract/mask.h"

#include <gtest/gtest.h>

#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

using testing::v1::Tree;

TEST(MaskTest, LeavesTheFirstCharacterOfAName) {
  EXPECT_EQ(masked("李华", v1::PERSONAL_NAME), "李*");
  EXPECT_EQ(masked("王小明", v1::PERSONAL_NAME), "王**");
  EXPECT_EQ(masked("Ann", v1::PERSONAL_NAME), "A**");
}

TEST(MaskTest, LeavesASurnameOfTwoCharacters) {
  EXPECT_EQ(masked("欧阳修文", v1::PERSONAL_NAME), "欧阳**");
}

TEST(MaskTest, LeavesNothingOfANameOfOneCharacter) {
  EXPECT_EQ(masked("李", v1::PERSONAL_NAME), "*");
}

TEST(MaskTest, LeavesBothEndsOfAPhoneNumber) {
  EXPECT_EQ(masked("13812345678", v1::PERSONAL_PHONE), "138****5678");
  EXPECT_EQ(masked("43720000", v1::PERSONAL_PHONE), "*****000");
  EXPECT_EQ(masked("12345", v1::PERSONAL_PHONE), "*****");
}

TEST(MaskTest, TellsNothingOfOtherData) {
  EXPECT_EQ(masked("500225199001011234", v1::PERSONAL_OTHER), "***");
  EXPECT_EQ(masked("", v1::PERSONAL_OTHER), "");
}

TEST(MaskTest, MasksAMessageAndThoseInsideIt) {
  Tree tree;
  tree.set_name("黄葛树");
  tree.set_keeper_name("李华");
  tree.set_keeper_phone("13812345678");
  tree.mutable_keeper_home()->set_longitude(105.7);
  tree.add_notes()->set_author("王小明");
  tree.mutable_notes(0)->add_replies()->set_author("张三");
  mask(tree);
  EXPECT_EQ(tree.name(), "黄葛树");
  EXPECT_EQ(tree.keeper_name(), "李*");
  EXPECT_EQ(tree.keeper_phone(), "138****5678");
  EXPECT_FALSE(tree.has_keeper_home());
  EXPECT_EQ(tree.notes(0).author(), "王**");
  EXPECT_EQ(tree.notes(0).replies(0).author(), "张*");
}

TEST(MaskTest, ClearsSecrets) {
  Tree tree;
  tree.set_code("open sesame");
  mask(tree);
  EXPECT_FALSE(tree.has_code());
}

}  // namespace
}  // namespace wenming::contract
