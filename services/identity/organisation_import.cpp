#include "identity/organisation_import.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/visibility.h"
#include "identity/levels.h"
#include "identity/organisations.h"
#include "wenming/identity/v1/imports.pb.h"

namespace wenming::identity::organisations {
namespace {

constexpr std::size_t kMaxRows = 20'000;
constexpr std::size_t kMaxCodeLength = 40;
constexpr std::size_t kMaxNameLength = 200;
constexpr std::string_view kCodeCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";

/// One row of the file, and the organisation of its code where the tree has one.
struct Row {
  tables::ImportRow* at = nullptr;
  std::string code, name, parent_code;
  v1::OrganisationLevel level = v1::ORGANISATION_LEVEL_UNSPECIFIED;
  std::optional<Node> known;
};

std::optional<v1::OrganisationLevel> level_of(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  v1::OrganisationLevel level{};
  if (!v1::OrganisationLevel_Parse("ORGANISATION_LEVEL_" + word, &level)) return std::nullopt;
  return level == v1::ORGANISATION_LEVEL_UNSPECIFIED ? std::nullopt : std::optional(level);
}

/// What the file wants of the tree: its rows by code, checked one by one, then against each other and the tree.
class Import {
 public:
  Import(domain::Tx& tx, const v1::ImportOrganisationsRequest& request)
      : tx_(tx),
        unit_id_(request.unit_id()),
        effective_on_(request.effective_on().empty() ? core::to_text(tx.today()) : request.effective_on()) {}

  void read(tables::ImportRow& from);
  void judge();
  void apply();

