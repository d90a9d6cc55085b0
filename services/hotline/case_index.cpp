#include "hotline/case_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "core/geo.h"
#include "domain/many.h"

namespace wenming::hotline::case_index {

using domain::Many;
using domain::ReadTx;
using domain::Row;
using domain::to_value;
using domain::Value;
using search::NumberColumn;
using search::Slots;
using search::Term;
using search::WordColumn;

namespace {

constexpr double kMillion = 1e6;
constexpr double kHalfTurn = 180.0;

Number seconds(const Row& row, int column) {
  return row.is_null(column) ? 0 : static_cast<Number>(row.integer(column) / 1'000'000);
}

Number position(const Row& row, int column) {
  return row.is_null(column) ? 0 : microdegrees(row.real(column));
}

/// From the columns of case_changes that begin at `first`, as they are named in `kFacets`.
constexpr std::string_view kFacets =
    "state, kind, channel, category, unit_id, receiving_unit_id, area_id, overdue, received_at, due_at, "
    "wgs84_longitude, wgs84_latitude";
Facets facets_of(const Row& row, int first) {
  Facets facets;
  for (int i = 0; i < static_cast<int>(kWordColumns) - 1; ++i)
    facets.words[static_cast<std::size_t>(i)] = WordColumn::word(row.text(first + i));
  const int overdue = first + static_cast<int>(kWordColumns) - 1;
  facets.words.back() = WordColumn::word(row.boolean(overdue) ? "true" : "false");
  facets.numbers = {seconds(row, overdue + 1), seconds(row, overdue + 2), position(row, overdue + 3),
                    position(row, overdue + 4)};
  return facets;
}

void apply(const Change& change, Words column, WordColumn& words) {
  words.set(slot_of(change.place), change.facets.words[static_cast<std::size_t>(column)]);
}
void apply(const Change& change, Numbers column, NumberColumn& numbers) {
  numbers.set(slot_of(change.place), change.facets.numbers[static_cast<std::size_t>(column)]);
}

/// Whether a place lies in a circle, told in a plane first: only near its edge the sphere is asked.
class Disc {
 public:
  explicit Disc(const Question::Circle& circle)
      : circle_(circle), metres_per_degree_(core::metres_between({0, 0}, {0, 1})) {
    shrink_ = std::cos(circle.centre.latitude / kHalfTurn * std::numbers::pi);
  }
  bool holds(Number longitude, Number latitude) const {
    if (longitude == 0) return false;
    const core::Degrees place{degrees(longitude), degrees(latitude)};
    const double x = (place.longitude - circle_.centre.longitude) * shrink_ * metres_per_degree_;
    const double y = (place.latitude - circle_.centre.latitude) * metres_per_degree_;
    const double flat = std::hypot(x, y);
    if (std::abs(flat - circle_.radius_m) > kUnsure * circle_.radius_m) return flat < circle_.radius_m;
    return core::metres_between(circle_.centre, place) <= circle_.radius_m;
  }

 private:
  static constexpr double kUnsure = 0.02;
  const Question::Circle& circle_;
  double metres_per_degree_, shrink_ = 1;
};

/// The blocks whose mask has something left, and where they stand among those asked for.
struct Left {
  std::vector<std::int64_t> blocks;
  std::vector<std::size_t> masks;

  Left(std::span<const std::int64_t> all, const std::vector<Slots>& slots) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (slots[i].none()) continue;
      blocks.push_back(all[i]);
      masks.push_back(i);
    }
  }
};

}  // namespace

Number microdegrees(double degrees) {
  return static_cast<Number>(std::lround((degrees + kHalfTurn) * kMillion)) + 1;
}

double degrees(Number microdegrees) {
  return (static_cast<double>(microdegrees) - 1) / kMillion - kHalfTurn;
}

