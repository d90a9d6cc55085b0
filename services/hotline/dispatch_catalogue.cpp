#include "hotline/dispatch_catalogue.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "core/text.h"
#include "domain/list.h"
#include "domain/many.h"
#include "domain/refusal.h"
#include "domain/table.h"
#include "hotline/catalogue_file.h"
#include "hotline/categories.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline::dispatch_catalogue {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Scope;
using domain::Tx;
using domain::Visibility;

namespace {

constexpr std::string_view kForEver = "9999-12-31";
constexpr int kMostWorkingHours = 2000;
constexpr std::size_t kMostCoUnits = 20;

const domain::Table<v1::DispatchEntry>& entries_table() {
  static const domain::Table<v1::DispatchEntry> kEntries(
      "dispatch_entries",
      {"id", "receiving_unit_id", "category", "area_id?", "lead_unit_id", "working_hours", "urgency", "valid_from"},
      {"valid_to", "version"});
  return kEntries;
}

/// Fills in the co-units of entries that were read.
template <class Entries>
void add_co_units(ReadTx& tx, Entries&& entries) {
  static const auto kCoUnits =
      domain::Many::values("SELECT dispatch_entry_id, unit_id FROM dispatch_co_units WHERE dispatch_entry_id",
                           "ORDER BY dispatch_entry_id, number");
  std::vector<domain::Value> ids;
  std::map<std::string_view, v1::DispatchEntry*> by_id;
  for (v1::DispatchEntry& entry : entries) {
    ids.push_back(domain::to_value(entry.id()));
    by_id.emplace(entry.id(), &entry);
  }
  kCoUnits.each(ids, [&](std::string_view sql, std::span<const domain::Value> values) {
    for (const domain::Row& row : tx.query_values(sql, values))
      by_id.at(row.text(0))->add_co_unit_ids(std::string(row.text(1)));
  });
}

v1::DispatchEntry require_entry(ReadTx& tx, std::string_view id) {
  auto entry = entries_table().find(tx, id);
  if (!entry) throw domain::not_found("dispatch_entry");
  add_co_units(tx, std::span(&*entry, 1));
  return *std::move(entry);
}

void require_within(ReadTx& tx, std::string_view unit_id, std::string_view root) {
  reference::require_unit(tx, unit_id);
  if (!domain::is_within(tx, unit_id, root)) throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", std::string(unit_id)}});
}

std::string day_or_today(ReadTx& tx, const std::string& day) {
  std::string today = core::to_text(tx.today());
  if (day.empty()) return today;
  if (day < today) throw Refusal(v1::PROBLEM_PAST_DAY, {{"day", day}});
  return day;
}

/// The entry of the same key that holds on the day.
std::optional<v1::DispatchEntry> holding(ReadTx& tx, const v1::DispatchEntry& key, std::string_view day) {
  auto found = tx.find<v1::DispatchEntry>(
      "SELECT " + entries_table().columns() +
          " FROM dispatch_entries WHERE receiving_unit_id = $1 AND category = $2 AND COALESCE(area_id, '') = $3 "
          "AND valid_from <= $4 AND valid_to > $4",
      key.receiving_unit_id(), key.category(), key.area_id(), day);
  if (found) add_co_units(tx, std::span(&*found, 1));
  return found;
}

void finish(Tx& tx, v1::DispatchEntry& entry, const std::string& day) {
  entry.set_valid_to(day);
  entry.set_version(entry.version() + 1);
  entries_table().update(tx, entry);
}

/// Stores the entry; the one before it ends, and a successor that is known already bounds it.
void store(Tx& tx, v1::DispatchEntry& entry) {
  const auto next = tx.value<std::string>(
      "SELECT MIN(valid_from) FROM dispatch_entries WHERE receiving_unit_id = $1 AND category = $2 "
      "AND COALESCE(area_id, '') = $3 AND valid_from > $4 AND valid_to > valid_from",
      entry.receiving_unit_id(), entry.category(), entry.area_id(), entry.valid_from());
  if (auto before = holding(tx, entry, entry.valid_from())) finish(tx, *before, entry.valid_from());
  entry.set_id(tx.new_id());
  entry.set_valid_to(next.value_or(std::string(kForEver)));
  if (entry.urgency() == v1::URGENCY_UNSPECIFIED) entry.set_urgency(v1::URGENCY_NORMAL);
  entry.set_version(1);
  entries_table().insert(tx, entry);
  int number = 0;
  for (const std::string& unit : entry.co_unit_ids()) {
    tx.run("INSERT INTO dispatch_co_units (dispatch_entry_id, number, unit_id) VALUES ($1, $2, $3)", entry.id(),
           ++number, unit);
  }
}

}  // namespace

