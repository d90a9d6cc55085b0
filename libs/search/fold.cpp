#include "search/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <stdexcept>

namespace wenming::search {
namespace {

struct Pair {
  char32_t traditional, simplified;
};
constexpr Pair kPairs[] = {
#include "search/simplified_table.inc"
};

char32_t simplified(char32_t c) {
  if (c < kPairs[0].traditional) return c;
  const auto* const found =
      std::lower_bound(std::begin(kPairs), std::end(kPairs), c,
                       [](const Pair& pair, char32_t sought) { return pair.traditional < sought; });
  return found != std::end(kPairs) && found->traditional == c ? found->simplified : c;
}

icu::UnicodeString normalised(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normaliser = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error)) throw std::runtime_error(std::string("ICU: ") + u_errorName(error));
  icu::UnicodeString result = normaliser->normalize(
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))), error);
  if (U_FAILURE(error)) throw std::runtime_error(std::string("ICU: ") + u_errorName(error));
  return result;
}

}  // namespace

std::u32string fold_to_code_points(std::string_view text) {
  const icu::UnicodeString units = normalised(text);
  std::u32string folded;
  folded.reserve(static_cast<std::size_t>(units.length()));
  for (int32_t i = 0; i < units.length(); i = units.moveIndex32(i, 1))
    folded += simplified(static_cast<char32_t>(units.char32At(i)));
  return folded;
}

std::string fold(std::string_view text) {
  icu::UnicodeString units;
  for (const char32_t c : fold_to_code_points(text)) units.append(static_cast<UChar32>(c));
  std::string folded;
  units.toUTF8String(folded);
  return folded;
}

}  // namespace wenming::search
