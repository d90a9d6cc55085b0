#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace wenming::core {

/// Where chance comes from. Everything that draws asks one of these, so that tests can repeat a run from its seed.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<unsigned char> bytes) = 0;
  /// `count` fresh bytes.
  std::string bytes(std::size_t count);
};

/// Unguessable bytes from the cryptographic library. Any thread may call. Throws std::runtime_error if the system has
/// no randomness to give.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<unsigned char> bytes) override;
};

/// The same bytes for the same seed: for tests and made demonstration data, never for secrets. One thread at a time.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<unsigned char> bytes) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace wenming::core
