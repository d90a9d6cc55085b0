// Attachments from the first byte to the download, as a citizen's phone and an office's browser meet them: over HTTP,
// with files in a folder and in a real S3 store.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "blobs/s3/s3_connection.h"
#include "core/encoding.h"
#include "core/random.h"
#include "e2e/small_county.h"
#include "testing/s3_server.h"

namespace wenming::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using wenming::testing::S3Server;

/// One green pixel, and behind it what its sender does not want to be known.
std::string picture() {
  return core::from_base64(
             "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
             .value() +
         "29.71,105.73 13800005678";
}

/// A film as far as anybody can tell by its beginning.
std::string film(std::size_t size) {
  std::string bytes(
      "\0\0\0\x20"
      "ftypisom\0\0\2\0isomiso2avc1mp41",
      32);
  return bytes + core::SeededRandom(1).bytes(size - bytes.size());
}

struct Upload {
  std::string id, token;

  [[nodiscard]] std::string content() const { return fmt::format("/v1/uploads/{}/content?upload_token={}", id, token); }
};

enum class Place { Folder, S3 };

class AttachmentsTest : public ::testing::TestWithParam<Place> {
 protected:
  static std::vector<std::string> settings() {
    if (GetParam() == Place::Folder) return {};
    const auto& s3 = S3Server::shared();
    const std::string bucket = "bucket-" + core::hex(core::SystemRandom().bytes(8));
    blobs::S3Connection(
        {.endpoint = s3.url(), .bucket = bucket, .credentials = {S3Server::kAccessKey, S3Server::kSecretKey}})
        .request("PUT", "");
    return {"blobs.url=s3://" + bucket + "/county", "blobs.s3_endpoint=" + s3.url(), "blobs.s3_key_file=" + key_file()};
  }
  static std::string key_file() {
    static const TemporaryFolder kFolder;
    const std::string file = kFolder.path() / "key";
    std::ofstream(file) << S3Server::kAccessKey << '\n' << S3Server::kSecretKey << '\n';
    return file;
  }

  Answer append(const Upload& upload, std::size_t offset, std::string_view bytes) {
    return citizen_.send("PATCH", upload.content(),
                         {{"Upload-Offset", std::to_string(offset)}, {"Content-Type", "application/partial-upload"}},
                         bytes);
  }
  Upload start(std::size_t size, std::string_view name) {
    const Answer begun =
        expect_success(citizen_.post("/v1/uploads", fmt::format(R"({{"name":"{}","size_bytes":{}}})", name, size)));
    return {begun.text("/id"), begun.text("/upload_token")};
  }
  std::size_t offset_of(const Upload& upload) {
    return std::stoul(std::string(citizen_.send("HEAD", upload.content()).headers.get("Upload-Offset")));
  }
  std::string state_of(const Upload& upload) {
    return citizen_.get(fmt::format("/v1/uploads/{}?upload_token={}", upload.id, upload.token)).text("/state");
  }
  /// Waits until it was looked at; its state then.
  std::string looked_at(const Upload& upload) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (state_of(upload) == "CHECKING" && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return state_of(upload);
  }
  /// Brings a case in and attaches the file to it.
  std::string attach(const Upload& upload) {
    const Answer created = expect_success(citizen_.post(
        "/v1/cases",
        fmt::format(R"({{"receiving_unit_id":"{}","channel":"SNAPSHOT","kind":"COMPLAINT","subject":"s"}})",
                    county_.east)));
    tracking_code_ = created.text("/tracking_code");
    expect_success(
        citizen_.send("POST", fmt::format("/v1/uploads/{}:attach", upload.id), {{"Content-Type", "application/json"}},
                      fmt::format(R"({{"upload_token":"{}","tracking_code":"{}"}})", upload.token, tracking_code_)));
    return fmt::format("/v1/cases/{}/attachments/{}/file", created.text("/id"), upload.id);
  }

  const TemporaryFolder folder_;
  ServerProcess server_{folder_.path() / "data", settings()};
  SmallCounty county_{server_};
  DirectClient citizen_ = county_.nobody();
  std::string tracking_code_;
};

TEST_P(AttachmentsTest, GoOnAfterTheLineAndTheServerWereCut) {
  const std::string bytes = film(9'000'000);
  const Upload upload = start(bytes.size(), "路灯.mp4");
  constexpr std::size_t kPiece = 4 << 20;
  EXPECT_EQ(append(upload, 0, bytes.substr(0, kPiece)).status, 204U);
  server_.kill();
  server_.start();
  ASSERT_EQ(offset_of(upload), kPiece);
  EXPECT_EQ(append(upload, 0, bytes.substr(0, kPiece)).code(), "upload_offset");
  EXPECT_EQ(append(upload, kPiece, bytes.substr(kPiece, kPiece)).headers.get("Upload-Complete"), "?0");
  EXPECT_EQ(append(upload, 2 * kPiece, bytes.substr(2 * kPiece)).headers.get("Upload-Complete"), "?1");
  ASSERT_EQ(looked_at(upload), "READY");

  const std::string file = attach(upload);
  DirectClient office = county_.caller("OFFICE", county_.east);
  county_.settle();
  const Answer whole = office.get(file);
  EXPECT_EQ(whole.headers.get("Content-Type"), "video/mp4");
  EXPECT_EQ(whole.headers.get("Content-Length"), std::to_string(bytes.size()));
  EXPECT_TRUE(whole.body == bytes);
  const Answer middle = office.send("GET", file, {{"Range", "bytes=5000000-5000009"}});
  EXPECT_EQ(middle.status, 206U);
  EXPECT_EQ(middle.headers.get("Content-Range"), fmt::format("bytes 5000000-5000009/{}", bytes.size()));
  EXPECT_EQ(middle.body, bytes.substr(5'000'000, 10));
  const Answer head = office.send("HEAD", file);
  EXPECT_EQ(head.headers.get("Content-Length"), std::to_string(bytes.size()));
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(office.send("GET", file, {{"If-None-Match", whole.headers.get("ETag")}}).status, 304U);
}

TEST_P(AttachmentsTest, AreGivenOutByTheCaseAndPicturesWithoutWhatTheSenderDidNotMean) {
  const Upload upload = start(picture().size(), "路灯.png");
  append(upload, 0, picture());
  ASSERT_EQ(looked_at(upload), "READY");
  const std::string file = attach(upload);
  DirectClient office = county_.caller("OFFICE", county_.east), other = county_.caller("OFFICE", county_.west);
  county_.settle();
  const Answer shown = office.get(file);
  EXPECT_EQ(shown.status, 200U);
  EXPECT_THAT(shown.body, Not(HasSubstr("13800005678")));
  EXPECT_EQ(shown.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(office.get(file + "?thumbnail=true").headers.get("Content-Type"), "image/jpeg");
  EXPECT_EQ(other.get(file).status, 404U);
  EXPECT_EQ(citizen_.get(file).status, 401U);
  EXPECT_EQ(citizen_.get(fmt::format("/v1/attachments/{}/file?tracking_code={}", upload.id, tracking_code_)).body,
            shown.body);
  EXPECT_EQ(citizen_.get(fmt::format("/v1/attachments/{}/file?tracking_code=0000-0000-0000-0000", upload.id)).status,
            404U);
}

TEST_P(AttachmentsTest, OfStrangeKindsAreRefusedAndPiecesHaveABound) {
  const std::string program = "MZ and so on, which says that it is a picture";
  const Upload upload = start(program.size(), "照片.jpg");
  append(upload, 0, program);
  EXPECT_EQ(looked_at(upload), "REFUSED");
  const Upload large = start(50'000'000, "路灯.mp4");
  EXPECT_EQ(append(large, 0, std::string((4 << 20) + 1, 'x')).status, 413U);
  EXPECT_EQ(citizen_.send("PATCH", large.content(), {}, std::string(70'000, 'x')).code(), "header");
}

INSTANTIATE_TEST_SUITE_P(Places, AttachmentsTest, ::testing::Values(Place::Folder, Place::S3),
                         [](const auto& place) { return place.param == Place::Folder ? "Folder" : "S3"; });

}  // namespace
}  // namespace wenming::e2e
