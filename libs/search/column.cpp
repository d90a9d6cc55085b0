#include "search/column.h"

#include <algorithm>
#include <stdexcept>

namespace wenming::search {
namespace {

constexpr std::size_t kMostWordsOfAByte = 256;

template <class T>
void put(std::string& bytes, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
}

/// Takes the next number off the front.
template <class T>
T take(std::string_view& bytes) {
  if (bytes.size() < sizeof(T)) throw std::runtime_error("a column of the index is cut off");
  std::uint64_t number = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(sizeof(T));
  return static_cast<T>(number);
}

void require_slot(std::size_t slot) {
  if (slot >= Slots::kCount) throw std::logic_error("a block has no slot " + std::to_string(slot));
}

}  // namespace

WordColumn::Word WordColumn::word(std::string_view text) {
  if (text.empty()) return 0;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 ? 1 : hash;
}

WordColumn::WordColumn(std::string_view bytes) {
  words_.clear();
  const std::size_t words = take<std::uint16_t>(bytes);
  for (std::size_t i = 0; i < words; ++i) words_.push_back(take<Word>(bytes));
  const std::size_t width = words <= kMostWordsOfAByte ? 1 : 2;
  codes_.resize(std::min(bytes.size() / width, Slots::kCount));
  for (std::uint16_t& code : codes_) {
    code = width == 1 ? take<std::uint8_t>(bytes) : take<std::uint16_t>(bytes);
    if (code >= words) throw std::runtime_error("a column of the index names a word that it does not have");
  }
}

std::string WordColumn::bytes() const {
  // Words that no slot has any more are left out.
  std::vector<Word> used;
  std::vector<int> new_codes(words_.size(), -1);
  for (const std::uint16_t code : codes_) {
    if (new_codes[code] >= 0) continue;
    new_codes[code] = static_cast<int>(used.size());
    used.push_back(words_[code]);
  }
  std::string bytes;
  put(bytes, static_cast<std::uint16_t>(used.size()));
  for (const Word word : used) put(bytes, word);
  for (const std::uint16_t code : codes_) {
    const auto written = static_cast<std::uint16_t>(new_codes[code]);
    if (used.size() <= kMostWordsOfAByte)
      put(bytes, static_cast<std::uint8_t>(written));
    else
      put(bytes, written);
  }
  return bytes;
}

void WordColumn::set(std::size_t slot, Word word) {
  require_slot(slot);
  const auto code_of = [this](Word sought) {
    const auto found = std::find(words_.begin(), words_.end(), sought);
    const auto code = static_cast<std::uint16_t>(found - words_.begin());
    if (found == words_.end()) words_.push_back(sought);
    return code;
  };
  if (slot >= codes_.size()) codes_.resize(slot + 1, code_of(0));
  codes_[slot] = code_of(word);
}

NumberColumn::NumberColumn(std::string_view bytes) {
  numbers_.resize(std::min(bytes.size() / sizeof(Number), Slots::kCount));
  for (Number& number : numbers_) number = take<Number>(bytes);
}

std::string NumberColumn::bytes() const {
  std::string bytes;
  bytes.reserve(numbers_.size() * sizeof(Number));
  for (const Number number : numbers_) put(bytes, number);
  return bytes;
}

void NumberColumn::set(std::size_t slot, Number number) {
  require_slot(slot);
  if (slot >= numbers_.size()) numbers_.resize(slot + 1);
  numbers_[slot] = number;
}

}  // namespace wenming::search