v1::DispatchEntry create(Tx& tx, const Caller&, const v1::CreateDispatchEntryRequest& request) {
  if (categories::path_of(tx, request.category()).empty())
    throw Refusal(v1::PROBLEM_CATEGORY_UNKNOWN, {{"category", request.category()}});
  require_within(tx, request.lead_unit_id(), request.receiving_unit_id());
  if (!request.area_id().empty()) require_within(tx, request.area_id(), request.receiving_unit_id());
  v1::DispatchEntry entry;
  for (const std::string& unit : request.co_unit_ids()) {
    require_within(tx, unit, request.receiving_unit_id());
    const auto& taken = entry.co_unit_ids();
    if (unit == request.lead_unit_id() || std::find(taken.begin(), taken.end(), unit) != taken.end())
      throw Refusal(v1::PROBLEM_CO_UNIT_LEADS, {{"unit", unit}});
    entry.add_co_unit_ids(unit);
  }
  entry.set_receiving_unit_id(request.receiving_unit_id());
  entry.set_category(request.category());
  entry.set_area_id(request.area_id());
  entry.set_lead_unit_id(request.lead_unit_id());
  if (request.has_working_hours()) entry.set_working_hours(request.working_hours());
  entry.set_urgency(request.urgency());
  entry.set_valid_from(day_or_today(tx, request.valid_from()));
  store(tx, entry);
  return entry;
}

v1::DispatchEntry end(Tx& tx, const Caller&, const v1::EndDispatchEntryRequest& request) {
  v1::DispatchEntry entry = require_entry(tx, request.dispatch_entry_id());
  const std::string day = std::max(day_or_today(tx, request.valid_to()), entry.valid_from());
  if (entry.valid_to() <= day) throw Refusal(v1::PROBLEM_ENTRY_ENDED, {{"day", day}});
  finish(tx, entry, day);
  return entry;
}

v1::ListDispatchEntriesResponse list(ReadTx& tx, const Visibility& visible,
                                     const v1::ListDispatchEntriesRequest& request) {
  // Days are text; the one after stands behind it, so "holds on" is two comparisons.
  auto response = List("dispatch_entries", entries_table().columns())
                      .visible_by("receiving_unit_id")
                      .within("receiving_unit_id", request.receiving_unit_id())
                      .equal("category", request.category())
                      .equal("lead_unit_id", request.lead_unit_id())
                      .less_than_if(!request.on().empty(), "valid_from", domain::to_value(request.on() + "~"))
                      .at_least_if(!request.on().empty(), "valid_to", domain::to_value(request.on() + "~"))
                      .order_by("category", List::Ascending)
                      .page<v1::ListDispatchEntriesResponse>(tx, visible, request);
  add_co_units(tx, *response.mutable_dispatch_entries());
  return response;
}

std::optional<v1::DispatchEntry> entry_for(ReadTx& tx, std::string_view receiving_unit_id, std::string_view category,
                                           std::string_view area_id) {
  static const std::string kBySmallestRegion =
      "SELECT e.id FROM dispatch_entries e LEFT JOIN organisation_ancestors a ON a.unit_id = $3 AND "
      "a.ancestor_id = e.area_id AND a.valid_from <= $4 AND a.valid_to > $4 "
      "WHERE e.receiving_unit_id = $1 AND e.category = $2 AND e.valid_from <= $4 AND e.valid_to > $4 "
      "AND (e.area_id IS NULL OR a.depth IS NOT NULL) ORDER BY a.depth ASC NULLS LAST LIMIT 1";
  const std::string today = core::to_text(tx.today());
  for (const std::string& code : categories::path_of(tx, category)) {
    if (const auto id = tx.value<std::string>(kBySmallestRegion, receiving_unit_id, code, area_id, today))
      return require_entry(tx, *id);
  }
  return std::nullopt;
}

v1::DispatchSuggestion suggest(ReadTx& tx, const Caller&, const v1::SuggestDispatchRequest& request) {
  v1::DispatchSuggestion suggestion;
  auto entry = entry_for(tx, request.receiving_unit_id(), request.category(), request.area_id());
  if (entry) *suggestion.mutable_entry() = *std::move(entry);
  return suggestion;
}

std::optional<Scope> scope(ReadTx& tx, std::string_view id) {
  const auto entry = entries_table().find(tx, id);
  if (!entry) return std::nullopt;
  return Scope{.unit_id = entry->receiving_unit_id(), .user_id = {}, .version = entry->version()};
}

namespace {

/// Reads the rows of a file into entries.
class EntryReader {
 public:
  EntryReader(Tx& tx, CatalogueFile& file, const v1::ImportDispatchEntriesRequest& request)
      : tx_(tx), file_(file), receiving_unit_id_(request.receiving_unit_id()) {}

