#include "reference/organisation_closure.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>

namespace wenming::reference {
namespace {

/// Days on which a unit lay below an ancestor, so many steps down.
struct Line {
  std::string ancestor_id;
  std::int64_t depth = 0;
  std::string from, to;
};

/// The edges upwards, each organisation read once however many lines lead through it.
class Places {
 public:
  explicit Places(domain::ReadTx& tx) : tx_(tx) {}

  const std::vector<Place>& of(const std::string& organisation_id) {
    const auto found = known_.find(organisation_id);
    if (found != known_.end()) return found->second;
    return known_.emplace(organisation_id, places_of(tx_, organisation_id)).first->second;
  }

 private:
  domain::ReadTx& tx_;
  std::map<std::string, std::vector<Place>> known_;
};

/// Follows one unit upwards through all its days.
class Climb {
 public:
  explicit Climb(Places& places) : places_(places) {}

  std::vector<Line> from(const std::string& unit_id) {
    step(unit_id, "0001-01-01", "9999-12-31");
    join_neighbours();
    return std::move(lines_);
  }

 private:
  void step(const std::string& organisation_id, const std::string& from, const std::string& to) {
    if (std::find(path_.begin(), path_.end(), organisation_id) != path_.end()) return;
    const auto depth = static_cast<std::int64_t>(path_.size());
    path_.push_back(organisation_id);
    for (const Place& place : places_.of(organisation_id)) {
      const std::string& begin = std::max(from, place.from);
      const std::string& end = std::min(to, place.to);
      if (begin >= end) continue;
      lines_.push_back({organisation_id, depth, begin, end});
      if (!place.parent_id.empty()) step(place.parent_id, begin, end);
    }
    path_.pop_back();
  }

  /// A line that goes on over a change further up is one row, not two.
  void join_neighbours() {
    std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) {
      return std::tie(a.ancestor_id, a.from) < std::tie(b.ancestor_id, b.from);
    });
    std::vector<Line> joined;
    for (Line& line : lines_) {
      const bool goes_on = !joined.empty() && joined.back().ancestor_id == line.ancestor_id &&
                           joined.back().depth == line.depth && joined.back().to == line.from;
      if (goes_on) {
        joined.back().to = line.to;
      } else {
        joined.push_back(std::move(line));
      }
    }
    lines_ = std::move(joined);
  }

  Places& places_;
  std::vector<std::string> path_;
  std::vector<Line> lines_;
};

/// The organisation and all that ever stand below it.
std::set<std::string> subtree_of(domain::ReadTx& tx, std::string_view organisation_id) {
  std::set<std::string> found{std::string(organisation_id)};
  std::vector<std::string> open{std::string(organisation_id)};
  while (!open.empty()) {
    const std::string parent = std::move(open.back());
    open.pop_back();
    for (const domain::Row& row : tx.query("SELECT id FROM organisations WHERE parent_id = $1", parent)) {
      if (const auto [child, added] = found.emplace(row.text(0)); added) open.push_back(*child);
    }
  }
  return found;
}

}  // namespace

std::vector<Place> places_of(domain::ReadTx& tx, std::string_view organisation_id) {
  std::vector<Place> places;
  for (const domain::Row& row : tx.query("SELECT valid_from, valid_to, parent_id FROM organisations "
                                         "WHERE id = $1 ORDER BY valid_from",
                                         organisation_id)) {
    if (!places.empty() && places.back().parent_id == row.text(2) && places.back().to == row.text(0)) {
      places.back().to = row.text(1);
    } else {
      places.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
    }
  }
  return places;
}

void rebuild_ancestors(domain::Tx& tx, std::string_view organisation_id) {
  Places places(tx);
  for (const std::string& unit_id : subtree_of(tx, organisation_id)) {
    tx.run("DELETE FROM organisation_ancestors WHERE unit_id = $1", unit_id);
    for (const Line& line : Climb(places).from(unit_id)) {
      tx.run(
          "INSERT INTO organisation_ancestors (unit_id, ancestor_id, valid_from, valid_to, depth) "
          "VALUES ($1, $2, $3, $4, $5)",
          unit_id, line.ancestor_id, line.from, line.to, line.depth);
    }
  }
}

}  // namespace wenming::reference
