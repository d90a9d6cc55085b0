#include "store/sql_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wenming::store {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Walks SQL piece by piece: a word, a stretch that is no code (quoted or comment), or a single character.
class Pieces {
 public:
  enum class Kind { Word, Quoted, Character };

  explicit Pieces(std::string_view sql) : rest_(sql) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  std::pair<Kind, std::string_view> next() {
    const char c = rest_.front();
    if (c == '\'' || c == '"') return {Kind::Quoted, take_through(std::string_view(&rest_[0], 1), 1)};
    if (rest_.starts_with("--")) return {Kind::Quoted, take_through("\n", 2)};
    if (rest_.starts_with("/*")) return {Kind::Quoted, take_through("*/", 2)};
    if (!is_word(c)) return {Kind::Character, take(1)};
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
    return {Kind::Word, take(static_cast<std::size_t>(end - rest_.begin()))};
  }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// A doubled quote inside a text ends one stretch and begins the next, which comes to the same.
  std::string_view take_through(std::string_view end, std::size_t from) {
    const std::size_t found = rest_.find(end, from);
    return take(found == std::string_view::npos ? rest_.size() : found + end.size());
  }

  std::string_view rest_;
};

bool same_word(std::string_view word, std::string_view upper) {
  return std::equal(word.begin(), word.end(), upper.begin(), upper.end(),
                    [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; });
}

std::string_view sqlite_type(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTypes{
      {{"BIGINT", "INTEGER"}, {"BOOLEAN", "INTEGER"}, {"BYTEA", "BLOB"}, {"DOUBLE", "REAL"}, {"PRECISION", ""}}};
  for (const auto& [portable, sqlite] : kTypes) {
    if (same_word(word, portable)) return sqlite;
  }
  return word;
}

}  // namespace

int parameters_of(std::string_view sql) {
  int highest = 0;
  for (Pieces pieces(sql); !pieces.done();) {
    if (const auto [kind, text] = pieces.next(); kind != Pieces::Kind::Character || text != "$" || pieces.done())
      continue;
    const std::string_view rest = pieces.rest();
    int number = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    highest = std::max(highest, number);
  }
  return highest;
}

domain::FillPlans::Strangers strangers_in(std::string_view sql) {
  using Strangers = domain::FillPlans::Strangers;
  bool may_follow = false;  // SELECT, a point or a comma
  for (Pieces pieces(sql); !pieces.done();) {
    const auto [kind, text] = pieces.next();
    if (text == "*" && may_follow) return Strangers::Ignore;
    if (text != " " && text != "\n")
      may_follow = text == "." || text == "," || (kind == Pieces::Kind::Word && same_word(text, "SELECT"));
  }
  return Strangers::Mistake;
}

std::vector<std::string_view> words_of(std::string_view sql) {
  std::vector<std::string_view> words;
  for (Pieces pieces(sql); !pieces.done();) {
    const auto [kind, text] = pieces.next();
    if (kind == Pieces::Kind::Word) words.push_back(text);
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

std::string_view written_table(std::string_view sql) {
  Pieces pieces(sql);
  const auto next_word = [&pieces] {
    while (!pieces.done()) {
      if (const auto [kind, text] = pieces.next(); kind == Pieces::Kind::Word) return text;
    }
    return std::string_view();
  };
  const std::string_view verb = next_word();
  if (same_word(verb, "SELECT")) return {};
  if (same_word(verb, "UPDATE")) return next_word();
  if (!same_word(verb, "INSERT") && !same_word(verb, "DELETE")) return "*";
  next_word();  // INTO, FROM
  return next_word();
}

std::string sqlite_parameters(std::string_view sql) {
  std::string out;
  out.reserve(sql.size());
  for (Pieces pieces(sql); !pieces.done();) {
    const auto [kind, text] = pieces.next();
    const bool parameter =
        text == "$" && kind == Pieces::Kind::Character && !pieces.done() && is_digit(pieces.rest()[0]);
    out += parameter ? "?" : text;
  }
  return out;
}

std::string sqlite_schema(std::string_view script) {
  std::string out;
  std::string_view previous;  // word
  bool table = false;         // inside CREATE TABLE
  int depth = 0;
  for (Pieces pieces(script); !pieces.done();) {
    const auto [kind, text] = pieces.next();
    if (kind == Pieces::Kind::Word) {
      table = table || (same_word(previous, "CREATE") && same_word(text, "TABLE"));
      previous = text;
      out += sqlite_type(text);
      continue;
    }
    out += text;
    if (text == "(") ++depth;
    if (text == ")" && --depth == 0 && std::exchange(table, false)) out += " STRICT";
  }
  return out;
}

}  // namespace wenming::store
