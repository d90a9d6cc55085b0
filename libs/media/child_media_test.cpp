#include "media/child_media.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vips/vips.h>

#include <fstream>
#include <string>

#include "core/random.h"

namespace wenming::media {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A JPEG as a phone makes it: with the position, the camera and which way it was held.
std::string photo(int width, int height, int orientation = 1) {
  VipsImage* black = nullptr;
  VipsImage* image = nullptr;
  vips_black(&black, width, height, "bands", 3, nullptr);
  vips_copy(black, &image, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr);
  vips_image_set_string(image, "exif-ifd0-Model", "SecretPhone 7");
  vips_image_set_string(image, "exif-ifd3-GPSLatitude", "29/1 42/1 3600/100 (29, 42, 36, Rational, 3 components)");
  vips_image_set_string(image, "exif-ifd0-ImageDescription", "somebody's kitchen (somebody's kitchen, ASCII)");
  vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_jpegsave_buffer(image, &bytes, &size, nullptr) != 0) throw std::runtime_error(vips_error_buffer());
  std::string result(static_cast<const char*>(bytes), size);
  g_free(bytes);
  g_object_unref(image);
  g_object_unref(black);
  return result;
}

std::string png(int width, int height, int bands) {
  VipsImage* black = nullptr;
  VipsImage* image = nullptr;
  vips_black(&black, width, height, "bands", bands, nullptr);
  vips_copy(black, &image, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr);
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_pngsave_buffer(image, &bytes, &size, nullptr) != 0) throw std::runtime_error(vips_error_buffer());
  std::string result(static_cast<const char*>(bytes), size);
  g_free(bytes);
  g_object_unref(image);
  g_object_unref(black);
  return result;
}

class ChildMediaTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (VIPS_INIT("media_test") != 0) throw std::runtime_error(vips_error_buffer());
  }
  std::string fault_of(const std::string& bytes) {
    try {
      media_.redraw(bytes);
    } catch (const domain::BadPicture& bad) {
      return bad.what();
    }
    return "none";
  }

  ChildMedia media_{WENMING_PICTURE_PROGRAM};
};

TEST_F(ChildMediaTest, LeavesNothingButThePixelsOfAPicture) {
  const std::string bytes = photo(640, 480) + "appended: 13800005678";
  ASSERT_THAT(bytes, HasSubstr("SecretPhone"));
  ASSERT_THAT(bytes, HasSubstr("kitchen"));
  const domain::Picture picture = media_.redraw(bytes);
  EXPECT_EQ(picture.media_type, "image/jpeg");
  EXPECT_EQ(picture.width, 640);
  EXPECT_EQ(picture.height, 480);
  for (const std::string& made : {picture.bytes, picture.thumbnail}) {
    EXPECT_EQ(media_.type_of(made), "image/jpeg");
    for (const char* secret : {"SecretPhone", "kitchen", "Exif", "GPS", "13800005678"})
      EXPECT_THAT(made, Not(HasSubstr(secret)));
  }
  const domain::Picture thumbnail = media_.redraw(picture.thumbnail);
  EXPECT_EQ(thumbnail.width, 320);
  EXPECT_EQ(thumbnail.height, 240);
}

TEST_F(ChildMediaTest, TurnsAPictureAsItWasHeldAndMakesAVeryLargeOneSmaller) {
  const domain::Picture turned = media_.redraw(photo(600, 400, 6));
  EXPECT_EQ(turned.width, 400);
  EXPECT_EQ(turned.height, 600);
  const domain::Picture smaller = media_.redraw(photo(6000, 3000));
  EXPECT_EQ(smaller.width, 4096);
  EXPECT_EQ(smaller.height, 2048);
}

TEST_F(ChildMediaTest, KeepsWhatIsTransparent) {
  EXPECT_EQ(media_.redraw(png(100, 50, 4)).media_type, "image/png");
  EXPECT_EQ(media_.redraw(png(100, 50, 3)).media_type, "image/jpeg");
}

TEST_F(ChildMediaTest, RefusesAPictureThatUnpacksToGigabytesUnread) {
  const std::string bomb = png(30'000, 30'000, 1);
  ASSERT_LT(bomb.size(), 5'000'000U);
  EXPECT_EQ(fault_of(bomb), "the picture has too many pixels");
}

TEST_F(ChildMediaTest, RefusesWhatIsBrokenOrNoPicture) {
  const std::string whole = photo(640, 480);
  EXPECT_EQ(fault_of(whole.substr(0, whole.size() / 2)), "the picture is broken");
  EXPECT_EQ(fault_of(""), "it is no picture of a known kind");
  EXPECT_EQ(fault_of("%PDF-1.7\n"), "it is no picture of a known kind");
  EXPECT_EQ(fault_of("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"/etc/passwd\"/></svg>"),
            "it is no picture of a known kind");
}

TEST_F(ChildMediaTest, SurvivesFilesWithAnyByteChanged) {
  const std::string whole = photo(64, 48);
  core::SeededRandom chance(7);
  for (int i = 0; i < 40; ++i) {
    std::string changed = whole;
    const std::string bytes = chance.bytes(8);
    for (std::size_t j = 0; j + 1 < bytes.size(); j += 2)
      changed[static_cast<unsigned char>(bytes[j]) * changed.size() / 256] = bytes[j + 1];
    EXPECT_NO_THROW(fault_of(changed)) << i;
  }
}

TEST_F(ChildMediaTest, TellsFilesByTheirBytes) {
  EXPECT_EQ(media_.type_of(photo(64, 48)), "image/jpeg");
  EXPECT_EQ(media_.type_of(png(64, 48, 3)), "image/png");
  EXPECT_EQ(media_.type_of("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), "application/pdf");
  EXPECT_EQ(media_.type_of(std::string("\0\0\0\x20"
                                       "ftypisom\0\0\2\0isomiso2avc1mp41",
                                       32)),
            "video/mp4");
  EXPECT_EQ(media_.type_of(std::string("\x01\xFE\x7F\0\x02", 5)), "application/octet-stream");
  EXPECT_EQ(media_.type_of("hello"), "text/plain");
}

TEST_F(ChildMediaTest, EndsAProgramThatTakesTooLong) {
  const ChildMedia impatient(WENMING_PICTURE_PROGRAM, std::chrono::milliseconds(0));
  EXPECT_THROW(ChildMedia(impatient).redraw(photo(6000, 4000)), domain::BadPicture);
}

TEST_F(ChildMediaTest, TellsItselfFromTheFileWhereTheProgramIsMissing) {
  EXPECT_THROW(ChildMedia("/nowhere/wenming-picture").redraw(photo(64, 48)), std::runtime_error);
  try {
    ChildMedia("/nowhere/wenming-picture").redraw(photo(64, 48));
  } catch (const domain::BadPicture&) {
    FAIL() << "the file is not at fault";
  } catch (const std::runtime_error& fault) {
    EXPECT_THAT(fault.what(), HasSubstr("/nowhere/wenming-picture"));
  }
}

}  // namespace
}  // namespace wenming::media
