#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache/cache.h"

namespace wenming::cache {

/// What every cache has to do. A test program instantiates it with a factory of its implementation:
///
///     INSTANTIATE_TYPED_TEST_SUITE_P(InProcess, CacheContract, InProcessFactory);
///
/// where the factory's `make()` gives an empty cache with room for a few megabytes.
template <class Factory>
class CacheContract : public testing::Test {
 protected:
  void put(const std::string& key, std::uint64_t version, std::string bytes) {
    cache_->put(key, {version, std::make_shared<const std::string>(std::move(bytes))});
  }
  std::string get(const std::string& key) {
    const auto cached = cache_->get(key);
    return cached ? std::to_string(cached->version) + ":" + *cached->bytes : "nothing";
  }

  Factory factory_;
  std::unique_ptr<Cache> cache_ = factory_.make();
};
TYPED_TEST_SUITE_P(CacheContract);

TYPED_TEST_P(CacheContract, KnowsNothingAtFirst) {
  EXPECT_EQ(this->get("overview"), "nothing");
}

TYPED_TEST_P(CacheContract, GivesBackWhatWasPut) {
  this->put("overview", 7, std::string("{\"a\":1}\0\xff", 9));
  EXPECT_EQ(this->get("overview"), std::string("7:{\"a\":1}\0\xff", 11));
  EXPECT_EQ(this->get("trends"), "nothing");
}

TYPED_TEST_P(CacheContract, KeepsTheNewestVersionWhateverTheOrder) {
  this->put("overview", 7, "seven");
  this->put("overview", 6, "six");
  EXPECT_EQ(this->get("overview"), "7:seven");
  this->put("overview", 8, "eight");
  EXPECT_EQ(this->get("overview"), "8:eight");
}

TYPED_TEST_P(CacheContract, KeepsWhatItHasOfTheSameVersion) {
  this->put("overview", 7, "first");
  this->put("overview", 7, "second");
  EXPECT_EQ(this->get("overview"), "7:first");
}

TYPED_TEST_P(CacheContract, ForgetsEverythingWhenCleared) {
  this->put("overview", 7, "seven");
  this->put("trends", 7, "seven");
  this->cache_->clear();
  EXPECT_EQ(this->get("overview"), "nothing");
  EXPECT_EQ(this->get("trends"), "nothing");
  this->put("overview", 1, "one");
  EXPECT_EQ(this->get("overview"), "1:one");
}

TYPED_TEST_P(CacheContract, BytesInTheHandsOfAReaderOutliveTheirEntry) {
  this->put("overview", 7, "seven");
  const auto cached = this->cache_->get("overview");
  this->cache_->clear();
  ASSERT_TRUE(cached);
  EXPECT_EQ(*cached->bytes, "seven");
}

TYPED_TEST_P(CacheContract, NeverGivesAnOlderVersionThanAThreadHasPut) {
  std::vector<std::thread> threads;
  for (std::uint64_t writer = 0; writer < 4; ++writer) {
    threads.emplace_back([this, writer] {
      for (std::uint64_t version = writer; version < 2000; version += 4) {
        this->put("overview", version, std::to_string(version));
        const auto cached = this->cache_->get("overview");
        if (!cached) continue;  // a cache may forget
        EXPECT_GE(cached->version, version);
        EXPECT_EQ(*cached->bytes, std::to_string(cached->version));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

REGISTER_TYPED_TEST_SUITE_P(CacheContract, KnowsNothingAtFirst, GivesBackWhatWasPut,
                            KeepsTheNewestVersionWhateverTheOrder, KeepsWhatItHasOfTheSameVersion,
                            ForgetsEverythingWhenCleared, BytesInTheHandsOfAReaderOutliveTheirEntry,
                            NeverGivesAnOlderVersionThanAThreadHasPut);

}  // namespace wenming::cache
