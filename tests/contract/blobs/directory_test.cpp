#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "blobs/directory/directory_blobs.h"
#include "testing/temporary_folder.h"

namespace wenming::blobs {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DirectoryBlobsTest : public ::testing::Test {
 protected:
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      if (entry.is_regular_file()) found.push_back(fs::relative(entry.path(), folder_.path()).string());
    std::sort(found.begin(), found.end());
    return found;
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(DirectoryBlobsTest, KeepThemUnderTheirNamesAndIdsInShards) {
  DirectoryBlobs blobs(folder_.path());
  blobs.put("attachments/019a3f21-0000-7000-8000-000000000001/original", "x");
  blobs.put("notes/today", "x");
  EXPECT_THAT(files(), ElementsAre("attachments/019a3f~/019a3f21-0000-7000-8000-000000000001/original", "notes/today"));
}

TEST_F(DirectoryBlobsTest, AreReadableForTheirOwnerAlone) {
  DirectoryBlobs blobs(folder_.path() / "blobs");
  blobs.put("a/b", "x");
  for (const char* path : {"blobs", "blobs/a", "blobs/a/b"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((folder_.path() / path).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 077, 0U) << path;
  }
}

TEST_F(DirectoryBlobsTest, TakeNoKeyThatLeadsOutOfTheFolder) {
  DirectoryBlobs blobs(folder_.path() / "blobs");
  for (const char* key :
       {"", "/", "../x", "a/../../x", "a//b", "a/", "/etc/passwd", ".new/x", "a/.b", "a~/b", "a b", "ü", "a\\b"}) {
    EXPECT_THROW(blobs.put(key, "x"), std::runtime_error) << key;
    EXPECT_THROW(blobs.read(key, 0, 1), std::runtime_error) << key;
    EXPECT_THROW(blobs.remove(key), std::runtime_error) << key;
  }
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(DirectoryBlobsTest, AreNoFolders) {
  DirectoryBlobs blobs(folder_.path());
  blobs.put("a/b", "x");
  EXPECT_EQ(blobs.size("a"), std::nullopt);
  EXPECT_THROW(blobs.put("a", "x"), std::runtime_error);
  EXPECT_EQ(blobs.size("a/b/c"), std::nullopt);
  EXPECT_THAT(blobs.list("", "", 10), ElementsAre("a/b"));
}

TEST_F(DirectoryBlobsTest, RemoveWhatADeadProcessHasLeftUnfinishedADayLater) {
  { DirectoryBlobs made(folder_.path()); }
  const fs::path forgotten = folder_.path() / ".new" / "old", under_way = folder_.path() / ".new" / "young";
  std::ofstream(forgotten) << "half";
  std::ofstream(under_way) << "half";
  fs::last_write_time(forgotten, fs::file_time_type::clock::now() - std::chrono::hours(25));
  DirectoryBlobs blobs(folder_.path());
  EXPECT_THAT(files(), ElementsAre(".new/young"));
  EXPECT_THAT(blobs.list("", "", 10), IsEmpty());
}

TEST_F(DirectoryBlobsTest, LeaveNothingOfWhatCouldNotBeWritten) {
  DirectoryBlobs blobs(folder_.path());
  blobs.put("a/b", "x");
  EXPECT_THROW(blobs.put("a/b/c", "x"), std::runtime_error);
  EXPECT_THAT(files(), ElementsAre("a/b"));
}

}  // namespace
}  // namespace wenming::blobs
