#include "hotline/case_question.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>

#include "core/text.h"
#include "domain/position.h"
#include "domain/refusal.h"
#include "search/terms.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using case_index::Number;
using case_index::Numbers;
using case_index::Question;
using case_index::Word;
using case_index::Words;
using domain::ReadTx;
using domain::Refusal;
using domain::Row;
using domain::Visibility;

namespace {

constexpr std::size_t kMostTerms = 24;

Word word_of(std::string_view text) {
  return search::WordColumn::word(text);
}

/// Units that lie in one of these subtrees today.
std::unordered_set<Word> units_below(ReadTx& tx, std::span<const std::string> roots) {
  std::unordered_set<Word> units;
  const std::string today = core::to_text(tx.today());
  for (const std::string& root : roots) {
    for (const Row& row : tx.query("SELECT unit_id FROM organisation_ancestors "
                                   "WHERE ancestor_id = $1 AND valid_from <= $2 AND valid_to > $2",
                                   root, today))
      units.insert(word_of(row.text(0)));
  }
  return units;
}

/// A category and those below it, whether the catalogue knows it or not.
std::unordered_set<Word> categories_below(ReadTx& tx, std::string_view category) {
  std::unordered_set<Word> categories;
  for (const Row& row :
       tx.query("WITH RECURSIVE below (code) AS (SELECT CAST($1 AS TEXT) UNION "
                "SELECT c.code FROM categories c JOIN below ON c.parent_code = below.code) SELECT code FROM below",
                category))
    categories.insert(word_of(row.text(0)));
  return categories;
}

/// Reads a request part by part.
class Asked {
 public:
  Asked(ReadTx& tx, const v1::ListCasesRequest& request) : tx_(tx), request_(request) {}

  Question question() {
    add_text();
    add_words();
    add_days(Numbers::Received, request_.from(), request_.to());
    add_days(Numbers::Due, request_.due_from(), request_.due_to());
    add_circle();
    add_rectangle();
    return std::move(question_);
  }

 private:
  void add_text() {
    if (core::trim(request_.query()).empty()) return;
    question_.terms = search::terms_asked_for(request_.query());
    if (question_.terms.empty()) throw Refusal(v1::PROBLEM_SEARCH_TOO_SHORT);
    if (question_.terms.size() > kMostTerms) question_.terms.resize(kMostTerms);
  }

  void add_words() {
    add(Words::State, request_.state());
    add(Words::Kind, request_.kind());
    add(Words::Channel, request_.channel());
    if (request_.has_overdue()) add(Words::Overdue, {word_of(request_.overdue() ? "true" : "false")});
    if (!request_.category().empty()) add(Words::Category, categories_below(tx_, request_.category()));
    if (!request_.unit_id().empty()) add(Words::Unit, units_below(tx_, std::array{request_.unit_id()}));
    if (!request_.area_id().empty()) add(Words::Area, units_below(tx_, std::array{request_.area_id()}));
  }
  void add(Words column, std::unordered_set<Word> words) {
    question_.words.push_back({Question::OneOf{column, std::move(words)}});
  }
  template <class E>
  void add(Words column, E value) requires std::is_enum_v<E> {
    if (static_cast<int>(value) != 0) add(column, std::unordered_set<Word>{word_of(domain::enum_word(value))});
  }

  void add_days(Numbers column, std::string_view from, std::string_view to) {
    if (from.empty() && to.empty()) return;
    const auto start_of = [&](core::Date day) {
      return static_cast<Number>(std::max<std::int64_t>(tx_.offset().start_of(day).micros() / 1'000'000, 1));
    };
    const Number first = from.empty() ? 1 : start_of(core::parse_date(from).value());
    const Number last = to.empty() ? std::numeric_limits<Number>::max()
                                   : start_of(core::parse_date(to).value() + std::chrono::days(1)) - 1;
    question_.ranges.push_back({column, first, last});
  }

  void add_circle() {
    if (!all_or_none({request_.has_longitude(), request_.has_latitude(), request_.has_radius_m()},
                     "longitude, latitude, radius_m"))
      return;
    question_.circle = {wgs84(request_.longitude(), request_.latitude()), request_.radius_m()};
  }

  void add_rectangle() {
    if (!all_or_none({request_.has_west(), request_.has_south(), request_.has_east(), request_.has_north()},
                     "west, south, east, north"))
      return;
    const core::Degrees low = wgs84(request_.west(), request_.south());
    const core::Degrees high = wgs84(request_.east(), request_.north());
    using case_index::microdegrees;
    question_.ranges.push_back({Numbers::Longitude, microdegrees(low.longitude), microdegrees(high.longitude)});
    question_.ranges.push_back({Numbers::Latitude, microdegrees(low.latitude), microdegrees(high.latitude)});
  }

  static bool all_or_none(std::initializer_list<bool> given, std::string_view fields) {
    const auto count = static_cast<std::size_t>(std::count(given.begin(), given.end(), true));
    if (count != 0 && count != given.size())
      throw Refusal(v1::PROBLEM_AREA_INCOMPLETE, {{"fields", std::string(fields)}});
    return count != 0;
  }

  [[nodiscard]] core::Degrees wgs84(double longitude, double latitude) const {
    contract::v1::Position position;
    const bool stated = request_.datum() != contract::v1::DATUM_UNSPECIFIED;
    position.set_datum(stated ? request_.datum() : contract::v1::DATUM_WGS84);
    position.set_longitude(longitude);
    position.set_latitude(latitude);
    const contract::v1::Position converted = domain::in_datum(position, contract::v1::DATUM_WGS84);
    return {converted.longitude(), converted.latitude()};
  }

  ReadTx& tx_;
  const v1::ListCasesRequest& request_;
  Question question_;
};

void restrict_to_visible(ReadTx& tx, const Visibility& visible, Question& question) {
  if (visible.all()) return;
  Question::Alternatives ways;
  if (!visible.unit_roots().empty()) ways.push_back({Words::Unit, units_below(tx, visible.unit_roots())});
  if (!visible.receiving_unit_roots().empty())
    ways.push_back({Words::Receiver, units_below(tx, visible.receiving_unit_roots())});
  if (ways.empty()) throw Refusal(contract::v1::PROBLEM_NOT_ALLOWED);
  question.words.push_back(std::move(ways));
}

}  // namespace

Question question_of(ReadTx& tx, const Visibility& visible, const v1::ListCasesRequest& request) {
  Question question = Asked(tx, request).question();
  restrict_to_visible(tx, visible, question);
  return question;
}

}  // namespace wenming::hotline
