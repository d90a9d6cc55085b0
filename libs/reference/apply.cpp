#include <chrono>

#include "reference/organisation_closure.h"
#include "reference/reference.h"

namespace wenming::reference {

using domain::or_null;

namespace {

/// Longer than any access token lives: after that a session's end needs no remembering.
constexpr std::chrono::hours kRememberEndedSessions{1};

/// A moment that may be absent.
domain::Value moment_or_null(bool given, const google::protobuf::Timestamp& moment) {
  return given ? domain::to_value(moment) : domain::Value(std::monostate{});
}

}  // namespace

void apply(domain::Tx& tx, const identity::v1::OrganisationChanged& event) {
  const std::string& id = event.organisation_id();
  const auto known = tx.value<std::int64_t>("SELECT MAX(version) FROM organisations WHERE id = $1", id);
  if (known && *known >= event.version()) return;

  const std::vector<Place> places_before = places_of(tx, id);
  tx.run("DELETE FROM organisations WHERE id = $1", id);
  for (const identity::v1::OrganisationStretch& stretch : event.stretches()) {
    tx.run(
        "INSERT INTO organisations (id, valid_from, valid_to, parent_id, code, name, level, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id, stretch.valid_from(), stretch.valid_to(), or_null(stretch.parent_id()), event.code(), stretch.name(),
        event.level(), event.version());
  }
  // A new name, which is the commonest change, moves nothing.
  if (places_of(tx, id) != places_before) rebuild_ancestors(tx, id);
}

void apply(domain::Tx& tx, const identity::v1::GrantChanged& event) {
  tx.run(
      "INSERT INTO grants (id, user_id, role, unit_id, starts_at, ends_at, version) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, "
      "role = excluded.role, unit_id = excluded.unit_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at, "
      "version = excluded.version WHERE excluded.version > grants.version",
      event.grant_id(), event.user_id(), event.role(), event.unit_id(), event.starts_at(),
      moment_or_null(event.has_ends_at(), event.ends_at()), event.version());
}

void apply(domain::Tx& tx, const identity::v1::ApiKeyChanged& event) {
  tx.run(
      "INSERT INTO api_keys (id, key_hash, role, unit_id, expires_at, revoked_at, version, previous_hash, "
      "previous_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET "
      "key_hash = excluded.key_hash, expires_at = excluded.expires_at, revoked_at = excluded.revoked_at, "
      "version = excluded.version, previous_hash = excluded.previous_hash, previous_until = excluded.previous_until "
      "WHERE excluded.version > api_keys.version",
      event.api_key_id(), event.key_hash(), event.role(), event.unit_id(), event.expires_at(),
      moment_or_null(event.has_revoked_at(), event.revoked_at()), event.version(), or_null(event.previous_key_hash()),
      moment_or_null(event.has_previous_good_until(), event.previous_good_until()));
}

void apply(domain::Tx& tx, const identity::v1::SessionEnded& event) {
  tx.run("DELETE FROM ended_sessions WHERE ended_at < $1", tx.now() - kRememberEndedSessions);
  tx.run("INSERT INTO ended_sessions (session_id, ended_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", event.session_id(),
         event.ended_at());
}

void apply(domain::Tx& tx, const identity::v1::UserStatusChanged& event) {
  tx.run(
      "INSERT INTO disabled_users (user_id, version, disabled) VALUES ($1, $2, $3) ON CONFLICT (user_id) DO UPDATE "
      "SET version = excluded.version, disabled = excluded.disabled WHERE excluded.version > disabled_users.version",
      event.user_id(), event.version(), event.disabled());
}

void apply(domain::Tx& tx, const identity::v1::SigningKeyChanged& event) {
  tx.run(
      "INSERT INTO signing_keys (key_id, public_key, created_at, retires_at, version) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (key_id) DO UPDATE SET retires_at = excluded.retires_at, version = excluded.version "
      "WHERE excluded.version > signing_keys.version",
      event.key_id(), domain::Blob{event.public_key()}, event.created_at(),
      moment_or_null(event.has_retires_at(), event.retires_at()), event.version());
}

void apply(domain::Tx& tx, const identity::v1::CalendarDayChanged& event) {
  tx.run(
      "INSERT INTO calendar_days (day, kind, occasion, version) VALUES ($1, $2, $3, $4) ON CONFLICT (day) DO UPDATE "
      "SET kind = excluded.kind, occasion = excluded.occasion, version = excluded.version "
      "WHERE excluded.version > calendar_days.version",
      event.day(), event.kind(), event.occasion(), event.version());
}

}  // namespace wenming::reference
