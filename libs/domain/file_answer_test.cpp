#include "domain/file_answer.h"

#include <gtest/gtest.h>

#include <map>

namespace wenming::domain {
namespace {

/// One blob of ten bytes.
class TenBytes final : public Blobs {
 public:
  void put(std::string_view, std::string_view) override {}
  std::string read(std::string_view, std::uint64_t offset, std::size_t most) override {
    return std::string("0123456789").substr(offset, most);
  }
  std::optional<std::uint64_t> size(std::string_view) override { return 10; }
  void join(std::string_view, const std::vector<std::string>&) override {}
  void remove(std::string_view) override {}
  std::vector<std::string> list(std::string_view, std::string_view, std::size_t) override { return {}; }
};

class FileAnswerTest : public ::testing::Test {
 protected:
  EdgeAnswer get(std::vector<std::pair<std::string, std::string>> headers = {}) {
    EdgeRequest request;
    request.headers = std::move(headers);
    return file_answer(request, {"key", 10, "image/jpeg", "路灯 1.jpg", "\"v1\"", true}, blobs_);
  }
  static std::string body(const EdgeAnswer& answer) {
    std::string all;
    if (!answer.pieces) return all;
    while (all.size() < answer.pieces->length)
      all += answer.pieces->read(all.size(), std::min<std::size_t>(3, answer.pieces->length - all.size()));
    return all;
  }
  static std::string header(const EdgeAnswer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers)
      if (key == name) return value;
    return "";
  }
  std::string range(const std::string& asked) {
    const EdgeAnswer answer = get({{"range", asked}});
    return std::to_string(answer.status) + " " + header(answer, "Content-Range") + " " + body(answer);
  }

  TenBytes blobs_;
};

TEST_F(FileAnswerTest, GivesAFileOutWholeUnderItsName) {
  const EdgeAnswer answer = get();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(body(answer), "0123456789");
  EXPECT_EQ(header(answer, "Content-Type"), "image/jpeg");
  EXPECT_EQ(header(answer, "Content-Disposition"),
            "inline; filename=\"_______1.jpg\"; filename*=UTF-8''%E8%B7%AF%E7%81%AF%201.jpg");
}

TEST_F(FileAnswerTest, GivesTheRangeThatIsAskedFor) {
  EXPECT_EQ(range("bytes=0-0"), "206 bytes 0-0/10 0");
  EXPECT_EQ(range("bytes=2-5"), "206 bytes 2-5/10 2345");
  EXPECT_EQ(range("bytes=7-"), "206 bytes 7-9/10 789");
  EXPECT_EQ(range("bytes=7-1000"), "206 bytes 7-9/10 789");
  EXPECT_EQ(range("bytes=-3"), "206 bytes 7-9/10 789");
  EXPECT_EQ(range("bytes=-1000"), "206 bytes 0-9/10 0123456789");
  EXPECT_EQ(range("bytes=10-"), "416 bytes */10 ");
  EXPECT_EQ(range("bytes=-0"), "416 bytes */10 ");
}

TEST_F(FileAnswerTest, TakesARangeThatItDoesNotUnderstandAsIfItWereNotThere) {
  for (const char* asked : {"bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes=1"})
    EXPECT_EQ(range(asked), "200  0123456789") << asked;
}

TEST_F(FileAnswerTest, GivesNothingToWhomHasItAndAllToWhoseRangeIsOfOtherBytes) {
  EXPECT_EQ(get({{"If-None-Match", "\"v1\""}}).status, 304U);
  EXPECT_EQ(get({{"If-None-Match", "\"v0\""}}).status, 200U);
  EXPECT_EQ(get({{"Range", "bytes=1-2"}, {"If-Range", "\"v1\""}}).status, 206U);
  EXPECT_EQ(get({{"Range", "bytes=1-2"}, {"If-Range", "\"v0\""}}).status, 200U);
}

}  // namespace
}  // namespace wenming::domain
