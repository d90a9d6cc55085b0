#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace wenming::search {

/// Which of the records of a block: an index numbers its records, and 4,096 in a row are a block.
class Slots {
 public:
  static constexpr std::size_t kCount = 4096;

  /// The first so many.
  static Slots first(std::size_t count) {
    Slots slots;
    for (std::size_t i = 0; i < kWords; ++i) {
      const std::size_t before = i * 64;
      slots.words_[i] = count >= before + 64 ? ~0ULL : count > before ? (1ULL << (count - before)) - 1 : 0;
    }
    return slots;
  }

  void set(std::size_t slot) { words_[slot / 64] |= 1ULL << (slot % 64); }
  void reset(std::size_t slot) { words_[slot / 64] &= ~(1ULL << (slot % 64)); }
  [[nodiscard]] bool test(std::size_t slot) const { return (words_[slot / 64] >> (slot % 64) & 1) != 0; }
  [[nodiscard]] bool none() const {
    for (const std::uint64_t word : words_)
      if (word != 0) return false;
    return true;
  }
  [[nodiscard]] std::size_t count() const {
    std::size_t count = 0;
    for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
    return count;
  }
  Slots& operator&=(const Slots& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Slots& operator|=(const Slots& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
    return *this;
  }

  /// Calls `use(slot)` for each, ascending.
  template <class Use>
  void each(Use&& use) const {
    for (std::size_t i = 0; i < kWords; ++i)
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
        use(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
  }
  /// Takes out those of which `keep(slot)` is false.
  template <class Keep>
  void filter(Keep&& keep) {
    for (std::size_t i = 0; i < kWords; ++i)
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
        if (!keep(i * 64 + static_cast<std::size_t>(std::countr_zero(word)))) words_[i] &= ~(word & (~word + 1));
  }

 private:
  static constexpr std::size_t kWords = kCount / 64;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace wenming::search
