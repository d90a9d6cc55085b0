#include "hotline/categories.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "core/csv.h"
#include "core/text.h"
#include "core/time.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "domain/table.h"
#include "hotline/catalogue_file.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline::categories {

using domain::Caller;
using domain::List;
using domain::ReadTx;
using domain::Refusal;
using domain::Tx;
using domain::Visibility;

using Answers = google::protobuf::RepeatedPtrField<v1::CaseAttribute>;

namespace {

constexpr int kMostLevels = 10;

const domain::Table<v1::Category>& categories_table() {
  static const domain::Table<v1::Category> kCategories(
      "categories", {"code"}, {"name", "parent_code?", "description", "keywords", "retired", "version"});
  return kCategories;
}

std::vector<v1::AttributeDefinition> questions_of(ReadTx& tx, std::string_view code) {
  std::vector<v1::AttributeDefinition> questions;
  for (const domain::Row& row :
       tx.query("SELECT definition FROM category_attributes WHERE category_code = $1 ORDER BY number", code)) {
    const std::string_view bytes = row.blob(0);
    if (!questions.emplace_back().ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
      throw std::runtime_error("the questions of a category cannot be read: " + std::string(code));
  }
  return questions;
}

void put_questions(Tx& tx, const v1::Category& category) {
  tx.run("DELETE FROM category_attributes WHERE category_code = $1", category.code());
  int number = 0;
  for (const v1::AttributeDefinition& question : category.attributes()) {
    tx.run("INSERT INTO category_attributes (category_code, number, definition) VALUES ($1, $2, $3)", category.code(),
           ++number, domain::Blob{question.SerializeAsString()});
  }
}

bool chooses(const v1::AttributeDefinition& question) {
  return question.datatype() == v1::ATTRIBUTE_TYPE_SINGLEVALUELIST ||
         question.datatype() == v1::ATTRIBUTE_TYPE_MULTIVALUELIST;
}

void check_questions(const v1::PutCategoryRequest& request) {
  std::set<std::string> codes;
  for (const v1::AttributeDefinition& question : request.attributes()) {
    const bool twice = !codes.insert(question.code()).second;
    if (twice || chooses(question) == question.choices().empty())
      throw Refusal(v1::PROBLEM_CHOICES, {{"attribute", question.code()}});
  }
}

void check_parent(ReadTx& tx, const std::string& code, const std::string& parent) {
  if (parent.empty()) return;
  const std::vector<std::string> above = path_of(tx, parent);
  if (above.empty()) throw Refusal(v1::PROBLEM_CATEGORY_UNKNOWN, {{"category", parent}});
  const bool loops = std::find(above.begin(), above.end(), code) != above.end();
  if (loops || above.size() >= kMostLevels) throw Refusal(v1::PROBLEM_CATEGORY_LOOP, {{"category", code}});
}

void store(Tx& tx, v1::Category& category) {
  const auto known = categories_table().find(tx, category.code());
  category.set_version(known ? known->version() + 1 : 1);
  if (known) {
    categories_table().update(tx, category);
  } else {
    categories_table().insert(tx, category);
  }
  put_questions(tx, category);
}

bool is_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool fits(const v1::AttributeDefinition& question, const std::string& answer) {
  switch (question.datatype()) {
    case v1::ATTRIBUTE_TYPE_NUMBER:
      return is_number(answer);
    case v1::ATTRIBUTE_TYPE_DATETIME:
      return core::parse_rfc3339(answer).has_value();
    case v1::ATTRIBUTE_TYPE_SINGLEVALUELIST:
    case v1::ATTRIBUTE_TYPE_MULTIVALUELIST:
      return std::any_of(question.choices().begin(), question.choices().end(),
                         [&](const v1::AttributeChoice& choice) { return choice.key() == answer; });
    case v1::ATTRIBUTE_TYPE_STRING:
      return answer.find('\n') == std::string::npos;
    default:
      return true;
  }
}

void check_answer(const std::vector<v1::AttributeDefinition>& questions, const v1::CaseAttribute& answer,
                  std::map<std::string_view, int>& given) {
  const auto question = std::find_if(questions.begin(), questions.end(),
                                     [&](const auto& asked) { return asked.code() == answer.code(); });
  const bool asked = question != questions.end() && (!question->has_variable() || question->variable());
  if (!asked) throw Refusal(v1::PROBLEM_ANSWER_UNKNOWN, {{"attribute", answer.code()}});
  const bool once = question->datatype() != v1::ATTRIBUTE_TYPE_MULTIVALUELIST;
  if (!fits(*question, answer.value()) || (++given[question->code()] > 1 && once)) {
    throw Refusal(v1::PROBLEM_ANSWER_INVALID, {{"attribute", answer.code()}, {"value", answer.value()}});
  }
}

}  // namespace

std::vector<std::string> path_of(ReadTx& tx, std::string_view code) {
  std::vector<std::string> path;
  std::string next(code);
  while (!next.empty() && path.size() < kMostLevels) {
    const auto category = categories_table().find(tx, next);
    if (!category) break;
    path.push_back(next);
    next = category->parent_code();
  }
  return path;
}

void check_answers(ReadTx& tx, std::string_view code, const Answers& answers) {
  std::vector<v1::AttributeDefinition> questions;
  if (!code.empty()) {
    const auto category = categories_table().find(tx, code);
    const bool any = category || tx.value<std::int64_t>("SELECT 1 FROM categories LIMIT 1").has_value();
    if (any && (!category || category->retired()))
      throw Refusal(v1::PROBLEM_CATEGORY_UNKNOWN, {{"category", std::string(code)}});
    if (category) questions = questions_of(tx, code);
  }
  std::map<std::string_view, int> given;
  for (const v1::CaseAttribute& answer : answers) check_answer(questions, answer, given);
  for (const v1::AttributeDefinition& question : questions) {
    if (question.required() && !given.contains(question.code()))
      throw Refusal(v1::PROBLEM_ANSWER_MISSING, {{"attribute", question.code()}});
  }
}

v1::Category put(Tx& tx, const Caller&, const v1::PutCategoryRequest& request) {
  check_questions(request);
  check_parent(tx, request.code(), request.parent_code());
  v1::Category category;
  category.set_code(request.code());
  category.set_name(request.name());
  category.set_parent_code(request.parent_code());
  category.set_description(request.description());
  category.set_keywords(request.keywords());
  category.set_retired(request.retired());
  *category.mutable_attributes() = request.attributes();
  store(tx, category);
  return category;
}

v1::Category require(ReadTx& tx, std::string_view code) {
  auto category = categories_table().find(tx, code);
  if (!category) throw domain::not_found("category");
  for (v1::AttributeDefinition& question : questions_of(tx, code)) *category->add_attributes() = std::move(question);
  return *std::move(category);
}

v1::Category get(ReadTx& tx, const Caller&, const v1::GetCategoryRequest& request) {
  return require(tx, request.code());
}

v1::ListCategoriesResponse list(ReadTx& tx, const Visibility& visible, const v1::ListCategoriesRequest& request) {
  return List("categories", categories_table().columns())
      .visible_to_all()
      .equal("parent_code", request.parent_code())
      .contains("name", request.name())
      .equal_if(!request.include_retired(), "retired", false)
      .order_by("code", List::Ascending, "code")
      .page<v1::ListCategoriesResponse>(tx, visible, request);
}

namespace {

/// Finds the child of this name, or makes it under the next free number.
class Tree {
 public:
  explicit Tree(ReadTx& tx) {
    for (const domain::Row& row : tx.query("SELECT code, name, COALESCE(parent_code, '') FROM categories")) {
      codes_.emplace(row.text(0));
      children_.emplace(std::pair(std::string(row.text(2)), std::string(row.text(1))), std::string(row.text(0)));
    }
  }

