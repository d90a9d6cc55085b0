#include "identity/service.h"

#include <memory>

#include "auth/token.h"
#include "identity/api_keys.h"
#include "identity/bodies.h"
#include "identity/body_members.h"
#include "identity/calendar.h"
#include "identity/exemptions.h"
#include "identity/facts.h"
#include "identity/first_start.h"
#include "identity/grants.h"
#include "identity/organisation_import.h"
#include "identity/organisations.h"
#include "identity/passwords.h"
#include "identity/relations.h"
#include "identity/responsible_persons.h"
#include "identity/roster.h"
#include "identity/roster_import.h"
#include "identity/sessions.h"
#include "identity/signing_keys.h"
#include "identity/user_import.h"
#include "identity/users.h"

namespace wenming::identity {

std::span<const core::EmbeddedFile> schema();

namespace {

auth::PasswordCost password_cost(core::Settings& settings) {
  const auth::PasswordCost usual;
  const auto number = [&settings](std::string_view key, std::uint32_t otherwise, std::int64_t minimum,
                                  std::int64_t maximum, std::string_view help) {
    return static_cast<std::uint32_t>(settings.integer(key, otherwise, minimum, maximum, help));
  };
  return {.memory_kib = number("identity.password_memory_kib", usual.memory_kib, 64, 1 << 20,
                               "Memory that hashing a password takes (argon2id), in KiB."),
          .iterations = number("identity.password_iterations", usual.iterations, 1, 100, "Passes over that memory."),
          .lanes = number("identity.password_lanes", usual.lanes, 1, 16, "Lanes of that memory.")};
}

std::shared_ptr<const Passwords> passwords(core::Settings& settings) {
  const auto min_length =
      settings.integer("identity.password_min_length", 10, 8, 64, "Fewest characters of a password.");
  return std::make_shared<const Passwords>(password_cost(settings), static_cast<std::size_t>(min_length));
}

std::shared_ptr<Sessions> sessions(core::Settings& settings, std::shared_ptr<const Passwords> checked_by) {
  const auto minutes = settings.integer("identity.access_token_minutes", auth::kAccessLifetime.count(), 1,
                                        auth::kAccessLifetime.count(), "How long an access token is good.");
  const auto days =
      settings.integer("identity.session_days", 30, 1, 365, "How long a session lasts without being used.");
  return std::make_shared<Sessions>(std::move(checked_by), std::chrono::minutes(minutes), std::chrono::days(days));
}

}  // namespace

domain::Service service(core::Settings& settings) {
  const auto checked_by = passwords(settings);
  const auto users = std::make_shared<Users>(checked_by);
  const auto signing = sessions(settings, checked_by);
  const auto api_keys = std::make_shared<ApiKeys>(static_cast<int>(
      settings.integer("identity.api_key_days", 731, 1, 36'500, "The longest that an API key may be good.")));
  const auto keys = std::make_shared<const SigningKeys>(std::chrono::days(settings.integer(
      "identity.signing_key_days", 90, 1, 3'650, "How long a key signs access tokens before the next one.")));
  const auto first_start = std::make_shared<FirstStart>(
      checked_by, keys,
      settings.text("identity.admin_password_file", "",
                    "File with the first password of `admin`; without it one is made and printed at the first start."));

  return domain::Service(
             "identity",
             {v1::OrganisationService::descriptor(), v1::UserService::descriptor(), v1::AccessService::descriptor(),
              v1::SessionService::descriptor(), v1::CalendarService::descriptor(), v1::BodyService::descriptor(),
              v1::RelationService::descriptor(), v1::RosterService::descriptor(),
              v1::ResponsiblePersonService::descriptor(), v1::FactService::descriptor()},
             schema())
      .command("CreateOrganisation", &organisations::create)
      .query("GetOrganisation", &organisations::get)
      .list("ListOrganisations", &organisations::list)
      .command("RenameOrganisation", &organisations::rename)
      .command("MoveOrganisation", &organisations::move)
      .job("ImportOrganisations", tables::import(organisations::import_format(), &organisations::import_rows))
      .prepared("CreateUser", users, &Users::hash_first_password, &Users::create)
      .job("ImportUsers", tables::import(user_import::format(), &user_import::take))
      .query("GetUser", users, &Users::get)
      .list("ListUsers", users, &Users::list)
      .command("DisableUser", users, &Users::disable)
      .command("EnableUser", users, &Users::enable)
      .prepared("ResetPassword", users, &Users::make_password, &Users::reset_password)
      .query("GetMe", users, &Users::me)
      .prepared("ChangePassword", users, &Users::prove_password, &Users::change_password)
      .command("CreateGrant", &grants::create)
      .list("ListGrants", &grants::list)
      .command("EndGrant", &grants::end)
      .command("CreateApiKey", api_keys, &ApiKeys::create)
      .list("ListApiKeys", api_keys, &ApiKeys::list)
      .command("RotateApiKey", api_keys, &ApiKeys::rotate)
      .command("RevokeApiKey", api_keys, &ApiKeys::revoke)
      .prepared("CreateSession", signing, &Sessions::prove, &Sessions::begin)
      .command("RefreshSession", signing, &Sessions::refresh)
      .command("SignOut", signing, &Sessions::sign_out)
      .list("ListSessions", signing, &Sessions::list)
      .command("EndSession", signing, &Sessions::end)
      .command("CreateStreamTicket", signing, &Sessions::create_ticket)
      .query("GetKeySet", &key_set)
      .job("ImportCalendar", tables::import(calendar::import_format(), &calendar::import_rows))
      .list("ListCalendarDays", &calendar::list)
      .command("CreateBody", &bodies::create)
      .query("GetBody", &bodies::get)
      .list("ListBodies", &bodies::list)
      .command("RestateBody", &bodies::restate)
      .command("EndBody", &bodies::end)
      .command("CorrectBody", &bodies::correct)
      .command("AppointBodyMember", &body_members::appoint)
      .list("ListBodyMembers", &body_members::list)
      .command("EndBodyMember", &body_members::end)
      .command("CorrectBodyMember", &body_members::correct)
      .command("CreateRelation", &relations::create)
      .query("GetRelation", &relations::get)
      .list("ListRelations", &relations::list)
      .command("EndRelation", &relations::end)
      .command("CorrectRelation", &relations::correct)
      .command("AddStaff", &roster::add)
      .query("GetStaff", &roster::get)
      .list("ListStaff", &roster::list)
      .command("LinkStaff", &roster::link)
      .command("EndStaff", &roster::end)
      .command("CorrectStaff", &roster::correct)
      .job("ImportStaff", tables::import(roster_import::format(), &roster_import::take))
      .command("ExemptStaff", &exemptions::exempt)
      .list("ListExemptions", &exemptions::list)
      .command("EndExemption", &exemptions::end)
      .command("CorrectExemption", &exemptions::correct)
      .command("AppointResponsiblePerson", &responsible_persons::appoint)
      .list("ListResponsiblePersons", &responsible_persons::list)
      .command("EndResponsiblePerson", &responsible_persons::end)
      .command("CorrectResponsiblePerson", &responsible_persons::correct)
      .list("ListFactChanges", &facts::list)
      .resource("organisation", &organisations::scope)
      .resource("body", &bodies::scope)
      .resource("body_member", &body_members::scope)
      .resource("relation", &relations::scope)
      .resource("staff", &roster::scope)
      .resource("exemption", &exemptions::scope)
      .resource("responsible_person", &responsible_persons::scope)
      .resource("user", &Users::scope)
      .resource("grant", &grants::scope)
      .resource("api_key", &ApiKeys::scope)
      .resource("session", &Sessions::scope)
      .timer([keys](domain::Tx& tx, const v1::RotateSigningKey& timer) { keys->rotate(tx, timer); })
      .on_first_start([first_start](domain::Tx& tx) { first_start->run(tx); })
      .first_start_notice([first_start] { return first_start->notice(); })
      .owns_reference();
}

}  // namespace wenming::identity
