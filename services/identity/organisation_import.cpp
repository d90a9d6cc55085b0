#include "identity/organisation_import.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/visibility.h"
#include "identity/imported_file.h"
#include "identity/organisations.h"

namespace wenming::identity::organisations {
namespace {

constexpr int kMaxRows = 20'000;
constexpr std::size_t kMaxCodeLength = 40;
constexpr std::size_t kMaxNameLength = 200;
constexpr std::string_view kCodeCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";

/// One row of the file, and the organisation of its code where the tree has one.
struct Row {
  RowPosition at;
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

  void read(std::string_view content);
  void judge();
  void apply();

  /// Counts so far, and the rows that were refused.
  v1::ImportOrganisationsResponse response;

 private:
  void read_row(ImportedFile& file);
  void judge_row(const Row& row);
  void place(const std::string& code);
  [[nodiscard]] std::string parent_code_of(const std::string& code);
  [[nodiscard]] bool lies_outside(const Row& row);
  [[nodiscard]] bool differs(const Row& row);
  const std::optional<Node>& known(const std::string& code);
  std::string code_of(const std::string& organisation_id);
  void refuse(const Row& row, std::string_view column, v1::RowProblem problem, const contract::Arguments& arguments) {
    identity::refuse(*response.mutable_refused(), row.at, column, problem, arguments);
  }

  domain::Tx& tx_;
  const std::string unit_id_;
  const std::string effective_on_;
  std::map<std::string, Row> rows_;
  std::map<std::string, std::optional<Node>> known_;  // by code: what the tree has, each looked up once
  std::map<std::string, int> level_;  // of every code placed so far, counted from the top: 1, 2 …; 0 while being placed
  std::vector<const Row*> order_;     // those above before those below
};

void Import::read(std::string_view content) {
  ImportedFile file(content, {"code", "name", "parent_code", "level"}, kMaxRows, *response.mutable_refused());
  while (file.next()) read_row(file);
}

void Import::read_row(ImportedFile& file) {
  Row row;
  row.at = file.position();
  row.code = file.required_cell("code", kMaxCodeLength);
  row.name = file.required_cell("name", kMaxNameLength);
  row.parent_code = file.cell("parent_code");
  if (row.code.find_first_not_of(kCodeCharacters) != std::string::npos) {
    file.refuse("code", v1::ROW_PROBLEM_NOT_VALID, {{"value", row.code}});
  }
  const std::string level = file.required_cell("level", kMaxCodeLength);
  if (const auto parsed = level_of(level)) {
    row.level = *parsed;
  } else if (!level.empty()) {
    file.refuse("level", v1::ROW_PROBLEM_NOT_VALID, {{"value", level}});
  }
  if (const auto first = rows_.find(row.code); first != rows_.end()) {
    file.refuse("code", v1::ROW_PROBLEM_REPEATED, {{"value", row.code}, {"row", std::to_string(first->second.at.row)}});
    return;
  }
  // A refused row stays, because others may stand below it and are not at fault for that.
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
  if (!parent_known) refuse(row, "parent_code", v1::ROW_PROBLEM_UNKNOWN_PARENT, {{"value", row.parent_code}});
  if (row.known && row.level != v1::ORGANISATION_LEVEL_UNSPECIFIED && row.known->level != row.level) {
    refuse(row, "level", v1::ROW_PROBLEM_OTHER_LEVEL,
           {{"value", std::string(domain::enum_text(*v1::OrganisationLevel_descriptor(), row.known->level))}});
  }
  if (row.known && !differs(row)) {
    response.set_unchanged(response.unchanged() + 1);
    return;
  }
  if (row.known && effective_on_ < row.known->history.founded_on()) {
    refuse(row, "code", v1::ROW_PROBLEM_BEFORE_FOUNDING,
           {{"value", row.code}, {"day", row.known->history.founded_on()}});
  }
  if (parent_known && lies_outside(row)) refuse(row, "code", v1::ROW_PROBLEM_OUTSIDE, {{"value", row.code}});
  if (row.known) {
    response.set_updated(response.updated() + 1);
  } else {
    response.set_created(response.created() + 1);
  }
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
    if (row != rows_.end()) refuse(row->second, "parent_code", v1::ROW_PROBLEM_CYCLE, {{"value", *member}});
  }
  int level = next.empty() || circle != way.end() ? 0 : level_[next];
  for (auto node = way.rbegin(); node != way.rend(); ++node) {
    level_[*node] = ++level;
    const auto row = rows_.find(*node);
    if (row == rows_.end()) continue;
    order_.push_back(&row->second);
    if (level > kMaxLevels && circle == way.end()) {
      refuse(row->second, "parent_code", v1::ROW_PROBLEM_TOO_DEEP, {{"limit", std::to_string(kMaxLevels)}});
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
  response.set_applied(true);
}

}  // namespace

v1::ImportOrganisationsResponse import_csv(domain::Tx& tx, const domain::Caller&,
                                           const v1::ImportOrganisationsRequest& request) {
  Import file(tx, request);
  file.read(request.content());
  file.judge();
  if (file.response.refused().empty() && !request.dry_run()) file.apply();
  RefusedRows& refused = *file.response.mutable_refused();
  std::stable_sort(refused.begin(), refused.end(),
                   [](const v1::RefusedRow& a, const v1::RefusedRow& b) { return a.row() < b.row(); });
  return std::move(file.response);
}

}  // namespace wenming::identity::organisations
