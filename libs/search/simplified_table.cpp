// Writes the table of traditional characters and their simplified ones that `fold.cpp` includes, from OpenCC's
// dictionary. Runs while the program is built.

#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include <opencc/opencc.h>

namespace {

constexpr char32_t kLastInThreeBytes = 0xffff;

std::string utf8(char32_t c) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c <= kLastInThreeBytes) return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

/// The only character of a text of three or four bytes; 0 where there are others.
char32_t only_character(const std::string& text) {
  const auto bits = [&](std::size_t i, int mask) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]) & mask);
  };
  if (text.size() == 3 && utf8(bits(0, 0x0f) << 12 | bits(1, 0x3f) << 6 | bits(2, 0x3f)) == text)
    return bits(0, 0x0f) << 12 | bits(1, 0x3f) << 6 | bits(2, 0x3f);
  if (text.size() == 4) return bits(0, 0x07) << 18 | bits(1, 0x3f) << 12 | bits(2, 0x3f) << 6 | bits(3, 0x3f);
  return 0;
}

/// Where ideographs stand: extension A and the first block; extensions B and later.
constexpr std::pair<char32_t, char32_t> kRanges[] = {{0x3400, 0x9fff}, {0x20000, 0x323af}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const opencc::SimpleConverter converter("t2s.json");
    std::ofstream out(argv[1]);
    out << std::hex << "// {traditional, simplified}, ascending.\n";
    for (const auto& [first, last] : kRanges) {
      for (char32_t c = first; c <= last; ++c) {
        const std::string own = utf8(c);
        const char32_t simplified = only_character(converter.Convert(own));
        if (simplified != 0 && simplified != c)
          out << "{0x" << static_cast<unsigned>(c) << ", 0x" << static_cast<unsigned>(simplified) << "},\n";
      }
    }
    out.close();
    return out ? 0 : 1;
  } catch (const std::exception& fault) {
    std::cerr << fault.what() << '\n';
    return 1;
  }
}