Index::Index(ReadTx& tx, std::size_t most_changes) : tx_(tx) {
  for (const Row& row : tx.query("SELECT version, places, closed_blocks FROM case_index WHERE id = 1")) {
    version_ = row.integer(0);
    places_ = row.integer(1);
    closed_blocks_ = row.integer(2);
  }
  read_changes(most_changes);
  read_blocks();
}

void Index::read_changes(std::size_t most) {
  static const std::string kSql = "SELECT c.case_id, c.version, p.place, " + std::string(kFacets) +
                                  " FROM case_changes c LEFT JOIN case_places p ON p.case_id = c.case_id "
                                  "ORDER BY c.case_id LIMIT $1";
  std::int64_t next = places_;
  for (const Row& row : tx_.query(kSql, most + 1)) {
    behind_ = changes_.size() == most;
    if (behind_) break;
    const bool is_new = row.is_null(2);
    changes_.push_back({.case_id = std::string(row.text(0)),
                        .version = row.integer(1),
                        .place = is_new ? next : row.integer(2),
                        .is_new = is_new,
                        .facets = facets_of(row, 3)});
    if (is_new) ++next;
  }
  for (const Change& change : changes_) changes_of_blocks_[block_of(change.place)].push_back(&change);
  for (std::int64_t first = 0; first < next; first += kPlacesOfBlock) {
    blocks_.push_back({.number = block_of(first),
                       .size = static_cast<std::size_t>(std::min(next - first, kPlacesOfBlock)),
                       .received_from = std::numeric_limits<Number>::max(),
                       .received_to = 0});
  }
}

void Index::read_blocks() {
  const auto widen = [](Block& block, Number from, Number to) {
    block.received_from = std::min(block.received_from, from);
    block.received_to = std::max(block.received_to, to);
  };
  for (const Row& row : tx_.query("SELECT block, received_from, received_to FROM case_blocks ORDER BY block")) {
    widen(blocks_.at(static_cast<std::size_t>(row.integer(0))), static_cast<Number>(row.integer(1)),
          static_cast<Number>(row.integer(2)));
  }
  for (const Change& change : changes_) {
    widen(blocks_[static_cast<std::size_t>(block_of(change.place))], change.facets.received(),
          change.facets.received());
  }
}

template <class Column, class Name>
std::vector<Column> Index::read_columns(Name column, std::span<const std::int64_t> blocks) {
  static const Many kCells = Many::values("SELECT cell, content FROM case_columns WHERE cell");
  std::vector<Value> cells;
  std::map<std::int64_t, std::size_t> place_of;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    cells.push_back(to_value(cell(column, blocks[i])));
    place_of[cell(column, blocks[i])] = i;
  }
  std::vector<Column> columns(blocks.size());
  kCells.each(cells, [&](std::string_view sql, std::span<const Value> values) {
    for (const Row& row : tx_.query_values(sql, values)) columns[place_of.at(row.integer(0))] = Column(row.blob(1));
  });
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto changes = changes_of_blocks_.find(blocks[i]);
    if (changes == changes_of_blocks_.end()) continue;
    for (const Change* const change : changes->second) apply(*change, column, columns[i]);
  }
  return columns;
}

std::vector<WordColumn> Index::read(Words column, std::span<const std::int64_t> blocks) {
  return read_columns<WordColumn>(column, blocks);
}

std::vector<NumberColumn> Index::read(Numbers column, std::span<const std::int64_t> blocks) {
  return read_columns<NumberColumn>(column, blocks);
}

