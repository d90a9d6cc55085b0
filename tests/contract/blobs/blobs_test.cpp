// What domain::Blobs promises, on a folder, on a real S3 server, and on what unit tests use in their place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "blobs/directory/directory_blobs.h"
#include "blobs/s3/s3_blobs.h"
#include "core/encoding.h"
#include "core/random.h"
#include "testing/outside.h"
#include "testing/s3_server.h"
#include "testing/temporary_folder.h"

namespace wenming::blobs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

enum class Kind { Directory, S3, Memory };

constexpr std::size_t kAll = 1 << 30;

class BlobsTest : public ::testing::TestWithParam<Kind> {
 protected:
  BlobsTest() {
    if (GetParam() == Kind::Directory) {
      blobs_ = std::make_shared<DirectoryBlobs>(folder_.path() / "blobs");
    } else if (GetParam() == Kind::S3) {
      const auto& server = testing::S3Server::shared();
      const S3Options options{.endpoint = server.url(),
                              .bucket = "bucket-" + core::hex(core::SystemRandom().bytes(8)),
                              .prefix = "county/",
                              .credentials = {testing::S3Server::kAccessKey, testing::S3Server::kSecretKey}};
      S3Connection(options).request("PUT", "");
      blobs_ = std::make_shared<S3Blobs>(options);
    } else {
      const auto outside = std::make_shared<testing::TestOutside>();
      blobs_ = std::shared_ptr<domain::Blobs>(outside, &outside->blobs());
    }
  }

  static std::string noise(std::size_t size, unsigned seed) { return core::SeededRandom(seed).bytes(size); }
  std::vector<std::string> list(std::string_view prefix, std::string_view after = {}, std::size_t most = 1000) {
    return blobs_->list(prefix, after, most);
  }

  const testing::TemporaryFolder folder_;
  std::shared_ptr<domain::Blobs> blobs_;
};

TEST_P(BlobsTest, GiveBackWhatTheyTookByteForByte) {
  const std::string bytes = noise(300'000, 1);
  blobs_->put("attachments/7/original.jpg", bytes);
  EXPECT_EQ(blobs_->read("attachments/7/original.jpg", 0, kAll), bytes);
  EXPECT_EQ(blobs_->size("attachments/7/original.jpg"), bytes.size());
}

TEST_P(BlobsTest, GiveAnyPieceAndLessAtTheEnd) {
  blobs_->put("a", "0123456789");
  EXPECT_EQ(blobs_->read("a", 3, 4), "3456");
  EXPECT_EQ(blobs_->read("a", 8, 4), "89");
  EXPECT_EQ(blobs_->read("a", 10, 4), "");
  EXPECT_EQ(blobs_->read("a", 1000, 4), "");
  EXPECT_EQ(blobs_->read("a", 0, 0), "");
}

TEST_P(BlobsTest, KeepEmptyOnes) {
  blobs_->put("empty", "");
  EXPECT_EQ(blobs_->size("empty"), 0U);
  EXPECT_EQ(blobs_->read("empty", 0, kAll), "");
}

TEST_P(BlobsTest, ReplaceWhatWasThere) {
  blobs_->put("a", "first and long");
  blobs_->put("a", "second");
  EXPECT_EQ(blobs_->read("a", 0, kAll), "second");
}

TEST_P(BlobsTest, SayWhatIsNotThere) {
  EXPECT_EQ(blobs_->size("nothing"), std::nullopt);
  EXPECT_THROW(blobs_->read("nothing", 0, kAll), domain::NoSuchBlob);
  EXPECT_THROW(blobs_->read("nothing", 0, 0), domain::NoSuchBlob);
  EXPECT_THROW(blobs_->join("whole", {"nothing"}), domain::NoSuchBlob);
  EXPECT_NO_THROW(blobs_->remove("nothing"));
}

TEST_P(BlobsTest, ForgetWhatWasRemoved) {
  blobs_->put("jobs/1/part", "x");
  blobs_->put("jobs/1/other", "y");
  blobs_->remove("jobs/1/part");
  EXPECT_EQ(blobs_->size("jobs/1/part"), std::nullopt);
  EXPECT_THAT(list("jobs/"), ElementsAre("jobs/1/other"));
  blobs_->remove("jobs/1/other");
  EXPECT_THAT(list(""), IsEmpty());
  blobs_->put("jobs/1/part", "again");
  EXPECT_EQ(blobs_->read("jobs/1/part", 0, kAll), "again");
}

TEST_P(BlobsTest, JoinPartsThatStay) {
  blobs_->put("p/1", "one ");
  blobs_->put("p/2", "");
  blobs_->put("p/3", "three");
  blobs_->join("whole", {"p/1", "p/2", "p/3", "p/1"});
  EXPECT_EQ(blobs_->read("whole", 0, kAll), "one threeone ");
  EXPECT_EQ(blobs_->size("p/1"), 4U);
  blobs_->join("nothing", {});
  EXPECT_EQ(blobs_->size("nothing"), 0U);
}

TEST_P(BlobsTest, JoinPartsOfAllSizes) {
  const std::vector<std::size_t> sizes{6 << 20, 100, 1 << 20, 9 << 20, 0, 5 << 20, 7};
  std::string expected;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string bytes = noise(sizes[i], static_cast<unsigned>(i));
    parts.push_back("parts/" + std::to_string(i));
    blobs_->put(parts.back(), bytes);
    expected += bytes;
  }
  blobs_->join("whole", parts);
  EXPECT_EQ(blobs_->size("whole"), expected.size());
  EXPECT_TRUE(blobs_->read("whole", 0, kAll) == expected);
}

