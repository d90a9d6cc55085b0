#include "domain/page_token.h"

#include <gtest/gtest.h>

#include <array>

#include "core/encoding.h"
#include "domain/refusal.h"

namespace wenming::domain {
namespace {

TEST(PageTokenTest, ReadsBackWhatItWrote) {
  for (const Value& key :
       {Value(std::int64_t{-5}), Value(2.5), Value(std::string_view("大足")), Value(std::string_view(""))}) {
    const std::optional<PageToken> read = PageToken::read(PageToken(key, std::string_view("id-1")).text(7), 7);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key().index(), key.index());
    EXPECT_EQ(std::get<std::string_view>(read->id()), "id-1");
  }
  const PageToken token = *PageToken::read(PageToken(std::string_view("大足"), std::string_view("x")).text(7), 7);
  EXPECT_EQ(std::get<std::string_view>(token.key()), "大足");
}

TEST(PageTokenTest, IsTheFirstPageWhenEmpty) {
  EXPECT_FALSE(PageToken::read("", 7));
}

TEST(PageTokenTest, RefusesTokensOfOtherQueriesAndAnythingElse) {
  const std::string text = PageToken(std::int64_t{1}, std::string_view("id")).text(7);
  EXPECT_THROW(PageToken::read(text, 8), Refusal);
  const std::string bytes = *core::from_base64url(text);
  for (std::size_t size = 0; size < bytes.size() - 2; ++size) {
    if (size == 0) continue;
    EXPECT_THROW(PageToken::read(core::base64url(bytes.substr(0, size)), 7), Refusal) << size;
  }
  std::string huge_text = *core::from_base64url(PageToken(std::string_view("abc"), std::string_view("id")).text(7));
  huge_text.replace(9, 8, 8, '\xff');
  EXPECT_THROW(PageToken::read(core::base64url(huge_text), 7), Refusal);
}

TEST(PageTokenTest, RefusesWhatNoDatabaseTakesForAText) {
  const std::string sound = *core::from_base64url(PageToken(std::string_view("abc"), std::string_view("id")).text(7));
  for (const char damage : {'\0', '\xff'}) {
    for (const std::size_t at : {sound.find("abc"), sound.find("id")}) {
      std::string bytes = sound;
      bytes[at] = damage;
      EXPECT_THROW(PageToken::read(core::base64url(bytes), 7), Refusal) << at;
    }
  }
}

TEST(PageTokenTest, TakesAKeyThatIsNullForAMistake) {
  EXPECT_THROW(PageToken(std::monostate(), std::string_view("id")), std::logic_error);
}

TEST(PageTokenTest, TellsQueriesApartByTextAndByValue) {
  const std::array<Value, 2> a{std::string_view("ab"), std::string_view("c")};
  const std::array<Value, 2> b{std::string_view("a"), std::string_view("bc")};
  EXPECT_EQ(fingerprint("q", a), fingerprint("q", a));
  EXPECT_NE(fingerprint("q", a), fingerprint("q", b));
  EXPECT_NE(fingerprint("q", a), fingerprint("p", a));
}

}  // namespace
}  // namespace wenming::domain
