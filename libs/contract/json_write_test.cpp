#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "contract/json.h"
#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

namespace trees = testing::v1;

std::string written(const google::protobuf::Message& message, bool mask_personal = true) {
  std::string out;
  write_json(message, out, {.offset = {}, .mask_personal = mask_personal});
  return out;
}

TEST(JsonWriteTest, PrintsZeroValuesAndLeavesOutWhatIsAbsent) {
  EXPECT_EQ(
      written(trees::Tree()),
      R"({"id":"","version":0,"name":"","health":"UNSPECIFIED","height_m":0,"protected":false,"tags":[],"notes":[],)"
      R"("keeper_name":"","keeper_phone":""})");
}

TEST(JsonWriteTest, PrintsEveryTypeOfField) {
  trees::Tree tree;
  tree.set_id("42");
  tree.set_version(9007199254740991);
  tree.set_name("黄葛树");
  tree.set_health(trees::HEALTH_DEAD);
  tree.mutable_position()->set_datum(v1::DATUM_GCJ02);
  tree.mutable_position()->set_longitude(105.7221);
  tree.set_height_m(0.1);
  tree.set_protected_(true);
  tree.mutable_planted_at()->set_seconds(1'772'672'400);
  tree.set_girth_cm(0);
  tree.add_tags("a");
  tree.add_tags("b");
  tree.add_notes()->set_text("n");
  EXPECT_EQ(written(tree),
            R"({"id":"42","version":9007199254740991,"name":"黄葛树","health":"DEAD",)"
            R"("position":{"datum":"GCJ02","longitude":105.7221,"latitude":0},"height_m":0.1,"protected":true,)"
            R"("planted_at":"2026-03-05T09:00:00+08:00","girth_cm":0,"tags":["a","b"],)"
            R"("notes":[{"text":"n","author":"","replies":[]}],"keeper_name":"","keeper_phone":""})");
}

TEST(JsonWriteTest, EscapesWhatJsonWantsEscaped) {
  trees::WaterTreeRequest request;
  request.set_tree_id("\"\\\n\r\t\x01\x1f/é");
  EXPECT_EQ(written(request), R"({"tree_id":"\"\\\n\r\t\u0001\u001f/é","litres":0})");
}

TEST(JsonWriteTest, MasksPersonalFieldsUnlessTold) {
  trees::Tree tree;
  tree.set_keeper_name("李华");
  tree.set_keeper_phone("13812345678");
  tree.mutable_keeper_home()->set_longitude(1);
  const std::string masked = written(tree);
  EXPECT_NE(masked.find(R"("keeper_name":"李*","keeper_phone":"138****5678"})"), std::string::npos) << masked;
  const std::string clear = written(tree, false);
  EXPECT_NE(clear.find(R"("keeper_name":"李华","keeper_phone":"13812345678","keeper_home":{)"), std::string::npos)
      << clear;
}

TEST(JsonWriteTest, WritesTheSecretOfTheMethodThatMakesIt) {
  trees::Tree tree;
  tree.set_code("open sesame");
  EXPECT_NE(written(tree).find(R"("code":"open sesame")"), std::string::npos);
}

TEST(JsonWriteTest, WritesNullForWhatIsNoNumber) {
  trees::Tree tree;
  tree.set_height_m(std::numeric_limits<double>::quiet_NaN());
  EXPECT_NE(written(tree).find(R"("height_m":null)"), std::string::npos);
}

TEST(JsonWriteTest, LeavesOutTheUpdateMask) {
  trees::UpdateTreeRequest request;
  request.mutable_update_mask()->add_paths("name");
  EXPECT_EQ(written(request), R"({"tree_id":""})");
}

TEST(JsonWriteTest, WritesTheShortestDoubleThatReadsBackTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t bits = random();
    double number = 0;
    static_assert(sizeof bits == sizeof number);
    std::memcpy(&number, &bits, sizeof number);
    if (!std::isfinite(number)) continue;
    trees::PlantTreeRequest request;
    request.set_height_m(number);
    trees::PlantTreeRequest back;
    ASSERT_TRUE(parse_json(written(request), back).empty());
    ASSERT_EQ(back.height_m(), number);
  }
}

TEST(JsonWriteTest, WritesWhatReadsBackTheSame) {
  trees::PlantTreeRequest request;
  request.set_name("\x01 \"\\ 李 😀");
  request.set_leaves(-9007199254740991);
  request.set_picture(std::string("\0\x80\xff\x01", 4));
  request.mutable_planted_at()->set_seconds(-1);
  request.mutable_planted_at()->set_nanos(999'999'000);
  request.add_history(trees::HEALTH_DEAD);
  request.add_visited_at()->set_seconds(253'402'271'999);
  request.mutable_moved_from()->set_datum(v1::DATUM_BD09);
  request.set_protected_(false);
  trees::PlantTreeRequest back;
  ASSERT_TRUE(parse_json(written(request), back).empty());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(request, back)) << written(request);
}

}  // namespace
}  // namespace wenming::contract