void Index::find(std::span<const Term> terms, std::span<const std::int64_t> blocks, const Found& use) {
  static const Many kClosed = Many::values("SELECT page, postings FROM case_terms WHERE page");
  static const Many kRuns = Many::values("SELECT page, postings FROM case_terms_of_runs WHERE page");
  struct Sought {
    std::size_t term, block;
  };
  std::map<std::int64_t, std::vector<Sought>> closed, runs;  // by page
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    const std::int64_t number = blocks[block];
    for (std::size_t term = 0; term < terms.size(); ++term) {
      if (number < closed_blocks_) {
        closed[page_of_term(terms[term], kPageBits, number)].push_back({term, block});
        continue;
      }
      for (std::int64_t run = number * kRunsOfBlock; run < (number + 1) * kRunsOfBlock; ++run)
        runs[page_of_term(terms[term], kRunPageBits, run)].push_back({term, block});
    }
  }
  const auto read = [&](const Many& pages, const std::map<std::int64_t, std::vector<Sought>>& sought) {
    std::vector<Value> keys;
    keys.reserve(sought.size());
    for (const auto& [page, what] : sought) keys.push_back(to_value(page));
    pages.each(keys, [&](std::string_view sql, std::span<const Value> values) {
      for (const Row& row : tx_.query_values(sql, values)) {
        for (const auto& [term, block] : sought.at(row.integer(0))) {
          Slots slots;
          search::find_in_page(row.blob(1), terms[term], slots);
          if (!slots.none()) use(term, block, slots);
        }
      }
    });
  };
  read(kClosed, closed);
  read(kRuns, runs);
}

std::vector<Slots> Index::matching(const Question& question, std::span<const std::int64_t> blocks) {
  std::vector<Slots> masks;
  for (const std::int64_t block : blocks) masks.push_back(Slots::first(blocks_[static_cast<std::size_t>(block)].size));

  for (const Term term : question.terms) {
    const Left left(blocks, masks);
    std::vector<Slots> found(left.blocks.size());
    find(std::span(&term, 1), left.blocks,
         [&](std::size_t, std::size_t block, const Slots& slots) { found[block] |= slots; });
    for (std::size_t i = 0; i < found.size(); ++i) masks[left.masks[i]] &= found[i];
  }
  for (const Question::Alternatives& alternatives : question.words) {
    const Left left(blocks, masks);
    std::vector<Slots> found(left.blocks.size());
    for (const auto& [column, words] : alternatives) {
      const std::vector<WordColumn> columns = read(column, left.blocks);
      for (std::size_t i = 0; i < found.size(); ++i)
        found[i] |= columns[i].where([&allowed = words](Word word) { return allowed.contains(word); });
    }
    for (std::size_t i = 0; i < found.size(); ++i) masks[left.masks[i]] &= found[i];
  }
  for (const auto& [name, from, to] : question.ranges) {
    const Left left(blocks, masks);
    const std::vector<NumberColumn> columns = read(name, left.blocks);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      masks[left.masks[i]].filter([&, low = std::max<Number>(from, 1), high = to](std::size_t slot) {
        const Number number = columns[i].at(slot);
        return number >= low && number <= high;
      });
    }
  }
  if (question.circle) {
    const Left left(blocks, masks);
    const std::vector<NumberColumn> longitudes = read(Numbers::Longitude, left.blocks);
    const std::vector<NumberColumn> latitudes = read(Numbers::Latitude, left.blocks);
    const Disc disc(*question.circle);
    for (std::size_t i = 0; i < left.blocks.size(); ++i) {
      masks[left.masks[i]].filter(
          [&](std::size_t slot) { return disc.holds(longitudes[i].at(slot), latitudes[i].at(slot)); });
    }
  }
  return masks;
}

std::vector<std::string> Index::case_ids(std::span<const std::int64_t> places) {
  static const Many kPlaces = Many::values("SELECT place, case_id FROM case_places WHERE place");
  std::map<std::int64_t, std::string> ids;
  std::vector<Value> known;
  for (const std::int64_t place : places)
    if (place < places_) known.push_back(to_value(place));
  kPlaces.each(known, [&](std::string_view sql, std::span<const Value> values) {
    for (const Row& row : tx_.query_values(sql, values)) ids[row.integer(0)] = std::string(row.text(1));
  });
  for (const Change& change : changes_)
    if (change.is_new) ids[change.place] = change.case_id;
  std::vector<std::string> result;
  for (const std::int64_t place : places) result.push_back(ids.at(place));
  return result;
}

}  // namespace wenming::hotline::case_index
