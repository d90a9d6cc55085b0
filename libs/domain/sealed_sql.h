#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// Keeps columns of personal data from taking anything but `Sealed`: what a statement does with them is read from its
/// text, while the program is compiled where the text stands in the program, and before it runs where it was composed.
namespace wenming::domain {

class Sealed;

/// The names of all columns of personal data begin so.
inline constexpr std::string_view kSealedPrefix = "sealed_";

namespace sealed_sql {

constexpr bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
constexpr bool is_space(char c) {
  return c == ' ' || c == '\n';
}

/// Reads a statement from left to right.
class Reader {
 public:
  constexpr explicit Reader(std::string_view sql, std::size_t at = 0) : sql_(sql), at_(at) {}

  [[nodiscard]] constexpr std::size_t at() const { return at_; }
  [[nodiscard]] constexpr bool ended() const { return at_ >= sql_.size(); }
  constexpr void skip_spaces() {
    while (!ended() && is_space(sql_[at_])) ++at_;
  }
  /// Takes the character if it comes next.
  constexpr bool take(char c) {
    skip_spaces();
    if (ended() || sql_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// The word that comes next; empty where none does.
  constexpr std::string_view word() {
    skip_spaces();
    const std::size_t from = at_;
    while (!ended() && is_word(sql_[at_])) ++at_;
    return sql_.substr(from, at_ - from);
  }
  /// The number of the parameter that comes next, `$1`; 0 where none does.
  constexpr int parameter() {
    if (!take('$')) return 0;
    int number = 0;
    for (; !ended() && sql_[at_] >= '0' && sql_[at_] <= '9'; ++at_) number = number * 10 + (sql_[at_] - '0');
    return number;
  }
  /// Goes on behind the next comma, or before the bracket that closes, of this depth; false at the latter.
  constexpr bool next_item() {
    for (int depth = 0; !ended(); ++at_) {
      if (sql_[at_] == '(') ++depth;
      if (sql_[at_] == ')' && depth-- == 0) return false;
      if (sql_[at_] == ',' && depth == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

 private:
  std::string_view sql_;
  std::size_t at_;
};

/// What stands in the place of a value for a column of personal data: a parameter, which is told, or nothing that could
/// be read.
template <class Tell>
constexpr void value_for_sealed(Reader& reader, Tell& tell) {
  if (const int parameter = reader.parameter(); parameter != 0) return tell(parameter);
  const std::string_view word = reader.word();
  if (word != "NULL" && word != "excluded")
    throw "a column of personal data takes a parameter or NULL and nothing else";
}

/// The values of `INSERT INTO table (columns) VALUES (…), (…)`.
template <class Tell>
constexpr void inserted(std::string_view sql, Tell& tell) {
  Reader reader(sql);
  if (reader.word() != "INSERT") return;
  reader.word();  // INTO
  reader.word();  // the table
  if (!reader.take('(')) return;
  std::array<bool, 64> sealed{};
  bool any = false;
  std::size_t column = 0;
  do {
    if (!reader.word().starts_with(kSealedPrefix)) continue;
    sealed.at(column) = any = true;
  } while (++column, reader.next_item());
  if (!any) return;
  reader.take(')');
  if (reader.word() != "VALUES") throw "personal data are inserted as VALUES and in no other way";
  while (reader.take('(')) {
    column = 0;
    do {
      if (sealed.at(column)) value_for_sealed(reader, tell);
    } while (++column, reader.next_item());
    reader.take(')');
    reader.take(',');
  }
}

/// Whatever stands behind `column =`: what is set, and what is compared, which nothing sealed can be but with itself.
template <class Tell>
constexpr void assigned(std::string_view sql, Tell& tell) {
  for (std::size_t at = sql.find(kSealedPrefix); at != std::string_view::npos; at = sql.find(kSealedPrefix, at + 1)) {
    if (at > 0 && is_word(sql[at - 1])) continue;
    Reader reader(sql, at);
    reader.word();
    if (reader.take('=')) value_for_sealed(reader, tell);
  }
}

/// Calls back with the number of every parameter that goes into a column of personal data. Throws a text where
/// something else would.
template <class Tell>
constexpr void parameters(std::string_view sql, Tell tell) {
  if (sql.find(kSealedPrefix) == std::string_view::npos) return;
  inserted(sql, tell);
  assigned(sql, tell);
}

template <class T>
inline constexpr bool kIsSealed =
    std::same_as<T, Sealed> || std::same_as<T, std::optional<Sealed>> || std::same_as<T, std::nullopt_t>;

}  // namespace sealed_sql

/// The text of a statement that takes parameters of these types, judged while the program is compiled: what goes into a
/// column of personal data has to be `Sealed`, and what is `Sealed` has to go into one.
template <class... A>
class Statement {
 public:
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view>
  consteval Statement(const Text& text) : text_(text) {  // NOLINT(google-explicit-constructor): takes a literal's place
    constexpr std::size_t kCount = sizeof...(A);
    std::array<bool, kCount + 1> into_sealed{};
    sealed_sql::parameters(text_, [&](int parameter) {
      if (static_cast<std::size_t>(parameter) <= kCount) into_sealed[static_cast<std::size_t>(parameter)] = true;
    });
    const std::array<bool, kCount + 1> is_sealed{false, sealed_sql::kIsSealed<A>...};
    const std::array<bool, kCount + 1> must_go_there{false, std::same_as<A, Sealed>...};
    for (std::size_t i = 1; i <= kCount; ++i) {
      if (into_sealed[i] && !is_sealed[i]) throw "a column of personal data takes Sealed and nothing else";
      if (must_go_there[i] && !into_sealed[i]) throw "Sealed goes into a column of personal data (sealed_…) only";
    }
  }

  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// A statement that was put together while the program runs: judged by the transaction, before it is carried out.
template <class T>
concept ComposedStatement = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

}  // namespace wenming::domain
