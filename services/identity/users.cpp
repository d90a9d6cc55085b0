#include "identity/users.h"

#include "auth/secrets.h"
#include "core/random.h"
#include "domain/list.h"
#include "domain/refusal.h"
#include "identity/authority.h"
#include "identity/sessions.h"
#include "identity/sign_in_delays.h"
#include "reference/reference.h"
#include "wenming/identity/v1/events.pb.h"
#include "wenming/identity/v1/problems.pb.h"

namespace wenming::identity {
namespace {

using domain::Refusal;

constexpr std::string_view kColumns = "id, account, display_name, unit_id, disabled, created_at, version";
constexpr std::string_view kKeyPrefix = "key:";

v1::User require(domain::ReadTx& tx, std::string_view user_id) {
  auto user = tx.find<v1::User>("SELECT " + std::string(kColumns) + " FROM users WHERE id = $1", user_id);
  if (!user) throw domain::not_found("user");
  return std::move(*user);
}

void set_password(domain::Tx& tx, std::string_view user_id, std::string_view password_hash) {
  tx.run("UPDATE users SET password_hash = $2, version = version + 1 WHERE id = $1", user_id, password_hash);
}

v1::User set_disabled(domain::Tx& tx, v1::User user, bool disabled) {
  if (user.disabled() == disabled) return user;
  user.set_disabled(disabled);
  user.set_version(user.version() + 1);
  tx.run("UPDATE users SET disabled = $2, version = $3 WHERE id = $1", user.id(), disabled, user.version());
  v1::UserStatusChanged event;
  event.set_user_id(user.id());
  event.set_disabled(disabled);
  event.set_version(user.version());
  reference::apply(tx, event);
  tx.publish(event);
  return user;
}

void require_person(const domain::Caller& caller) {
  if (caller.user_id.empty()) throw Refusal(v1::PROBLEM_PEOPLE_ONLY);
}

}  // namespace

v1::User add_user(domain::Tx& tx, std::string_view account, std::string_view display_name, std::string_view unit_id,
                  std::string_view password_hash) {
  v1::User user;
  user.set_id(tx.new_id());
  user.set_account(normal_account(account));
  user.set_display_name(std::string(display_name));
  user.set_unit_id(std::string(unit_id));
  *user.mutable_created_at() = domain::to_proto(tx.now());
  user.set_version(1);
  const auto added = tx.run(
      "INSERT INTO users (id, account, display_name, unit_id, password_hash, disabled, created_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account) DO NOTHING",
      user.id(), user.account(), user.display_name(), user.unit_id(), password_hash, false, user.created_at(),
      user.version());
  if (added == 0) throw Refusal(v1::PROBLEM_ACCOUNT_TAKEN);
  return user;
}

std::string Users::hash_first_password(domain::Reader&, const domain::Caller&,
                                       const v1::CreateUserRequest& request) const {
  passwords_->require_fit(request.password(), request.account());
  return passwords_->hash(request.password());
}

v1::User Users::create(domain::Tx& tx, const domain::Caller&, const v1::CreateUserRequest& request,
                       const std::string& password_hash) const {
  if (!request.unit_id().empty()) reference::require_unit(tx, request.unit_id());
  return add_user(tx, request.account(), request.display_name(), request.unit_id(), password_hash);
}

v1::User Users::get(domain::ReadTx& tx, const domain::Caller&, const v1::GetUserRequest& request) const {
  return require(tx, request.user_id());
}

v1::ListUsersResponse Users::list(domain::ReadTx& tx, const domain::Visibility& visible,
                                  const v1::ListUsersRequest& request) const {
  return domain::List("users", kColumns)
      .visible_by("unit_id")
      .within("unit_id", request.within())
      .equal("account", normal_account(request.account()))
      .order_by("id", domain::List::Descending)
      .page<v1::ListUsersResponse>(tx, visible, request);
}

v1::User Users::disable(domain::Tx& tx, const domain::Caller&, const v1::DisableUserRequest& request) const {
  v1::User user = require(tx, request.user_id());
  user = set_disabled(tx, std::move(user), true);
  require_an_admin_is_left(tx);
  end_sessions(tx, user.id());
  return user;
}

v1::User Users::enable(domain::Tx& tx, const domain::Caller& caller, const v1::EnableUserRequest& request) const {
  v1::User user = require(tx, request.user_id());
  require_outranks(tx, caller, user.id());
  return set_disabled(tx, std::move(user), false);
}

v1::Me Users::me(domain::ReadTx& tx, const domain::Caller& caller, const v1::GetMeRequest&) const {
  v1::Me me;
  if (caller.user_id.empty()) {
    me.set_api_key_id(caller.id.substr(kKeyPrefix.size()));
    me.set_display_name(
        tx.value<std::string>("SELECT name FROM api_key_names WHERE id = $1", me.api_key_id()).value_or(""));
  } else {
    const v1::User user = require(tx, caller.user_id);
    me.set_user_id(user.id());
    me.set_account(user.account());
    me.set_display_name(user.display_name());
  }
  for (const domain::Grant& grant : caller.grants) {
    v1::HeldRole& role = *me.add_roles();
    role.set_role(grant.role);
    role.set_unit_id(grant.unit_id);
    role.set_unit_name(reference::unit_name(tx, grant.unit_id));
  }
  return me;
}

Users::NewPassword Users::make_password(domain::Reader&, const domain::Caller&, const v1::ResetPasswordRequest&) const {
  const std::string password = auth::readable_password(core::SystemRandom().bytes(auth::kReadablePasswordBytes));
  return {password, passwords_->hash(password)};
}

v1::ResetPasswordResponse Users::reset_password(domain::Tx& tx, const domain::Caller& caller,
                                                const v1::ResetPasswordRequest& request,
                                                const NewPassword& made) const {
  const v1::User user = require(tx, request.user_id());
  require_outranks(tx, caller, user.id());
  set_password(tx, user.id(), made.hash);
  sign_in_delays::forgive(tx, user.account());
  end_sessions(tx, user.id());
  v1::ResetPasswordResponse response;
  response.set_password(made.password);
  return response;
}

Users::PasswordChange Users::prove_password(domain::Reader& reader, const domain::Caller& caller,
                                            const v1::ChangePasswordRequest& request) const {
  require_person(caller);
  const v1::User user = reader.read([&](domain::ReadTx& tx) { return require(tx, caller.user_id); });
  passwords_->require_fit(request.new_password(), user.account());
  return {passwords_->attempt(reader, user.account(), request.current_password()),
          passwords_->hash(request.new_password())};
}

v1::ChangePasswordResponse Users::change_password(domain::Tx& tx, const domain::Caller& caller,
                                                  const v1::ChangePasswordRequest&,
                                                  const PasswordChange& change) const {
  if (!passwords_->settle(tx, change.attempt)) throw Refusal(v1::PROBLEM_PASSWORD_WRONG).keep_changes();
  set_password(tx, caller.user_id, change.next_hash);
  end_sessions(tx, caller.user_id, caller.session_id);
  return {};
}

std::optional<domain::Scope> Users::scope(domain::ReadTx& tx, std::string_view user_id) {
  for (const domain::Row& row : tx.query("SELECT unit_id, version FROM users WHERE id = $1", user_id)) {
    return domain::Scope{std::string(row.text(0)), std::string(user_id), row.integer(1)};
  }
  return std::nullopt;
}

}  // namespace wenming::identity
