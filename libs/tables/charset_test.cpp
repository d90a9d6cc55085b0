#include "tables/charset.h"

#include <gtest/gtest.h>

#include <istream>
#include <iterator>
#include <string>

namespace wenming::tables {
namespace {

// 主题,内容 in GBK.
const std::string kGbk = "\xd6\xf7\xcc\xe2,\xc4\xda\xc8\xdd\r\n";

std::string read_all(std::string_view bytes, Encoding encoding) {
  TextSource source(bytes);
  Utf8Stream stream(source, encoding);
  return {std::istreambuf_iterator<char>(&stream), std::istreambuf_iterator<char>()};
}

Encoding detected(std::string_view bytes) {
  TextSource source(bytes);
  return detect_encoding(source);
}

TEST(Charset, TellsTheEncodingsOfChinaApart) {
  EXPECT_EQ(detected("subject,detail"), Encoding::Utf8);
  EXPECT_EQ(detected("主题,内容"), Encoding::Utf8);
  EXPECT_EQ(detected(kGbk), Encoding::Gb18030);
  EXPECT_EQ(detected("\x84\x31\x95\x33" + kGbk), Encoding::Gb18030);
}

TEST(Charset, KeepsATextInUtf8WithADamagedCellInUtf8) {
  EXPECT_EQ(detected("主题,内容\n路灯不亮,\xff\xfe\n井盖破损,好"), Encoding::Utf8);
}

TEST(Charset, TellsTheEncodingOfATextWhoseFirstMegabyteIsAscii) {
  EXPECT_EQ(detected(std::string(1 << 20, 'a') + kGbk), Encoding::Gb18030);
}

TEST(Charset, ReadsGb18030WithItsFourByteCharacters) {
  EXPECT_EQ(read_all(kGbk, Encoding::Gb18030), "主题,内容\r\n");
  // 㐂 is of four bytes, and 𠮷 lies beyond the first plane.
  EXPECT_EQ(read_all("\x81\x39\xef\x31\x95\x34\xb2\x35", Encoding::Gb18030), "㐂𠮷");
  EXPECT_EQ(read_all("\x84\x31\x95\x33\xd6\xf7", Encoding::Gb18030), "主") << "the byte order mark is no character";
}

TEST(Charset, ReadsCharactersThatLieAcrossTheEndsOfBlocks) {
  std::string bytes = "a", expected = "a";
  for (int i = 0; i < 100'000; ++i) {
    bytes += "\xd6\xf7";
    expected += "主";
  }
  EXPECT_EQ(read_all(bytes, Encoding::Gb18030), expected);
}

TEST(Charset, MarksWhatIsNoCharacterInItsPlace) {
  EXPECT_EQ(read_all("a\xff,\xd6\xf7", Encoding::Gb18030), "a\xff,主");
  EXPECT_EQ(read_all("a,\xd6", Encoding::Gb18030), "a,\xff") << "cut off by the end";
}

}  // namespace
}  // namespace wenming::tables
