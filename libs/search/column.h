#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/slots.h"

namespace wenming::search {

/// What the records of a block say in one column of words (a state, a unit, a category), as few bytes: each word stands
/// once, and each record names one by a byte, or by two where there are more than 256. A word is known by a hash of 64
/// bits; 0 is the empty one, which records have that nobody has set.
///
/// A value; one thread at a time changes it. Bytes that were not written by `bytes` throw std::runtime_error.
class WordColumn {
 public:
  using Word = std::uint64_t;
  static Word word(std::string_view text);

  WordColumn() = default;
  explicit WordColumn(std::string_view bytes);
  [[nodiscard]] std::string bytes() const;

  void set(std::size_t slot, Word word);
  [[nodiscard]] Word at(std::size_t slot) const { return slot < codes_.size() ? words_[codes_[slot]] : 0; }

  /// The slots whose word passes; `allows(word)` is asked once per word.
  template <class Allows>
  [[nodiscard]] Slots where(Allows&& allows) const {
    std::vector<char> allowed;
    for (const Word word : words_) allowed.push_back(allows(word) ? 1 : 0);
    Slots slots;
    for (std::size_t slot = 0; slot < codes_.size(); ++slot)
      if (allowed[codes_[slot]] != 0) slots.set(slot);
    return slots;
  }

 private:
  std::vector<Word> words_{0};
  std::vector<std::uint16_t> codes_;
};

/// The same for numbers of 32 bits; 0 is none.
class NumberColumn {
 public:
  using Number = std::uint32_t;

  NumberColumn() = default;
  explicit NumberColumn(std::string_view bytes);
  [[nodiscard]] std::string bytes() const;

  void set(std::size_t slot, Number number);
  [[nodiscard]] Number at(std::size_t slot) const { return slot < numbers_.size() ? numbers_[slot] : 0; }

 private:
  std::vector<Number> numbers_;
};

}  // namespace wenming::search
