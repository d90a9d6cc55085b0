#include "testing/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace wenming::testing {

void expect_golden(std::string_view path, std::string_view text) {
  const std::filesystem::path file = std::filesystem::path(WENMING_SOURCE_DIR) / path;
  if (const char* const update = std::getenv("WENMING_UPDATE_GOLDEN");  // NOLINT(concurrency-mt-unsafe): nobody sets it
      update != nullptr && std::string(update) == "1") {
    std::ofstream(file, std::ios::binary) << text;
  }
  std::ifstream in(file, std::ios::binary);
  const std::string there{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(there, text) << path << " is not what the code says; write it with WENMING_UPDATE_GOLDEN=1 and look at it";
}

}  // namespace wenming::testing
