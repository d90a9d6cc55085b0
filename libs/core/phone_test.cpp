#include "core/phone.h"

#include <gtest/gtest.h>

namespace wenming::core {
namespace {

TEST(NormalPhoneTest, IsTheSameHoweverAPhoneIsWritten) {
  for (const char* const written : {"13800005678", "138-0000-5678", "+86 138 0000 5678", "+8613800005678",
                                    "008613800005678", "8613800005678", "１３８０００　０５６７８", "＋86 13800005678"})
    EXPECT_EQ(normal_phone(written), "13800005678") << written;
  for (const char* const written : {"0731-84223456", "(0731)84223456", "+86 731 84223456", "+86-0731-84223456"})
    EXPECT_EQ(normal_phone(written), "073184223456") << written;
}

TEST(NormalPhoneTest, KeepsApartWhatIsNotTheSame) {
  EXPECT_NE(normal_phone("84223456"), normal_phone("0731-84223456"));
  EXPECT_EQ(normal_phone("86223456"), "86223456");  // begins like the country, and is none
  EXPECT_EQ(normal_phone("+852 9123 4567"), "+85291234567");
  EXPECT_EQ(normal_phone("00852 9123 4567"), "+85291234567");
  EXPECT_EQ(normal_phone(""), "");
}

}  // namespace
}  // namespace wenming::core
