#include "search/fold.h"

#include <gtest/gtest.h>

namespace wenming::search {
namespace {

TEST(FoldTest, TakesTraditionalAndSimplifiedCharactersForTheSame) {
  EXPECT_EQ(fold("臺灣後面的裡面，乾淨的頭髮"), fold("台湾后面的里面，干净的头发"));
  EXPECT_NE(fold("路灯"), fold("路口"));
}

TEST(FoldTest, TakesFullAndHalfWidthForTheSame) {
  EXPECT_EQ(fold("ＡＢＣ１２３（ｘ）　号"), "abc123(x) 号");
  EXPECT_EQ(fold("ｶﾞｽ"), fold("ガス"));
}

TEST(FoldTest, TakesCapitalAndSmallLettersAndComposedOnesForTheSame) {
  EXPECT_EQ(fold("WiFi"), "wifi");
  EXPECT_EQ(fold("re\u0301sume\u0301"), fold("RÉSUMÉ"));
}

TEST(FoldTest, FoldsCharactersBeyondTheFirstPlane) {
  EXPECT_EQ(fold("𡞵"), fold("㛟"));
  EXPECT_EQ(fold("𠀀"), "𠀀");
}

TEST(FoldTest, LeavesNothingOfNothing) {
  EXPECT_EQ(fold(""), "");
}

}  // namespace
}  // namespace wenming::search