TEST_P(BlobsTest, ListInOrderByPrefixAndPage) {
  const std::vector<std::string> keys{"a-b/1",
                                      "a/1",
                                      "a/2/x",
                                      "a/2/y",
                                      "a/3",
                                      "ab",
                                      "attachments/019a3f",
                                      "attachments/019a3f21-0000-7000-8000-000000000001/original",
                                      "attachments/019a3f21-0000-7000-8000-000000000001/thumbnail",
                                      "attachments/019a3f21-0000-7000-8000-000000000002/original",
                                      "attachments/019a3fz",
                                      "attachments/019a40ff-0000-7000-8000-000000000003/original",
                                      "b"};
  std::vector<std::string> shuffled = keys;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
  for (const auto& key : shuffled) blobs_->put(key, "x");
  EXPECT_EQ(list(""), keys);
  EXPECT_THAT(list("a/"), ElementsAre("a/1", "a/2/x", "a/2/y", "a/3"));
  EXPECT_THAT(list("a/2"), ElementsAre("a/2/x", "a/2/y"));
  EXPECT_THAT(list("attachments/019a3f21-0000-7000-8000-000000000001/o"),
              ElementsAre("attachments/019a3f21-0000-7000-8000-000000000001/original"));
  EXPECT_THAT(list("c"), IsEmpty());
  for (const std::size_t page : {1U, 2U, 5U}) {
    std::vector<std::string> walked;
    for (std::string after;;) {
      const auto some = list("", after, page);
      if (some.empty()) break;
      EXPECT_LE(some.size(), page);
      walked.insert(walked.end(), some.begin(), some.end());
      after = walked.back();
    }
    EXPECT_EQ(walked, keys) << "in pages of " << page;
  }
  EXPECT_THAT(list("a/", "a/2/x", 1), ElementsAre("a/2/y"));
}

TEST_P(BlobsTest, AreUsedByManyThreads) {
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (unsigned n = 0; n < 20; ++n) {
        const std::string key = "t/" + std::to_string(i) + "/" + std::to_string(n % 3);
        const std::string bytes = noise(10'000, 100 * i + n);
        try {
          blobs_->put(key, bytes);
          if (blobs_->read(key, 0, kAll) != bytes) ++wrong;
          if (n % 2 == 1) blobs_->remove(key);
        } catch (const std::exception& fault) {
          ADD_FAILURE() << fault.what();
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, BlobsTest, ::testing::Values(Kind::Directory, Kind::S3, Kind::Memory),
                         [](const auto& kind) {
                           return kind.param == Kind::Directory ? "Directory"
                                  : kind.param == Kind::S3      ? "S3"
                                                                : "Memory";
                         });

}  // namespace
}  // namespace wenming::blobs
