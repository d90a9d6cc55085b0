#include "hotline/case_import.h"

#include <optional>
#include <string_view>

#include "core/encoding.h"
#include "core/hash.h"
#include "domain/refusal.h"
#include "domain/visibility.h"
#include "hotline/case_progress.h"
#include "hotline/case_store.h"
#include "reference/reference.h"
#include "wenming/hotline/v1/problems.pb.h"

namespace wenming::hotline {

using domain::Caller;
using domain::Refusal;
using domain::Tx;

namespace {

constexpr std::size_t kMaxIdentifier = 60;
constexpr std::size_t kMaxSubject = 200;
constexpr std::size_t kMaxText = 8000;

std::string shown(core::Timestamp moment) {
  return core::to_rfc3339(moment, core::UtcOffset());
}

const std::string& receiving_unit_of(const v1::ImportCasesRequest& request) {
  return request.receiving_unit_id().empty() ? request.unit_id() : request.receiving_unit_id();
}

/// The unit must be one that the receiving office may dispatch to, and the caller must act for that office.
void require_units(Tx& tx, const Caller& caller, const v1::ImportCasesRequest& request) {
  using namespace contract::v1;
  const std::string& receiving_unit = receiving_unit_of(request);
  reference::require_unit(tx, request.unit_id());
  if (receiving_unit == request.unit_id()) return;
  reference::require_unit(tx, receiving_unit);
  if (!domain::holds_role(tx, caller, {ROLE_ADMIN, ROLE_OFFICE, ROLE_OPERATOR}, receiving_unit)) {
    throw Refusal(PROBLEM_NOT_ALLOWED);
  }
  if (!domain::is_within(tx, request.unit_id(), receiving_unit)) {
    throw Refusal(v1::PROBLEM_UNIT_OUTSIDE, {{"unit", request.unit_id()}});
  }
}

}  // namespace

/// One message with its answer, as the file tells it. Empty texts are not stated.
struct CaseImport::Told {
  std::string message_id, user_id, subject, detail;
  core::Timestamp received_at;
  std::string reply;  // stated together with the next, or not at all
  std::optional<core::Timestamp> replied_at;

  static Told read(tables::ImportRow& row, core::Timestamp now);
  /// SHA-256 (hex) of what the row says: by it a row is recognised when it comes again.
  [[nodiscard]] std::string hash() const;
};

CaseImport::Told CaseImport::Told::read(tables::ImportRow& row, core::Timestamp now) {
  using namespace contract::v1;
  Told told;
  told.message_id = row.required_line("message_id", kMaxIdentifier);
  told.user_id = row.line("user_id", kMaxIdentifier);
  told.subject = row.required_line("subject", kMaxSubject);
  told.detail = row.text("detail", kMaxText);
  told.reply = row.text("reply", kMaxText);
  const auto past = [&](std::string_view column) {
    const auto moment = row.moment(column);
    if (moment && *moment > now) row.refuse(column, ROW_PROBLEM_IN_FUTURE, {{"value", shown(*moment)}});
    return moment;
  };
  if (!row.states("received_at")) row.refuse("received_at", ROW_PROBLEM_BLANK);
  told.received_at = past("received_at").value_or(core::Timestamp());
  told.replied_at = past("replied_at");
  if (row.states("reply") != row.states("replied_at"))
    row.refuse(row.states("reply") ? "replied_at" : "reply", ROW_PROBLEM_BLANK);
  if (told.replied_at && *told.replied_at < told.received_at)
    row.refuse("replied_at", v1::CASE_ROW_PROBLEM_REPLIED_BEFORE_RECEIVED, {{"value", shown(*told.replied_at)}});
  return told;
}

std::string CaseImport::Told::hash() const {
  core::Sha256 hasher;
  // Control characters are refused in the cells, so this one keeps them apart.
  for (const std::string& cell : {message_id, user_id, subject, detail, std::to_string(received_at.micros()), reply,
                                  replied_at ? std::to_string(replied_at->micros()) : std::string()}) {
    hasher.add(cell).add("\x1f");
  }
  return core::hex(core::bytes_of(hasher.finish()));
}

tables::ImportFormat CaseImport::format() {
  tables::ImportFormat format;
  for (const char* const column : {"message_id", "user_id", "subject", "received_at", "detail", "reply", "replied_at"})
    format.columns.push_back({column});
  format.key = {"message_id"};
  return format;
}

void CaseImport::take(Tx& tx, const Caller& caller, const v1::ImportCasesRequest& request,
                      tables::ImportPart& part) const {
  require_units(tx, caller, request);
  for (tables::ImportRow& row : part.rows) {
    const Told told = Told::read(row, tx.now());
    if (row.is_refused()) continue;
    const std::string hash = told.hash();
    const auto known = tx.value<std::string>("SELECT import_hash FROM cases WHERE source = $1 AND message_id = $2",
                                             request.source(), told.message_id);
    if (!known) {
      if (!part.dry_run) store(tx, caller, request, told, hash);
      row.taken();
    } else if (*known == hash) {
      row.unchanged();
    } else {
      row.refuse("message_id", contract::v1::ROW_PROBLEM_DIFFERS, {{"value", told.message_id}});
    }
  }
}

void CaseImport::store(Tx& tx, const Caller& caller, const v1::ImportCasesRequest& request, const Told& row,
                       const std::string& hash) const {
  v1::Case subject;
  subject.set_channel(v1::CHANNEL_IMPORT);
  subject.set_kind(request.kind() == v1::CASE_KIND_UNSPECIFIED ? v1::CASE_KIND_COMPLAINT : request.kind());
  subject.set_subject(row.subject);
  subject.set_detail(row.detail);
  subject.set_receiving_unit_id(receiving_unit_of(request));
  subject.set_source(request.source());
  subject.set_message_id(row.message_id);
  subject.set_source_user_id(row.user_id);
  subject.set_id(tx.new_id());
  const auto done = [&](v1::CaseAction action, core::Timestamp at, std::string_view text = {}) {
    const Step step{.action = action, .occurred_at = at, .actor_id = caller.id, .text = text};
    add_history(tx, subject, step);
    return step;
  };

  receive(subject, row.received_at);
  insert_case(tx, subject, {.tracking = {}, .import = hash});
  done(v1::CASE_ACTION_RECEIVE, row.received_at);
  advance(subject, v1::CASE_ACTION_ACCEPT, row.received_at);
  done(v1::CASE_ACTION_ACCEPT, row.received_at);
  const int hours = clock_->working_hours();
  assign(subject, v1::CASE_ACTION_DISPATCH,
         {.unit_id = request.unit_id(),
          .returnable_until = clock_->returnable_until(tx, row.received_at),
          .working_hours = hours,
          .due_at = CaseClock::due(tx, row.received_at, hours)},
         row.received_at);
  Step last = done(v1::CASE_ACTION_DISPATCH, row.received_at);
  if (row.replied_at) {
    advance(subject, v1::CASE_ACTION_SIGN, *row.replied_at);
    done(v1::CASE_ACTION_SIGN, *row.replied_at);
    reply(subject, row.reply, CaseClock::worked_until(tx, subject, *row.replied_at), *row.replied_at);
    done(v1::CASE_ACTION_REPLY, *row.replied_at, row.reply);
    advance(subject, v1::CASE_ACTION_CLOSE, *row.replied_at);
    last = done(v1::CASE_ACTION_CLOSE, *row.replied_at);
  } else {
    clock_->watch(tx, subject);
  }
  update_case(tx, subject);
  publish_past(tx, subject, last);
}

}  // namespace wenming::hotline
