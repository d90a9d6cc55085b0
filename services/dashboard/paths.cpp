#include "dashboard/paths.h"

#include <algorithm>

#include "domain/many.h"

namespace wenming::dashboard {
namespace {

const auto kPathsOfFigures =
    domain::Many::values("SELECT unit_id, ancestor_id, valid_from, valid_to FROM roll_up_paths WHERE unit_id",
                         "ORDER BY unit_id, ancestor_id, valid_from");

Path path_from(domain::Rows rows) {
  Path path;
  for (const domain::Row& row : rows) {
    path.stretches.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
  }
  return path;
}

}  // namespace

std::vector<std::string_view> Path::counted_by(std::string_view unit_id, std::string_view day) const {
  std::string_view begin, end;  // of the unit's own existence
  for (const Stretch& stretch : stretches) {
    if (stretch.ancestor_id != unit_id) continue;
    if (begin.empty()) begin = stretch.from;
    end = stretch.to;
  }
  std::vector<std::string_view> counters{kWholeDeployment};
  if (unit_id != kWholeDeployment) counters.push_back(unit_id);
  for (const Stretch& stretch : stretches) {
    const bool begun = stretch.from <= std::max(day, begin);
    const bool over = stretch.to <= day && stretch.to != end;
    if (begun && !over && stretch.ancestor_id != unit_id) counters.push_back(stretch.ancestor_id);
  }
  return counters;
}

Path path_in_tree(domain::ReadTx& tx, std::string_view unit_id) {
  return path_from(
      tx.query("SELECT ancestor_id, valid_from, valid_to FROM organisation_ancestors "
               "WHERE unit_id = $1 ORDER BY ancestor_id, valid_from",
               unit_id));
}

Path path_of_figures(domain::ReadTx& tx, std::string_view unit_id) {
  return path_from(
      tx.query("SELECT ancestor_id, valid_from, valid_to FROM roll_up_paths "
               "WHERE unit_id = $1 ORDER BY ancestor_id, valid_from",
               unit_id));
}

void set_path_of_figures(domain::Tx& tx, std::string_view unit_id, const Path& path) {
  tx.run("DELETE FROM roll_up_paths WHERE unit_id = $1", unit_id);
  for (const auto& stretch : path.stretches) {
    tx.run("INSERT INTO roll_up_paths (unit_id, ancestor_id, valid_from, valid_to) VALUES ($1, $2, $3, $4)", unit_id,
           stretch.ancestor_id, stretch.from, stretch.to);
  }
}

std::set<std::string> units_below(domain::ReadTx& tx, const std::set<std::string>& organisation_ids) {
  std::set<std::string> units = organisation_ids;
  for (const std::string& id : organisation_ids) {
    for (const domain::Row& row : tx.query("SELECT unit_id FROM organisation_ancestors WHERE ancestor_id = $1 "
                                           "UNION SELECT unit_id FROM roll_up_paths WHERE ancestor_id = $1",
                                           id)) {
      units.emplace(row.text(0));
    }
  }
  return units;
}

std::map<std::string_view, Path> paths_of_figures(domain::ReadTx& tx, const std::set<std::string_view>& unit_ids) {
  std::map<std::string_view, Path> paths;
  std::vector<domain::Value> ids;
  for (const std::string_view id : unit_ids) {
    paths.emplace(id, Path());
    ids.push_back(domain::to_value(id));
  }
  kPathsOfFigures.each(ids, [&](std::string_view sql, std::span<const domain::Value> some) {
    for (const domain::Row& row : tx.query_values(sql, some)) {
      paths.at(row.text(0))
          .stretches.push_back({std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))});
    }
  });
  return paths;
}

}  // namespace wenming::dashboard
