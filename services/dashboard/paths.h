#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/tx.h"

namespace wenming::dashboard {

/// The unit whose figures are those of the whole deployment.
inline constexpr std::string_view kWholeDeployment;

/// Where an organisation's own counts are added besides itself: below whom it stands on which days.
struct Path {
  struct Stretch {
    std::string ancestor_id;  // the organisation itself is among them
    std::string from, to;     // days [from, to)

    friend bool operator==(const Stretch&, const Stretch&) = default;
  };
  std::vector<Stretch> stretches;  // by ancestor and day

  friend bool operator==(const Path&, const Path&) = default;

  /// All organisations that a count of this unit on this day belongs to: the unit, those above it, the whole
  /// deployment. A day before the unit is known to exist counts as its first, one after its end as its last: what is
  /// told of an organisation is never dropped from the sums because of a date of foundation.
  [[nodiscard]] std::vector<std::string_view> counted_by(std::string_view unit_id, std::string_view day) const;
};

/// The path by the tree as it is known now.
Path path_in_tree(domain::ReadTx& tx, std::string_view unit_id);
/// The path along which the figures have been rolled up.
Path path_of_figures(domain::ReadTx& tx, std::string_view unit_id);
/// Says that the unit's figures have been rolled up along this path.
void set_path_of_figures(domain::Tx& tx, std::string_view unit_id, const Path& path);
/// All units that stand, or are rolled up, below one of these; these included.
std::set<std::string> units_below(domain::ReadTx& tx, const std::set<std::string>& organisation_ids);

/// The paths of figures of these units, read together.
std::map<std::string_view, Path> paths_of_figures(domain::ReadTx& tx, const std::set<std::string_view>& unit_ids);

}  // namespace wenming::dashboard