 private:
  void judge_row(const Row& row);
  void judge_level(const Row& row);
  void place(const std::string& code);
  [[nodiscard]] std::string parent_code_of(const std::string& code);
  [[nodiscard]] bool lies_outside(const Row& row);
  [[nodiscard]] bool differs(const Row& row);
  const std::optional<Node>& known(const std::string& code);
  std::string code_of(const std::string& organisation_id);
  domain::Tx& tx_;
  const std::string unit_id_;
  const std::string effective_on_;
  std::map<std::string, Row> rows_;
  std::map<std::string, std::optional<Node>> known_;  // by code: what the tree has, each looked up once
  std::map<std::string, int> level_;  // of every code placed so far, counted from the top: 1, 2 …; 0 while being placed
  std::vector<const Row*> order_;     // those above before those below
};

void Import::read(tables::ImportRow& from) {
  Row row;
  row.at = &from;
  row.code = from.required_line("code", kMaxCodeLength);
  row.name = from.required_line("name", kMaxNameLength);
  row.parent_code = from.line("parent_code", kMaxCodeLength);
  if (row.code.find_first_not_of(kCodeCharacters) != std::string::npos) {
    from.refuse("code", contract::v1::ROW_PROBLEM_NOT_VALID, {{"value", row.code}});
  }
  const std::string level = from.required_line("level", kMaxCodeLength);
  if (const auto parsed = level_of(level)) {
    row.level = *parsed;
  } else if (!level.empty()) {
    from.refuse("level", contract::v1::ROW_PROBLEM_NOT_VALID, {{"value", level}});
  }
  // A refused row stays, because others may stand below it and are not at fault for that; not one whose code came
  // before.
  if (!row.code.empty()) rows_.emplace(row.code, std::move(row));
}

const std::optional<Node>& Import::known(const std::string& code) {
  const auto found = known_.find(code);
  return found != known_.end() ? found->second : known_.emplace(code, find_by_code(tx_, code)).first->second;
}

std::string Import::code_of(const std::string& organisation_id) {
  const std::optional<Node> node = find(tx_, organisation_id);
  return node ? node->code : std::string();
}

/// The parent that the organisation will have after the import: that of the file, or the one it has.
std::string Import::parent_code_of(const std::string& code) {
  if (const auto row = rows_.find(code); row != rows_.end()) return row->second.parent_code;
  const std::optional<Node>& node = known(code);
  return node ? code_of(node->history.on_or_first(effective_on_).parent_id) : std::string();
}

bool Import::differs(const Row& row) {
  const OrganisationHistory::Stretch& now = row.known->history.on_or_first(effective_on_);
  if (now.name != row.name || now.parent_id.empty() != row.parent_code.empty()) return true;
  if (row.parent_code.empty()) return false;
  const std::optional<Node>& parent = known(row.parent_code);
  return !parent || parent->id != now.parent_id;
}

bool Import::lies_outside(const Row& row) {
  if (unit_id_.empty()) return false;
  // Where it stands, on all days that are changed, and where it will stand must lie inside; a row below a new one is
  // judged by that one.
  if (row.known) {
    for (const std::string& parent_id : row.known->history.parents_touched(row.name, effective_on_))
      if (!domain::is_within(tx_, parent_id, unit_id_)) return true;
  }
  const std::optional<Node>& parent = known(row.parent_code);
  if (parent) return !domain::is_within(tx_, parent->id, unit_id_);
  return row.parent_code.empty();
}

void Import::judge() {
  for (auto& [code, row] : rows_) row.known = known(code);
  for (const auto& [code, row] : rows_) judge_row(row);
  for (const auto& [code, row] : rows_) place(code);
}

void Import::judge_row(const Row& row) {
  const bool parent_known = row.parent_code.empty() || rows_.contains(row.parent_code) || known(row.parent_code);
  if (!parent_known) row.at->refuse("parent_code", v1::ROW_PROBLEM_UNKNOWN_PARENT, {{"value", row.parent_code}});
  if (row.known && row.level != v1::ORGANISATION_LEVEL_UNSPECIFIED && row.known->level != row.level) {
    row.at->refuse("level", v1::ROW_PROBLEM_OTHER_LEVEL, {{"value", levels::word(row.known->level)}});
  }
  if (row.known && !differs(row)) {
    row.at->unchanged();
    return;
  }
  if (row.known && effective_on_ < row.known->history.founded_on()) {
    row.at->refuse("code", v1::ROW_PROBLEM_BEFORE_FOUNDING,
                   {{"value", row.code}, {"day", row.known->history.founded_on()}});
  }
  if (parent_known) judge_level(row);
  if (parent_known && lies_outside(row)) row.at->refuse("code", v1::ROW_PROBLEM_OUTSIDE, {{"value", row.code}});
  row.at->taken();
}

void Import::judge_level(const Row& row) {
  // A mere renaming judges nobody's place.
  if (row.known && code_of(row.known->history.on_or_first(effective_on_).parent_id) == row.parent_code) return;
  v1::OrganisationLevel parent = v1::ORGANISATION_LEVEL_UNSPECIFIED;
  if (const auto above = rows_.find(row.parent_code); above != rows_.end()) {
    parent = above->second.level;
    if (parent == v1::ORGANISATION_LEVEL_UNSPECIFIED) return;  // refused itself
  } else if (!row.parent_code.empty()) {
    parent = known(row.parent_code).value().level;
  }
  if (row.level == v1::ORGANISATION_LEVEL_UNSPECIFIED || levels::may_stand_below(row.level, parent)) return;
  if (row.parent_code.empty())
    return row.at->refuse("level", v1::ROW_PROBLEM_NOT_AT_THE_TOP, {{"value", levels::word(row.level)}});
  row.at->refuse("level", v1::ROW_PROBLEM_MISPLACED_LEVEL,
                 {{"value", levels::word(row.level)}, {"parent", levels::word(parent)}});
}

/// Follows the parents upwards to one that has its level already, then gives every node on the way its own. A node met
/// twice on one way closes a circle, and every row in it is named.
void Import::place(const std::string& code) {
  std::vector<std::string> way;
  std::string next = code;
  while (!next.empty() && !level_.contains(next)) {
    level_[next] = 0;
    way.push_back(next);
    next = parent_code_of(next);
  }
  const auto circle = std::find(way.begin(), way.end(), next);
  for (auto member = circle; member != way.end(); ++member) {
    const auto row = rows_.find(*member);
    if (row != rows_.end()) row->second.at->refuse("parent_code", v1::ROW_PROBLEM_CYCLE, {{"value", *member}});
  }
  int level = next.empty() || circle != way.end() ? 0 : level_[next];
  for (auto node = way.rbegin(); node != way.rend(); ++node) {
    level_[*node] = ++level;
    const auto row = rows_.find(*node);
    if (row == rows_.end()) continue;
    order_.push_back(&row->second);
    if (level > kMaxLevels && circle == way.end()) {
      row->second.at->refuse("parent_code", v1::ROW_PROBLEM_TOO_DEEP, {{"limit", std::to_string(kMaxLevels)}});
    }
  }
}

void Import::apply() {
  for (const Row* row : order_) {
    // Known by now, for those above were created before.
    const std::string parent_id = row->parent_code.empty() ? std::string() : known(row->parent_code).value().id;
    if (!row->known) {
      known_[row->code] = found(tx_, {row->code, row->name, parent_id, {}, row->level});
    } else if (differs(*row)) {
      Node node = *row->known;
      change(tx_, node, row->name, parent_id, effective_on_);
    }
  }
}

}  // namespace

tables::ImportFormat import_format() {
  tables::ImportFormat format;
  for (const char* const column : {"code", "name", "parent_code", "level"}) format.columns.push_back({column});
  format.key = {"code"};
  // Rows stand below each other in any order, so all of them are judged together.
  format.part_rows = format.most_rows = kMaxRows;
  format.whole_parts = true;
  return format;
}

void import_rows(domain::Tx& tx, const domain::Caller&, const v1::ImportOrganisationsRequest& request,
                 tables::ImportPart& part) {
  Import import(tx, request);
  for (tables::ImportRow& row : part.rows) import.read(row);
  import.judge();
  const bool refused =
      std::any_of(part.rows.begin(), part.rows.end(), [](const auto& row) { return row.is_refused(); });
  if (!refused && !part.dry_run) import.apply();
}

}  // namespace wenming::identity::organisations