  v1::DispatchEntry read() {
    v1::DispatchEntry entry;
    entry.set_receiving_unit_id(receiving_unit_id_);
    entry.set_category(file_.cell("category", 60));
    if (entry.category().empty() || categories::path_of(tx_, entry.category()).empty())
      file_.refuse("category", "no category has this code", "没有该代码的分类");
    entry.set_lead_unit_id(unit("lead_unit", file_.cell("lead_unit", 60), true));
    entry.set_area_id(unit("area", file_.cell("area", 60), false));
    read_co_units(entry);
    read_hours(entry);
    read_urgency(entry);
    return entry;
  }

 private:
  /// The organisation with this official code within the one that receives.
  std::string unit(std::string_view column, std::string_view code, bool required) {
    if (code.empty()) {
      if (required) file_.refuse(column, "the cell is blank", "单元格为空");
      return {};
    }
    std::string id = reference::unit_by_code(tx_, code);
    if (id.empty()) {
      file_.refuse(column, "no organisation has this code", "没有该代码的组织");
    } else if (!domain::is_within(tx_, id, receiving_unit_id_)) {
      file_.refuse(column, "not within the organisation that receives the cases", "不在受理单位的管辖范围内");
    }
    return id;
  }

  void read_co_units(v1::DispatchEntry& entry) {
    const std::string cell = file_.cell("co_units", 1300);
    std::string_view rest = cell;
    while (!rest.empty()) {
      const std::string_view code = core::trim(rest.substr(0, rest.find(';')));
      rest.remove_prefix(
          std::min(rest.size(), rest.find(';') == std::string_view::npos ? rest.size() : rest.find(';') + 1));
      if (code.empty()) continue;
      const std::string id = unit("co_units", code, true);
      const auto& taken = entry.co_unit_ids();
      if (id == entry.lead_unit_id() || std::find(taken.begin(), taken.end(), id) != taken.end()) {
        file_.refuse("co_units", "a unit stands here twice, or leads", "单位重复或已是主办单位");
      } else {
        entry.add_co_unit_ids(id);
      }
    }
    if (static_cast<std::size_t>(entry.co_unit_ids_size()) > kMostCoUnits)
      file_.refuse("co_units", "more than 20 units", "超过 20 个单位");
  }

  void read_hours(v1::DispatchEntry& entry) {
    const std::string cell = file_.cell("working_hours", 10);
    if (cell.empty()) return;
    int hours = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), hours);
    if (error != std::errc() || end != cell.data() + cell.size() || hours < 1 || hours > kMostWorkingHours) {
      file_.refuse("working_hours", "not a whole number from 1 to 2000", "不是 1 到 2000 的整数");
    } else {
      entry.set_working_hours(hours);
    }
  }

  void read_urgency(v1::DispatchEntry& entry) {
    const std::string cell = file_.cell("urgency", 20);
    v1::Urgency urgency = v1::URGENCY_NORMAL;
    if (!cell.empty() && (!v1::Urgency_Parse("URGENCY_" + cell, &urgency) || urgency == v1::URGENCY_UNSPECIFIED))
      file_.refuse("urgency", "not NORMAL, URGENT or EMERGENCY", "不是 NORMAL、URGENT 或 EMERGENCY");
    entry.set_urgency(urgency);
  }

  Tx& tx_;
  CatalogueFile& file_;
  const std::string& receiving_unit_id_;
};

/// Whether the two say the same of their key.
bool say_the_same(const v1::DispatchEntry& a, const v1::DispatchEntry& b) {
  return a.lead_unit_id() == b.lead_unit_id() && a.urgency() == b.urgency() &&
         a.has_working_hours() == b.has_working_hours() && a.working_hours() == b.working_hours() &&
         std::equal(a.co_unit_ids().begin(), a.co_unit_ids().end(), b.co_unit_ids().begin(), b.co_unit_ids().end());
}

}  // namespace

v1::ImportCatalogueResponse import_csv(Tx& tx, const Caller&, const v1::ImportDispatchEntriesRequest& request) {
  v1::ImportCatalogueResponse response;
  CatalogueFile file(request.content(), {"category", "lead_unit"}, response);
  const std::string from = day_or_today(tx, request.valid_from());
  std::map<std::pair<std::string, std::string>, v1::DispatchEntry> fresh;
  while (file.next()) {
    v1::DispatchEntry entry = EntryReader(tx, file, request).read();
    if (file.row_refused()) continue;
    entry.set_valid_from(from);
    const auto holds = holding(tx, entry, from);
    if (holds && say_the_same(*holds, entry)) {
      response.set_unchanged(response.unchanged() + 1);
    } else if (!fresh.try_emplace({entry.category(), entry.area_id()}, entry).second) {
      file.refuse("category", "this category and region stand in the file twice", "文件中该分类和区域重复");
    }
  }
  response.set_created(static_cast<int>(fresh.size()));
  response.set_applied(!request.dry_run() && response.refused().empty());
  if (response.applied())
    for (auto& [key, entry] : fresh) store(tx, entry);
  return response;
}

}  // namespace wenming::hotline::dispatch_catalogue
