#include "dashboard/tally.h"

#include <deque>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "dashboard/counters.h"
#include "dashboard/paths.h"
#include "domain/many.h"
#include "wenming/dashboard/v1/facts.pb.h"

namespace wenming::dashboard {
namespace {

// Amounts gathered in memory while figures move from one place in the tree to another.
constexpr std::size_t kAmountsAtOnce = 100'000;

const auto kStored = domain::Many::values("SELECT id, version, contributions FROM facts WHERE id");
const auto kInsert = domain::Many::rows("INSERT INTO facts (id, version, contributions) VALUES", 3);
const auto kReplace = domain::Many::rows(
    "INSERT INTO facts (id, version, contributions) VALUES", 3,
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, contributions = excluded.contributions");

std::string encode(const std::vector<Amount>& amounts) {
  v1::Contributions contributions;
  for (const Amount& a : amounts) {
    auto& c = *contributions.add_contributions();
    c.set_unit_id(a.unit_id);
    c.set_metric(a.metric);
    c.set_day(a.day);
    c.set_amount(a.amount);
  }
  return contributions.SerializeAsString();
}

}  // namespace

std::vector<Amount> decode_contributions(std::string_view bytes) {
  v1::Contributions contributions;
  if (!contributions.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw std::logic_error("the contributions of a fact cannot be decoded");
  }
  std::vector<Amount> amounts;
  amounts.reserve(static_cast<std::size_t>(contributions.contributions_size()));
  for (auto& c : *contributions.mutable_contributions()) {
    amounts.push_back({std::move(*c.mutable_unit_id()), std::move(*c.mutable_day()), c.metric(), c.amount()});
  }
  return amounts;
}

void Tally::take(Fact fact) {
  Newest& newest = facts_[std::move(fact.id)];
  if (fact.version <= newest.version) return;
  newest.version = fact.version;
  newest.counts = std::move(fact.amounts);
}

/// Reads what is stored of the facts, all at once; those that are as new there are left alone.
void Tally::compare_with_stored(domain::Tx& tx) {
  std::vector<domain::Value> ids;
  ids.reserve(facts_.size());
  for (const auto& [id, newest] : facts_) ids.push_back(domain::to_value(id));
  std::vector<std::string> known;
  kStored.each(ids, [&](std::string_view sql, std::span<const domain::Value> some) {
    for (const domain::Row& row : tx.query_values(sql, some)) {
      std::string id(row.text(0));
      Newest& newest = facts_.at(id);
      if (newest.version <= row.integer(1)) {
        known.push_back(std::move(id));
        continue;
      }
      newest.counted = decode_contributions(row.blob(2));
      newest.stored = true;
    }
  });
  for (const std::string& id : known) facts_.erase(id);
}

void Tally::flush(domain::Tx& tx) {
  carry_figures_along(tx);
  compare_with_stored(tx);

  std::vector<Amount> own;
  std::deque<std::string> contributions;  // which the rows point at
  std::vector<domain::Value> fresh, replaced;
  for (auto& [id, fact] : facts_) {
    auto& rows = fact.stored ? replaced : fresh;
    rows.push_back(domain::to_value(id));
    rows.push_back(domain::to_value(fact.version));
    rows.push_back(domain::Blob{contributions.emplace_back(encode(fact.counts))});
    own.insert(own.end(), std::make_move_iterator(fact.counts.begin()), std::make_move_iterator(fact.counts.end()));
    for (Amount& counted : fact.counted) {
      counted.amount = -counted.amount;
      own.push_back(std::move(counted));
    }
  }
  kInsert.run(tx, fresh);
  kReplace.run(tx, replaced);
  merge(own);
  add_own(tx, own);
  add_figures(tx, roll_up(tx, own));
}

/// Compares the tree with the paths along which the figures were rolled up, for the organisations that events spoke of
/// and all below them, and carries what those units count themselves from the old path to the new one, day by day. Does
/// not depend on whether the tree was changed before or after this batch met the event.
void Tally::carry_figures_along(domain::Tx& tx) {
  std::set<std::string> moved;
  for (const std::string& id : organisations_) {
    // What an organisation is called may have changed, and who its parent's children are.
    for (const auto& stretch : path_in_tree(tx, id).stretches) tx.changed("unit:" + stretch.ancestor_id);
    if (path_in_tree(tx, id) != path_of_figures(tx, id)) moved.insert(id);
  }
  if (!organisations_.empty()) tx.changed("unit:" + std::string(kWholeDeployment));

  std::vector<Amount> shifted;
  for (const std::string& unit_id : units_below(tx, moved)) {
    const Path before = path_of_figures(tx, unit_id);
    const Path after = path_in_tree(tx, unit_id);
    if (before == after) continue;
    for (const Amount& a : own_amounts(tx, unit_id)) {
      for (const std::string_view unit : before.counted_by(unit_id, a.day))
        shifted.push_back({std::string(unit), a.day, a.metric, -a.amount});
      for (const std::string_view unit : after.counted_by(unit_id, a.day))
        shifted.push_back({std::string(unit), a.day, a.metric, a.amount});
    }
    set_path_of_figures(tx, unit_id, after);
    if (shifted.size() > kAmountsAtOnce) merge(shifted);
    if (shifted.size() > kAmountsAtOnce) add_figures(tx, std::exchange(shifted, {}));
  }
  add_figures(tx, std::move(shifted));
}

}  // namespace wenming::dashboard
