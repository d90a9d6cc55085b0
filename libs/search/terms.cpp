#include "search/terms.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <string>

#include "search/fold.h"

namespace wenming::search {
namespace {

constexpr char32_t kFirstWithoutSpaces = 0x2e80;  // from the radicals on, writing sets no spaces between words

enum class Kind { Separator, OfWord, WithoutSpaces };

Kind kind_of(char32_t c) {
  if (!u_isalnum(static_cast<UChar32>(c))) return Kind::Separator;
  return c < kFirstWithoutSpaces ? Kind::OfWord : Kind::WithoutSpaces;
}

/// FNV-1a over the code points, stirred so that the high bits, by which pages are chosen, depend on all of them.
Term hash(std::u32string_view characters) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char32_t c : characters) hash = (hash ^ c) * 0x100000001b3;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  return static_cast<Term>(hash >> 32);
}

enum class Single { Kept, Left };

void add_run(std::u32string_view run, Kind kind, Single single, std::vector<Term>& terms) {
  if (kind == Kind::OfWord) return terms.push_back(hash(run));
  if (run.size() == 1 && single == Single::Kept) terms.push_back(hash(run));
  for (std::size_t i = 0; i + 1 < run.size(); ++i) terms.push_back(hash(run.substr(i, 2)));
}

std::vector<Term> terms_in(std::string_view text, Single single) {
  const std::u32string folded = fold_to_code_points(text);
  const std::u32string_view all(folded);
  std::vector<Term> terms;
  terms.reserve(all.size());
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    const Kind kind = kind_of(all[begin]);
    for (end = begin + 1; end < all.size() && kind_of(all[end]) == kind;) ++end;
    if (kind != Kind::Separator) add_run(all.substr(begin, end - begin), kind, single, terms);
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

}  // namespace

std::vector<Term> terms_of(std::string_view text) {
  return terms_in(text, Single::Kept);
}

std::vector<Term> terms_asked_for(std::string_view question) {
  return terms_in(question, Single::Left);
}

double likeness(const std::vector<Term>& a, const std::vector<Term>& b) {
  std::size_t both = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (*x == *y)
      ++both, ++x, ++y;
    else if (*x < *y)
      ++x;
    else
      ++y;
  }
  const std::size_t either = a.size() + b.size() - both;
  return either == 0 ? 0.0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace wenming::search
