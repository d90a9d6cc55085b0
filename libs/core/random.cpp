#include "core/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace wenming::core {

std::string RandomSource::bytes(std::size_t count) {
  std::string out(count, '\0');
  fill({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  return out;
}

void SystemRandom::fill(std::span<unsigned char> bytes) {
  constexpr std::size_t kLargestDraw = std::numeric_limits<int>::max();
  while (!bytes.empty()) {
    const auto draw = bytes.first(std::min(bytes.size(), kLargestDraw));
    if (RAND_bytes(draw.data(), static_cast<int>(draw.size())) != 1) {
      throw std::runtime_error("the system has no randomness to give");
    }
    bytes = bytes.subspan(draw.size());
  }
}

void SeededRandom::fill(std::span<unsigned char> bytes) {
  // Taken apart by shifts, so that a seed means the same on every machine.
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i, word >>= 8) {
    if (i % 8 == 0) word = engine_();
    bytes[i] = static_cast<unsigned char>(word & 0xff);
  }
}

}  // namespace wenming::core
