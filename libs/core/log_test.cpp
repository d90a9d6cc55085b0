#include "core/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <spdlog/spdlog.h>

#include <limits>
#include <sstream>

#include "core/settings.h"

namespace wenming::core::log {
namespace {

using namespace std::string_literals;

/// Listens to the default logger in one format, and puts the logger of before back.
class LogTest : public testing::Test {
 protected:
  void listen(Format format, spdlog::level::level_enum level = spdlog::level::debug) {
    auto logger = std::make_shared<spdlog::logger>(
        "test", make_sink({.format = format, .level = Level::Info, .offset = {}}, lines_));
    logger->set_level(level);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogTest() override { spdlog::set_default_logger(before_); }

  /// What was written, without the time in front.
  [[nodiscard]] std::string text() const {
    const std::string line = lines_.str();
    return line.substr(std::min(line.find(' '), line.size()));
  }
  [[nodiscard]] rapidjson::Document json() const {
    rapidjson::Document document;
    document.Parse(lines_.str().c_str());
    return document;
  }

  std::ostringstream lines_;
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(LogTest, WritesOneLineOfTextWithTheFieldsBehind) {
  listen(Format::Text);
  info("request answered", {{"method", "GET"}, {"status", 200}, {"ms", 1.5}, {"replayed", false}});
  EXPECT_EQ(text(), " info    request answered method=GET status=200 ms=1.5 replayed=false\n");
  EXPECT_THAT(lines_.str(), testing::MatchesRegex("20..-..-..T..:..:...*\\+08:00 info .*\n"));
}

TEST_F(LogTest, QuotesTextThatIsNoPlainWord) {
  listen(Format::Text);
  error("failed", {{"error", "no such table: \"x\"\nat 1"}, {"empty", ""}, {"unit", std::string("大足区")}});
  EXPECT_EQ(text(), " error   failed error=\"no such table: \\\"x\\\"\\nat 1\" empty=\"\" unit=大足区\n");
}

TEST_F(LogTest, CannotBeMadeToWriteASecondLine) {
  listen(Format::Text);
  warning("one\nerror two\r", {{"name", "a\u0085\u2028b\nc"}});
  const std::string written = lines_.str();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
  EXPECT_EQ(text().find('\r'), std::string::npos);
}

TEST_F(LogTest, WritesJsonWhateverTheTextsHold) {
  listen(Format::Json);
  const std::string nasty = "\"\\\n\x01 \xff 文明\0"s;
  error(nasty, {{"text", nasty}, {"a \"name\"", -1}});
  const auto line = json();
  ASSERT_TRUE(line.IsObject()) << lines_.str();
  EXPECT_STREQ(line["level"].GetString(), "error");
  EXPECT_THAT(line["message"].GetString(), testing::StartsWith("\"\\\n\x01 \ufffd 文"));
  EXPECT_EQ(line["text"], line["message"]);
  EXPECT_EQ(line["a \"name\""].GetInt(), -1);
  EXPECT_TRUE(line.HasMember("time"));
  EXPECT_EQ(lines_.str().find('\n'), lines_.str().size() - 1);
}

TEST_F(LogTest, KeepsTheTypesOfNumbersInJson) {
  listen(Format::Json);
  info("types", {{"low", std::numeric_limits<std::int64_t>::min()},
                 {"high", std::numeric_limits<std::uint64_t>::max()},
                 {"ratio", 0.25F},
                 {"none", std::numeric_limits<double>::quiet_NaN()},
                 {"yes", true}});
  const auto line = json();
  ASSERT_TRUE(line.IsObject()) << lines_.str();
  EXPECT_EQ(line["low"].GetInt64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(line["high"].GetUint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(line["ratio"].GetDouble(), 0.25);
  EXPECT_TRUE(line["none"].IsNull());
  EXPECT_TRUE(line["yes"].GetBool());
}

TEST_F(LogTest, WritesTheEventsOfPlainSpdlogInTheSameForm) {
  listen(Format::Json);
  spdlog::warn("checkpoint of {} failed", "volunteer");
  EXPECT_STREQ(json()["message"].GetString(), "checkpoint of volunteer failed");
  EXPECT_STREQ(json()["level"].GetString(), "warning");
}

TEST_F(LogTest, LeavesOutWhatLiesBelowItsLevel) {
  listen(Format::Text, spdlog::level::warn);
  debug("no");
  info("no");
  EXPECT_EQ(lines_.str(), "");
  warning("yes");
  EXPECT_EQ(text(), " warning yes\n");
}

TEST(LogOptionsTest, ComeFromTheSettings) {
  Settings settings;
  settings.give(Settings::Source::Flag, "log.format", "json");
  settings.give(Settings::Source::Flag, "log.level", "error");
  EXPECT_EQ(options(settings).format, Format::Json);
  EXPECT_EQ(options(settings).level, Level::Error);
  Settings none;
  EXPECT_EQ(options(none).format, Format::Text);
  EXPECT_EQ(options(none).level, Level::Info);
}

}  // namespace
}  // namespace wenming::core::log
