#include "core/mask_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/csv.h"

namespace wenming::core {
namespace {

TEST(MaskNumbersTest, LeavesThreeAndFourDigitsOfAMobilePhone) {
  EXPECT_EQ(mask_numbers("请打13812345678找我"), "请打138****5678找我");
  EXPECT_EQ(mask_numbers("13812345678"), "138****5678");
  EXPECT_EQ(mask_numbers("微信wx13812345678，或19912345678。"), "微信wx138****5678，或199****5678。");
}

TEST(MaskNumbersTest, FindsPhonesHoweverTheyAreWritten) {
  EXPECT_EQ(mask_numbers("138-1234-5678"), "138-****-5678");
  EXPECT_EQ(mask_numbers("138 1234 5678"), "138 **** 5678");
  EXPECT_EQ(mask_numbers("138 12345678"), "138 ****5678");
  EXPECT_EQ(mask_numbers("1381234 5678"), "138**** 5678");
  EXPECT_EQ(mask_numbers("138－1234—5678"), "138－****—5678");
  EXPECT_EQ(mask_numbers("１３８１２３４５６７８"), "１３８****５６７８");
  EXPECT_EQ(mask_numbers("１３８　１２３４　５６７８"), "１３８　****　５６７８");
  EXPECT_EQ(mask_numbers("1 3 8 1 2 3 4 5 6 7 8"), "1 3 8 * * * * 5 6 7 8");
  EXPECT_EQ(mask_numbers("+86 138 1234 5678"), "+86 138 **** 5678");
  EXPECT_EQ(mask_numbers("+8613812345678、008613812345678"), "+86138****5678、0086138****5678");
}

TEST(MaskNumbersTest, LeavesTheAreaCodeAndFourDigitsOfALandline) {
  EXPECT_EQ(mask_numbers("电话：0731-84223456。"), "电话：0731-****3456。");
  EXPECT_EQ(mask_numbers("(0731)84223456"), "(0731)****3456");
  EXPECT_EQ(mask_numbers("（0746）6323456"), "（0746）***3456");
  EXPECT_EQ(mask_numbers("010-62345678-6105"), "010-****5678-6105");
  EXPECT_EQ(mask_numbers("02162345678"), "021****5678");
  EXPECT_EQ(mask_numbers("0731 8422 3456"), "0731 **** 3456");
  EXPECT_EQ(mask_numbers("０７３１—８４２２３４５６"), "０７３１—****３４５６");
  EXPECT_EQ(mask_numbers("0731--84223456"), "0731--****3456");
}

TEST(MaskNumbersTest, LeavesNothingOfAnIdentityCard) {
  EXPECT_EQ(mask_numbers("身份证430102198001011234号"), "身份证******************号");
  EXPECT_EQ(mask_numbers("43010219800101123X"), "******************");
  EXPECT_EQ(mask_numbers("43010219800101123x。"), "******************。");
  EXPECT_EQ(mask_numbers("430102 19800101 1234"), "****** ******** ****");
  EXPECT_EQ(mask_numbers("４３０１０２１９８００１０１１２３Ｘ"), "******************");
  EXPECT_EQ(mask_numbers("430102-1980-0101-123X"), "******-****-****-****");
}

TEST(MaskNumbersTest, FindsAllOfSeveral) {
  EXPECT_EQ(mask_numbers("13812345678 13912345678/0731-84223456 430102198001011234"),
            "138****5678 139****5678/0731-****3456 ******************");
  EXPECT_EQ(mask_numbers("0731-84223456 2018年"), "0731-****3456 2018年");
}

TEST(MaskNumbersTest, LeavesOtherNumbersAlone) {
  for (const std::string text : {
           "", "没有数字", "2019-04-29 14:56，共1234567.89元", "GB50337-2003、长政办函（2018）75号、国发[2010]12号",
           "12000-15000元，1959——1961年，17-1-301、22-2-30",
           "请拨打12345、0731-12345、0736——12333、96111、400-820-8820",
           "订单123456789012345678，流水2019042914563012345",
           "430102198013011234",          // no such month
           "139****5678、0731-****3456",  // somebody was here before
           "12812345678",                 // no mobile phone begins so
           "0731-1234567",                // and no landline behind its code
           "138123456789",
           "\xf0\x9f\x98\x80\xe7\x8c",  // an emoji, and a text that was cut off
       }) {
    EXPECT_EQ(mask_numbers(text), text);
  }
}

/// The real texts, in which phones were made unreadable before they were published: `0731-0000-****0000`.
TEST(MaskNumbersTest, ChangesNoneOfTheRealTextsButWherePhonesAre) {
  const char* const samples = std::getenv("WENMING_SAMPLES");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (samples == nullptr) GTEST_SKIP() << "WENMING_SAMPLES names no folder of real records";
  std::ifstream file(std::filesystem::path(samples) / "hotline/cases_with_replies.csv");
  CsvReader csv(file);
  int texts = 0, phones = 0;
  while (const CsvRecord* const record = csv.next()) {
    for (const char* const column : {"subject", "detail", "reply"}) {
      const std::string text(record->at(column));
      EXPECT_EQ(mask_numbers(text), text);
      ++texts;
      // The same text as it was before: each phone in its place, and nothing else touched.
      std::string before = text, after = text;
      for (std::size_t at = 0; (at = text.find("0000-****0000", at)) != std::string::npos; at += 13) {
        const bool behind_digits = at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9';
        const bool before_digits = at + 13 < text.size() && text[at + 13] >= '0' && text[at + 13] <= '9';
        if (behind_digits || before_digits) continue;
        before.replace(at, 13, "0731-84223456");
        after.replace(at, 13, "0731-****3456");
        ++phones;
      }
      EXPECT_EQ(mask_numbers(before), after);
    }
  }
  EXPECT_EQ(texts, 3 * 2816);
  EXPECT_GT(phones, 500);
}

}  // namespace
}  // namespace wenming::core
