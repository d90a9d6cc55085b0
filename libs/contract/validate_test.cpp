#include "contract/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/testdata/lines.h"
#include "contract/testdata/trees.pb.h"

namespace wenming::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::lines;
namespace trees = testing::v1;

class ValidateTest : public ::testing::Test {
 protected:
  ValidateTest() {
    request_.set_unit_id("u1");
    request_.set_name("银杏");
    request_.set_health(trees::HEALTH_GOOD);
    request_.set_protected_(false);
  }
  std::vector<std::string> errors() const { return lines(validate(request_)); }

  trees::PlantTreeRequest request_;
};

TEST_F(ValidateTest, TakesARequestInWhichAllIsWell) {
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(ValidateTest, NamesEveryRequiredFieldThatIsMissing) {
  request_.Clear();
  EXPECT_THAT(errors(), ElementsAre("/unit_id required", "/name required", "/health required", "/protected required"));
}

TEST_F(ValidateTest, TakesAnEmptyTextOrAnUnspecifiedWordForMissing) {
  request_.set_name("");
  request_.set_health(trees::HEALTH_UNSPECIFIED);
  EXPECT_THAT(errors(), ElementsAre("/name required", "/health required"));
}

TEST_F(ValidateTest, CountsLengthsInCodePoints) {
  request_.set_name("一二三四五六七八");
  EXPECT_THAT(errors(), IsEmpty());
  request_.set_name("一二三四五六七八九");
  EXPECT_THAT(errors(), ElementsAre("/name too_long"));
  request_.set_name("一");
  EXPECT_THAT(errors(), ElementsAre("/name too_short"));
}

TEST_F(ValidateTest, BoundsTextsWithoutARuleOfTheirOwn) {
  request_.set_nursery(std::string(kDefaultTextLength, 'x'));
  EXPECT_THAT(errors(), IsEmpty());
  request_.set_nursery(std::string(kDefaultTextLength + 1, 'x'));
  EXPECT_THAT(errors(), ElementsAre("/nursery too_long"));
}

TEST_F(ValidateTest, CountsTheLengthOfBytesInBytes) {
  request_.set_picture("12345678");
  EXPECT_THAT(errors(), IsEmpty());
  request_.set_picture("123456789");
  EXPECT_THAT(errors(), ElementsAre("/picture too_long"));
}

TEST_F(ValidateTest, ChecksRangesAndSaysTheLimit) {
  request_.set_height_m(0.25);
  request_.set_girth_cm(3001);
  const auto found = validate(request_);
  EXPECT_THAT(lines(found), ElementsAre("/height_m too_small", "/girth_cm too_large"));
  EXPECT_EQ(testing::detail(found[0]), "is smaller than 0.5");
  EXPECT_EQ(testing::detail(found[1]), "is larger than 3000");
}

TEST_F(ValidateTest, TakesZeroForAbsentWhereTheFieldCannotTellThem) {
  request_.set_height_m(0);
  EXPECT_THAT(errors(), IsEmpty());
  request_.set_girth_cm(0);
  EXPECT_THAT(errors(), ElementsAre("/girth_cm too_small"));
}

TEST_F(ValidateTest, ChecksPatternsAndFormats) {
  request_.set_plate("AB-12");
  request_.set_inspection_day("2026-02-30");
  request_.set_harvest_month("2026-00");
  request_.set_client_id("42");
  request_.set_phone("call me");
  request_.set_website("nowhere");
  EXPECT_THAT(errors(), ElementsAre("/plate pattern", "/inspection_day format", "/harvest_month format",
                                    "/client_id format", "/phone format", "/website format"));
}

TEST_F(ValidateTest, ChecksListsAndTheirElements) {
  for (const char* tag : {"oak", "OAK", "银杏", ""}) request_.add_tags(tag);
  EXPECT_THAT(errors(), ElementsAre("/tags too_long", "/tags/1 pattern", "/tags/3 pattern"));
}

TEST_F(ValidateTest, BoundsListsWithoutARuleOfTheirOwn) {
  for (std::size_t i = 0; i <= kDefaultElements; ++i) request_.add_history(trees::HEALTH_POOR);
  EXPECT_THAT(errors(), ElementsAre("/history too_long"));
}

TEST_F(ValidateTest, ChecksMessagesInsideWithPointersToThem) {
  request_.add_notes()->set_text("fine");
  request_.add_notes()->add_replies()->set_text("longer than twenty code points");
  request_.mutable_position()->set_longitude(181);
  EXPECT_THAT(errors(), ElementsAre("/position/datum required", "/position/longitude too_large",
                                    "/notes/1/text required", "/notes/1/replies/0/text too_long"));
}

TEST_F(ValidateTest, RefusesControlCharactersButForLayoutInTextsOfSeveralLines) {
  request_.set_name("a\nb");
  request_.add_notes()->set_text("a\r\n\tb");
  request_.add_notes()->set_text(std::string("a\0b", 3));
  EXPECT_THAT(errors(), ElementsAre("/name control_character", "/notes/1/text control_character"));
}

TEST_F(ValidateTest, RefusesWhatTheServerSets) {
  request_.set_number("1");
  request_.add_notes()->set_text("a");
  request_.mutable_notes(0)->mutable_made_at()->set_seconds(1);
  EXPECT_THAT(errors(), ElementsAre("/notes/0/made_at output_only", "/number output_only"));
}

}  // namespace
}  // namespace wenming::contract