  [[nodiscard]] const std::string* find(const std::string& parent, const std::string& name) const {
    const auto found = children_.find({parent, name});
    return found == children_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool has(const std::string& code) const { return codes_.contains(code); }
  std::string free_code(const std::string& parent) const {
    for (int number = 1;; ++number) {
      std::string code = parent + fmt::format("{:02}", number);
      if (!codes_.contains(code)) return code;
    }
  }
  void add(const std::string& parent, const std::string& name, const std::string& code) {
    codes_.insert(code);
    children_.emplace(std::pair(parent, name), code);
  }

 private:
  std::set<std::string> codes_;
  std::map<std::pair<std::string, std::string>, std::string> children_;
};

v1::Category named(const std::string& parent, const std::string& name, const std::string& code) {
  v1::Category category;
  category.set_code(code);
  category.set_name(name);
  category.set_parent_code(parent);
  return category;
}

bool is_code(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

/// One row: the path from the top, and the code of its end, if the file states one.
void read_row(CatalogueFile& file, Tree& tree, std::vector<v1::Category>& fresh) {
  const std::string code = file.cell("code", 60);
  if (!is_code(code)) file.refuse("code", "only letters, digits, . _ - are allowed", "只能包含字母、数字和 . _ -");
  std::vector<std::string> names;
  bool gap = false;
  for (const char* const column : {"level1", "level2", "level3"}) {
    std::string name = file.cell(column, 100);
    if (name.empty()) {
      gap = true;
    } else if (gap) {
      file.refuse(column, "the level above is blank", "上一级为空");
    } else {
      names.push_back(std::move(name));
    }
  }
  if (names.empty()) file.refuse("level1", "the cell is blank", "单元格为空");
  if (file.row_refused()) return;
  std::string parent;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    if (const std::string* const known = tree.find(parent, names[i])) {
      if (last && !code.empty() && *known != code)
        return file.refuse("code", "the category has the code " + *known, "该分类的代码为 " + *known);
      parent = *known;
      continue;
    }
    const std::string own = last && !code.empty() ? code : tree.free_code(parent);
    if (tree.has(own)) return file.refuse("code", "another category has this code", "该代码已被其他分类使用");
    fresh.push_back(named(parent, names[i], own));
    tree.add(parent, names[i], own);
    parent = own;
  }
}

}  // namespace

v1::ImportCatalogueResponse import_csv(Tx& tx, const Caller&, const v1::ImportCategoriesRequest& request) {
  v1::ImportCatalogueResponse response;
  CatalogueFile file(request.content(), {"level1"}, response);
  Tree tree(tx);
  std::vector<v1::Category> fresh;
  while (file.next()) {
    const std::size_t before = fresh.size();
    read_row(file, tree, fresh);
    if (fresh.size() == before && !file.row_refused()) response.set_unchanged(response.unchanged() + 1);
  }
  response.set_created(static_cast<int>(fresh.size()));
  response.set_applied(!request.dry_run() && response.refused().empty());
  if (response.applied())
    for (v1::Category& category : fresh) store(tx, category);
  return response;
}

}  // namespace wenming::hotline::categories
