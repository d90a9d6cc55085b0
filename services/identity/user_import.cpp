#include "identity/user_import.h"

#include <algorithm>
#include <optional>
#include <string>

#include "domain/visibility.h"
#include "identity/authority.h"
#include "identity/grants.h"
#include "identity/organisations.h"
#include "identity/passwords.h"
#include "identity/users.h"
#include "wenming/identity/v1/imports.pb.h"

namespace wenming::identity::user_import {
namespace {

namespace shared = contract::v1;

constexpr std::size_t kShortestAccount = 2;
constexpr std::size_t kLongestAccount = 64;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestCode = 40;
constexpr std::string_view kAccountCharacters = "0123456789abcdefghijklmnopqrstuvwxyz._@-";

/// What a row says.
struct Person {
  std::string account, display_name, unit_id;
  shared::Role role = shared::ROLE_UNSPECIFIED;
};

bool is_grantable(shared::Role role) {
  return role != shared::ROLE_UNSPECIFIED && role != shared::ROLE_CITIZEN && role != shared::ROLE_USER;
}

std::optional<shared::Role> role_of(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  shared::Role role{};
  if (!shared::Role_Parse("ROLE_" + word, &role) || !is_grantable(role)) return std::nullopt;
  return role;
}

void read_account(tables::ImportRow& row, Person& person) {
  const std::string account = row.required_line("account", kLongestAccount);
  person.account = normal_account(account);
  const bool sound = person.account.size() >= kShortestAccount &&
                     person.account.find_first_not_of(kAccountCharacters) == std::string::npos;
  if (!account.empty() && !sound) row.refuse("account", shared::ROW_PROBLEM_NOT_VALID, {{"value", account}});
}

void read_unit(domain::ReadTx& tx, const std::string& within, tables::ImportRow& row, Person& person) {
  const std::string code = row.required_line("unit_code", kLongestCode);
  if (code.empty()) return;
  const auto unit = organisations::find_by_code(tx, code);
  if (!unit) return row.refuse("unit_code", v1::ROW_PROBLEM_UNKNOWN_UNIT, {{"value", code}});
  person.unit_id = unit->id;
  if (!within.empty() && !domain::is_within(tx, unit->id, within))
    row.refuse("unit_code", v1::ROW_PROBLEM_OUTSIDE, {{"value", code}});
}

void read_role(domain::ReadTx& tx, const domain::Caller& caller, tables::ImportRow& row, Person& person) {
  const std::string word = row.line("role", kLongestCode);
  if (word.empty()) return;
  const auto role = role_of(word);
  if (!role) return row.refuse("role", shared::ROW_PROBLEM_NOT_VALID, {{"value", word}});
  person.role = *role;
  if (!person.unit_id.empty() && !may_give(tx, caller, *role, person.unit_id))
    row.refuse("role", v1::ROW_PROBLEM_BEYOND_YOUR_GRANTS, {{"value", word}});
}

Person read(domain::ReadTx& tx, const domain::Caller& caller, const std::string& within, tables::ImportRow& row) {
  Person person;
  read_account(row, person);
  person.display_name = row.required_line("display_name", kLongestName);
  read_unit(tx, within, row, person);
  read_role(tx, caller, row, person);
  return person;
}

bool holds(domain::ReadTx& tx, const std::string& user_id, const Person& person) {
  if (person.role == shared::ROLE_UNSPECIFIED) return true;
  return tx
      .value<std::int64_t>(
          "SELECT 1 FROM grants WHERE user_id = $1 AND role = $2 AND unit_id = $3 AND starts_at <= $4 "
          "AND (ends_at IS NULL OR ends_at > $4)",
          user_id, person.role, person.unit_id, tx.now())
      .has_value();
}

void take_row(domain::Tx& tx, const domain::Caller& caller, const v1::ImportUsersRequest& request, bool dry_run,
              tables::ImportRow& row) {
  const Person person = read(tx, caller, request.unit_id(), row);
  if (row.is_refused()) return;
  const auto known =
      tx.find<v1::User>("SELECT id, account, display_name, unit_id FROM users WHERE account = $1", person.account);
  if (known && (known->display_name() != person.display_name || known->unit_id() != person.unit_id))
    return row.refuse("account", shared::ROW_PROBLEM_DIFFERS, {{"value", person.account}});
  if (known && holds(tx, known->id(), person)) return row.unchanged();
  row.taken();
  if (dry_run) return;
  const std::string user_id =
      known ? known->id() : add_user(tx, person.account, person.display_name, person.unit_id, {}).id();
  if (person.role != shared::ROLE_UNSPECIFIED) grants::give(tx, user_id, person.role, person.unit_id, std::nullopt);
}

}  // namespace

tables::ImportFormat format() {
  tables::ImportFormat format;
  format.columns = {{.name = "account", .personal = shared::PERSONAL_NAME},
                    {.name = "display_name", .personal = shared::PERSONAL_NAME},
                    {.name = "unit_code"},
                    {.name = "role", .required = false}};
  format.key = {"account"};
  return format;
}

void take(domain::Tx& tx, const domain::Caller& caller, const v1::ImportUsersRequest& request,
          tables::ImportPart& part) {
  for (tables::ImportRow& row : part.rows) take_row(tx, caller, request, part.dry_run, row);
}

}  // namespace wenming::identity::user_import
