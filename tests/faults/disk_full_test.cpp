#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "faults/county.h"
#include "faults/judge.h"
#include "faults/load.h"

namespace wenming::faults {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kClients = 4;
constexpr int kVolunteers = 16;
/// Little enough that the write-ahead logs take a good part of it: they must be emptied again once there is room.
constexpr const char* kDiskSize = "size=96m";

/// A disk of its own, small and in memory; unmounted with the object.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, kDiskSize) != 0) error_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (is_mounted()) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool is_mounted() const { return error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }

  /// Takes all the room that is left.
  void fill() {
    const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (::write(file, block.data(), block.size()) > 0) {
    }
    ::close(file);
  }
  void make_room() { fs::remove(filler()); }

 private:
  [[nodiscard]] fs::path filler() const { return folder_ / "filler"; }

  const fs::path folder_;
  std::string error_;
};

/// Plays until the load has got as many more answers of a kind as asked for. False if it does not in time.
bool play_for(Load& load, std::int64_t Tally::*kind, std::int64_t more) {
  const std::int64_t before = load.tally().*kind;
  bool reached = false;
  load.play_while([&] {
    reached = e2e::eventually([&] { return load.tally().*kind >= before + more; }, std::chrono::seconds(60));
  });
  return reached;
}

TEST(DiskFullTest, AFullDiskRefusesWritesAndHarmsNothing) {
  const std::uint64_t seed = seed_of_this_run();
  const e2e::TemporaryFolder folder;
  const auto data = folder.path() / "data";  // the log lies beside it, on another disk
  SmallDisk disk(data);
  if (!disk.is_mounted()) GTEST_SKIP() << "needs the right to mount a tmpfs (root): " << disk.error();
  e2e::ServerProcess server(data);
  const County county = make_county(server, kVolunteers);
  Load load(county, server, seed, kClients);

  for (int round = 1; round <= 3; ++round) {
    SCOPED_TRACE(fmt::format("round {} of seed {}", round, seed));
    ASSERT_TRUE(play_for(load, &Tally::acknowledged, 200)) << load.tally().text();
    disk.fill();
    ASSERT_TRUE(play_for(load, &Tally::faults, 100)) << "writes go on: " << load.tally().text();
    {
      runtime::ApiClient reader = server.with_token(county.office_key);
      const Facts facts(reader);  // throws if a list is not answered
      const Complaints complaints = compare_with_stories(facts, load);
      ASSERT_TRUE(complaints.empty()) << "while the disk is full: " << text_of(complaints);
    }
    disk.make_room();
    const std::int64_t faults = load.tally().faults;
    ASSERT_TRUE(play_for(load, &Tally::acknowledged, 200)) << "writes do not come back: " << load.tally().text();
    fmt::print("round {}: {}, of these {} faults after there was room again\n", round, load.tally().text(),
               load.tally().faults - faults);
    EXPECT_EQ(load.tally().lost, 0);

    const Complaints complaints = judge(server, county, load);
    ASSERT_TRUE(complaints.empty()) << text_of(complaints);
  }

  EXPECT_EQ(server.stop(), 0);
  const Complaints broken = judge_journals(data);
  EXPECT_TRUE(broken.empty()) << text_of(broken);
}

}  // namespace
}  // namespace wenming::faults
