#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "blobs/s3/s3_blobs.h"
#include "blobs/s3/signature.h"
#include "testing/moments.h"
#include "testing/s3_server.h"

namespace wenming::blobs {
namespace {

using ::testing::HasSubstr;

S3Options options(const std::string& bucket) {
  const auto& server = testing::S3Server::shared();
  S3Options options{.endpoint = server.url(),
                    .bucket = bucket,
                    .credentials = {testing::S3Server::kAccessKey, testing::S3Server::kSecretKey},
                    .attempts = 2};
  S3Connection(options).request("PUT", "");
  return options;
}

std::string fault_of(S3Options options) {
  try {
    S3Blobs(std::move(options)).check();
  } catch (const std::exception& fault) {
    return fault.what();
  }
  return "none";
}

TEST(S3Test, AskOverAnEncryptedConnectionWhoseCertificateIsBelieved) {
  S3Options encrypted = options("encrypted");
  encrypted.endpoint = testing::S3Server::shared().tls_url();
  encrypted.ca_file = testing::S3Server::shared().certificate_file();
  S3Blobs blobs(encrypted);
  blobs.put("a", "secret");
  EXPECT_EQ(blobs.read("a", 0, 100), "secret");
  encrypted.ca_file = {};  // the system's believe nobody who signs himself
  EXPECT_THAT(fault_of(encrypted), HasSubstr("certificate"));
}

TEST(S3Test, SayWhatIsWrongWithBucketAndKey) {
  EXPECT_EQ(fault_of(options("sound")), "none");
  S3Options wrong_bucket = options("sound");
  wrong_bucket.bucket = "there-is-none";
  EXPECT_THAT(fault_of(wrong_bucket), HasSubstr("NoSuchBucket"));
  S3Options wrong_key = options("sound");
  wrong_key.credentials.secret_key = "guessed";
  EXPECT_THAT(fault_of(wrong_key), HasSubstr("SignatureDoesNotMatch"));
  S3Options elsewhere = options("sound");
  elsewhere.endpoint = "http://127.0.0.1:1";
  elsewhere.first_pause = std::chrono::milliseconds(1);
  EXPECT_THAT(fault_of(elsewhere), HasSubstr("127.0.0.1:1"));
}

TEST(S3Test, TryAgainWhileTheServerHangs) {
  S3Options patient = options("patient");
  patient.timeout = std::chrono::milliseconds(300);
  patient.attempts = 100;
  S3Blobs blobs(patient);
  blobs.put("a", "before");
  testing::S3Server::shared().pause();
  std::jthread later([&] { blobs.put("b", "after all"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(700));  // two attempts fail
  testing::S3Server::shared().resume();
  later.join();
  EXPECT_EQ(blobs.read("b", 0, 100), "after all");
}

// The example of AWS's documentation, "GET Object" in "Signature Calculations for the Authorization Header".
TEST(S3SignatureTest, IsThatOfTheDocumentation) {
  const SignedRequest request{.verb = "GET",
                              .host = "examplebucket.s3.amazonaws.com",
                              .path = "/test.txt",
                              .query = {},
                              .headers = {{"range", "bytes=0-9"}},
                              .body = {}};
  const auto headers = sign(request, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, "us-east-1",
                            testing::at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(headers.front().second,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

// "GET Bucket (List Objects)" of the same page.
TEST(S3SignatureTest, CoversTheQuery) {
  const SignedRequest request{.verb = "GET",
                              .host = "examplebucket.s3.amazonaws.com",
                              .path = "/",
                              .query = {{"prefix", "J"}, {"max-keys", "2"}},
                              .headers = {},
                              .body = {}};
  const auto headers = sign(request, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, "us-east-1",
                            testing::at("2013-05-24T00:00:00Z"));
  EXPECT_THAT(headers.front().second,
              HasSubstr("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

}  // namespace
}  // namespace wenming::blobs
