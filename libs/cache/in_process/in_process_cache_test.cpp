#include "cache/in_process/in_process_cache.h"

#include <gtest/gtest.h>

#include "cache/cache_contract.h"

namespace wenming::cache {
namespace {

struct InProcessFactory {
  std::unique_ptr<Cache> make() { return std::make_unique<InProcessCache>(std::size_t{4} << 20); }
};
INSTANTIATE_TYPED_TEST_SUITE_P(InProcess, CacheContract, InProcessFactory);

std::shared_ptr<const std::string> bytes(std::size_t size) {
  return std::make_shared<const std::string>(size, 'x');
}

TEST(InProcessCacheTest, StaysWithinItsBound) {
  InProcessCache cache(100'000);
  for (int i = 0; i < 1000; ++i) cache.put("key" + std::to_string(i), {1, bytes(1000)});
  EXPECT_LE(cache.bytes(), 100'000U);
  EXPECT_GT(cache.bytes(), 90'000U);
}

TEST(InProcessCacheTest, ForgetsWhatWasUsedLongestAgo) {
  InProcessCache cache(4'000);
  cache.put("often read", {1, bytes(1000)});
  cache.put("never read", {1, bytes(1000)});
  cache.put("third", {1, bytes(1000)});
  ASSERT_TRUE(cache.get("often read"));
  cache.put("fourth", {1, bytes(1000)});
  EXPECT_TRUE(cache.get("often read"));
  EXPECT_FALSE(cache.get("never read"));
}

TEST(InProcessCacheTest, KeepsNoValueThatIsLargerThanItsBound) {
  InProcessCache cache(4'000);
  cache.put("small", {1, bytes(100)});
  cache.put("large", {1, bytes(5'000)});
  EXPECT_FALSE(cache.get("large"));
  EXPECT_TRUE(cache.get("small"));
}

TEST(InProcessCacheTest, CountsReplacedValuesOnce) {
  InProcessCache cache(100'000);
  for (std::uint64_t version = 1; version <= 100; ++version) cache.put("overview", {version, bytes(1000)});
  EXPECT_LT(cache.bytes(), 2'000U);
}

TEST(InProcessCacheTest, IsEmptyAfterClearing) {
  InProcessCache cache(100'000);
  cache.put("overview", {1, bytes(1000)});
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0U);
}

}  // namespace
}  // namespace wenming::cache
